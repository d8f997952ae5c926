"""How the page of an impact looks: on a screen, in the dark, on a telephone, on paper."""

from __future__ import annotations

STYLE = """
:root { color-scheme: light dark; --back: #fff; --text: #1c2024; --dim: #697177; --line: #e4e7ea;
  --tile: #f5f7f8; --good: #e3f5e5; --good-edge: #2f8f46; --bad: #fde6e4; --bad-edge: #c4362b;
  --mark: #fdf3d3; }
@media (prefers-color-scheme: dark) { :root { --back: #15181b; --text: #dfe3e6; --dim: #8d969c;
  --line: #2b3136; --tile: #1d2226; --good: #15301c; --good-edge: #4fb667; --bad: #3c1b19;
  --bad-edge: #ee6a5e; --mark: #352c10; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1000px; padding: 1.5rem; background: var(--back); color: var(--text);
  font: 15px/1.5 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
h1 { font-size: 1.4rem; margin: 0; } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem; }
.dim { color: var(--dim); } a { color: inherit; }
code { font: 13px ui-monospace, Menlo, Consolas, "Noto Sans Mono CJK SC", monospace; color: var(--dim);
  overflow-wrap: anywhere; }
.failed { background: var(--bad); border-left: 4px solid var(--bad-edge); padding: .5rem .8rem; }
.tiles { display: flex; flex-wrap: wrap; gap: .8rem; margin: 1rem 0; }
.tile { flex: 1 1 12rem; background: var(--tile); border-left: 4px solid var(--line); padding: .6rem .9rem; }
.tile b { display: block; font-size: 1.4rem; font-variant-numeric: tabular-nums; }
.tile span { color: var(--dim); }
.tile.good { border-left-color: var(--good-edge); } .tile.bad { border-left-color: var(--bad-edge); }
.wide { overflow-x: auto; margin: .5rem 0; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .25rem .8rem; text-align: right; border-bottom: 1px solid var(--line);
  vertical-align: top; }
th { color: var(--dim); font-weight: 600; white-space: nowrap; }
td { white-space: nowrap; }
td.text { white-space: normal; min-width: 5rem; }
.text, .matrix th:first-child { text-align: left; }
.stay { color: var(--dim); } .moved { background: var(--mark); }
details { border: 1px solid var(--line); border-radius: 6px; padding: .5rem .8rem; margin: .6rem 0; }
summary { cursor: pointer; }
@media (max-width: 600px) { body { padding: .9rem; } th, td { padding: .25rem .5rem; } }
@media print { :root { --back: #fff; --text: #000; --dim: #555; --tile: #fff; --line: #bbb; }
  body { max-width: none; padding: 0; font-size: 11px; } .tile { border: 1px solid var(--line); }
  .wide { overflow: visible; } tr, .tile { break-inside: avoid; } h2 { break-after: avoid; }
  td { white-space: normal; } details::details-content { content-visibility: visible; height: auto; } }
"""
