"""How the page of reports looks: on a screen, in the dark, on a telephone, on paper."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1c2025; --dim: #646c74; --faint: #e0e4e8;
  --note: #fff6df; --note-edge: #c9962a; }
@media (prefers-color-scheme: dark) { :root { --paper: #16191d; --ink: #e0e4e8; --dim: #949ca5;
  --faint: #343b42; --note: #33290f; --note-edge: #c9a24b; } }
* { box-sizing: border-box; }
html { scroll-behavior: smooth; }
body { margin: 0 auto; max-width: 1060px; padding: 1.5rem; background: var(--paper); color: var(--ink);
  font: 15px/1.55 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC",
  sans-serif; }
h1 { font-size: 1.45rem; margin: 0; }
h2 { font-size: 1.2rem; margin: 2.6rem 0 .4rem; padding-top: .5rem; border-top: 2px solid var(--faint); }
h3 { font-size: 1rem; margin: 1.4rem 0 .3rem; }
a { color: inherit; text-decoration-color: var(--dim); text-underline-offset: 3px; }
.dim { color: var(--dim); }
nav ol { columns: 3 15rem; margin: .8rem 0 0; padding-left: 1.6rem; }
ul.how { margin: .3rem 0 .8rem; padding-left: 1.2rem; color: var(--dim); font-size: .92em; }
.missing { background: var(--note); border-left: 4px solid var(--note-edge);
  padding: .4rem .9rem; margin: .6rem 0; }
.missing ul { margin: 0; padding-left: 1.1rem; }
.charts { display: flex; flex-wrap: wrap; gap: 1rem 1.6rem; margin: .8rem 0; }
figure { margin: 0; flex: 1 1 28rem; min-width: 0; max-width: 100%; }
figure.full { flex-basis: 100%; }
figure svg { display: block; width: 100%; height: auto; }
figure svg text { font-family: system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC",
  "Noto Sans SC", sans-serif; }
.tables { display: flex; flex-wrap: wrap; gap: 0 2.4rem; align-items: flex-start; }
.tables > div { max-width: 100%; min-width: 0; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; font-size: .94em; }
th, td { padding: .22rem .8rem; text-align: right; border-bottom: 1px solid var(--faint);
  white-space: nowrap; }
th { color: var(--dim); font-weight: 600; vertical-align: bottom; }
.text { text-align: left; }
td.text { white-space: normal; min-width: 5rem; }
@media (max-width: 600px) { body { padding: .9rem; } th, td { padding: .2rem .45rem; } }
@media print { :root { color-scheme: light; --paper: #fff; --ink: #000; --dim: #444; --faint: #bbb;
  --note: #fff; }
  @page { margin: 15mm; }
  body { max-width: none; padding: 0; font-size: 10.5px; }
  h2 { break-before: page; border-top: 0; margin-top: 0; }
  h2, h3 { break-after: avoid; } figure, tr, .missing { break-inside: avoid; }
  figure:not(.full) { flex-basis: 45%; } .wide { overflow: visible; } }
"""
