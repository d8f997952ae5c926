"""Coverage as one page that needs nothing else: the source of each policy, coloured by what tests reach.

Everything that comes from policies is escaped; the page has no script and asks no server for anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path

from kamflow.app.measure import Measured
from kamflow.base.display import visible
from kamflow.base.span import Source
from kamflow.base.text import Lang, Text
from kamflow.cli.measured import GROUP_WORDS
from kamflow.measure.coverage import Coverage, Covered, PolicyCoverage, Tally
from kamflow.measure.mutation import Mutation, Survivor
from kamflow.measure.places import Group
from kamflow.measure.show_slip import changed_lines
from kamflow.measure.slip import KIND_WORDS
from kamflow.measure.suggest import about_place

_STYLE = """
:root { color-scheme: light dark; --back: #fff; --text: #1c2024; --dim: #697177; --line: #e4e7ea;
  --good: #e3f5e5; --good-edge: #2f8f46; --part: #fdf3d3; --part-edge: #b7860b; --bad: #fde6e4;
  --bad-edge: #c4362b; }
@media (prefers-color-scheme: dark) { :root { --back: #15181b; --text: #dfe3e6; --dim: #8d969c;
  --line: #2b3136; --good: #15301c; --good-edge: #4fb667; --part: #352c10; --part-edge: #d5a52c;
  --bad: #3c1b19; --bad-edge: #ee6a5e; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1400px; padding: 1.5rem; background: var(--back); color: var(--text);
  font: 15px/1.5 system-ui, "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif; }
h1 { font-size: 1.4rem; margin: 0 0 1rem; } h2 { font-size: 1.1rem; margin: 2.2rem 0 .5rem; }
table.sum { border-collapse: collapse; }
table.sum th, table.sum td { padding: .25rem .8rem; text-align: right; border-bottom: 1px solid var(--line); }
table.sum th:first-child, table.sum td:first-child { text-align: left; }
.dim { color: var(--dim); } a { color: inherit; }
.source { overflow-x: auto; border: 1px solid var(--line); border-radius: 6px; }
.source ol { margin: 0; padding: 0; list-style: none; counter-reset: line; min-width: max-content;
  font: 13px/1.55 ui-monospace, "Cascadia Mono", Menlo, Consolas, "Sarasa Mono SC", "Noto Sans Mono CJK SC",
  monospace; }
.source li { counter-increment: line; white-space: pre; padding-right: 1rem;
  border-left: 4px solid transparent; }
.source li::before { content: counter(line); display: inline-block; width: 3.2rem; padding-right: 1rem;
  text-align: right; color: var(--dim); }
.good { background: var(--good); border-left-color: var(--good-edge) !important; }
.part { background: var(--part); border-left-color: var(--part-edge) !important; }
.bad { background: var(--bad); border-left-color: var(--bad-edge) !important; }
.note { color: var(--dim); }
pre { white-space: pre-wrap; background: var(--line); border-radius: 6px; padding: .6rem .8rem;
  font: 13px/1.5 ui-monospace, Menlo, Consolas, "Noto Sans Mono CJK SC", monospace; }
"""
_MARKS = {
    "good": Text("reached", "已覆盖"),
    "part": Text("partly", "部分覆盖"),
    "bad": Text("not reached", "未覆盖"),
}


def render_html(measured: Measured, lang: Lang) -> str:
    """Return the page."""
    title = Text("What the tests of the policies reach", "策略测试的覆盖情况").in_(lang)
    body = [f"<h1>{_safe(title)}</h1>"]
    if measured.coverage is not None:
        body += _summary(measured.coverage, measured.mutation, lang)
        for number, policy in enumerate(measured.coverage.policies):
            source = measured.project.sources[policy.file]
            body += _policy(policy, source, number, lang)
            body += _survivors(policy.file, measured, lang)
    html_lang = "zh-CN" if lang is Lang.ZH else "en"
    return (
        f'<!doctype html>\n<html lang="{html_lang}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{_safe(title)}</title>\n"
        f"<style>{_STYLE}</style>\n</head>\n<body>\n" + "\n".join(body) + "\n</body>\n</html>\n"
    )


def _safe(text: str) -> str:
    return escape(visible(text), quote=True)


def _summary(coverage: Coverage, mutation: Mutation | None, lang: Lang) -> list[str]:
    groups = [g for g in Group if coverage.tally(g).total]
    scores = {p.file: f"{p.score:.1f}%" for p in mutation.policies} if mutation is not None else {}
    heads = [Text("policy", "策略"), Text("reached", "覆盖"), *(GROUP_WORDS[g] for g in groups)]
    heads += [Text("slips noticed", "发现的笔误")] * bool(scores)
    out = ['<table class="sum">', "<tr>" + "".join(f"<th>{_safe(h.in_(lang))}</th>" for h in heads) + "</tr>"]
    for number, policy in enumerate(coverage.policies):
        cells = [_percent(policy.tally()), *(_part(policy.tally(g)) for g in groups)]
        cells += [scores.get(policy.file, "–")] * bool(scores)
        name = f'<a href="#policy-{number}">{_safe(policy.policy)}</a>'
        out.append(f"<tr><td>{name}</td>" + "".join(f"<td>{_safe(c)}</td>" for c in cells) + "</tr>")
    cells = [_percent(coverage.tally()), *(_part(coverage.tally(g)) for g in groups)]
    cells += [f"{mutation.score:.1f}%"] if mutation is not None and scores else []
    every = _safe(Text("all", "合计").in_(lang))
    out.append(f"<tr><td>{every}</td>" + "".join(f"<td>{_safe(c)}</td>" for c in cells) + "</tr></table>")
    marks = " · ".join(
        f'<span class="{k}">&nbsp;{_safe(t.in_(lang))}&nbsp;</span>' for k, t in _MARKS.items()
    )
    return [*out, f'<p class="dim">{marks}</p>']


def _percent(tally: Tally) -> str:
    return f"{tally.percent:.1f}%"


def _part(tally: Tally) -> str:
    return f"{tally.reached}/{tally.total}" if tally.total else "–"


def _policy(policy: PolicyCoverage, source: Source, number: int, lang: Lang) -> list[str]:
    by_line: dict[int, list[Covered]] = {}
    for covered in policy.places:
        first, _ = source.line_col(covered.place.span.start)
        last, _ = source.line_col(max(covered.place.span.start, covered.place.span.end - 1))
        for line in range(first, last + 1):
            by_line.setdefault(line, []).append(covered)
    head = f"{_safe(policy.policy)} {_percent(policy.tally())}"
    file = _safe(Path(policy.file).as_posix())
    lines = "".join(_line(source, n, by_line, lang) for n in range(1, _lines(source) + 1))
    return [
        f'<h2 id="policy-{number}">{head} <span class="dim">{file}</span></h2>',
        f'<div class="source"><ol>{lines}</ol></div>',
    ]


def _lines(source: Source) -> int:
    """Count the lines without the empty one behind the last line end."""
    return source.line_count - (source.line_text(source.line_count) == "")


def _line(source: Source, number: int, by_line: Mapping[int, list[Covered]], lang: Lang) -> str:
    text = "".join(visible(c) if c != "\t" else "    " for c in source.line_text(number))
    found = by_line.get(number, [])
    missed = [c for c in found if not c.reached]
    kind = "" if not found else "good" if not missed else "part" if len(missed) < len(found) else "bad"
    note = ""
    if missed:
        joint = "；" if lang is Lang.ZH else "; "
        said = joint.join(about_place(c.place).in_(lang) for c in missed)
        mark = _MARKS["bad"].in_(lang)
        note = f'  <span class="note">◂ {_safe(mark)}{"：" if lang is Lang.ZH else ": "}{_safe(said)}</span>'
    tests = max((c.tests for c in found), default=0)
    count = Text(f"{tests} tests", f"{tests} 个测试").in_(lang)
    title = f' title="{_safe(count)}"' if found else ""
    return f'<li class="{kind}"{title}>{escape(text)}{note}</li>' if kind else f"<li>{escape(text)}</li>"


def _survivors(file: str, measured: Measured, lang: Lang) -> Iterable[str]:
    policies = measured.mutation.policies if measured.mutation is not None else ()
    own = [s for p in policies if p.file == file for s in p.survivors]
    if not own:
        return []
    head = Text("Slips that no test notices", "没有测试能发现的笔误").in_(lang)
    return [f"<h3>{_safe(head)}</h3>", *(_survivor(s, measured, lang) for s in own)]


def _survivor(survivor: Survivor, measured: Measured, lang: Lang) -> str:
    mutant = survivor.mutant
    source = measured.project.sources[mutant.span.source]
    line, _ = source.line_col(mutant.span.start)
    old, new = changed_lines(source, mutant.slip.edits)
    rows = [*(f"- {x}" for x in old), *(f"+ {x}" for x in new)]
    where = Text(f"line {line}", f"第 {line} 行").in_(lang)
    said = f"{where} · {mutant.decl} · {KIND_WORDS[mutant.kind].in_(lang)}"
    shown = f"<p>{_safe(said)}</p><pre>" + "\n".join(_safe(r) for r in rows) + "</pre>"
    if not survivor.suggestion.found:
        return shown
    head = Text("A test that would notice", "能发现它的测试").in_(lang)
    test = "\n".join(_safe(r) for r in survivor.suggestion.test.rstrip("\n").split("\n"))
    return f"{shown}<details><summary>{_safe(head)}</summary><pre>{test}</pre></details>"
