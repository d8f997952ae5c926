"""Findings about tests: what they do not reach, and slips that they do not notice."""

from __future__ import annotations

from collections.abc import Sequence

from kamflow.base.diagnostic import Diagnostic, Severity, define
from kamflow.base.span import Span
from kamflow.base.text import Text

NOT_REACHED = define("KF0540", "not-reached", Severity.NOTE)
NOT_NOTICED = define("KF0541", "not-noticed", Severity.WARNING)
FAILS_ALREADY = define("KF0542", "fails-already", Severity.WARNING)
NO_RECORD_FOUND = define("KF0543", "no-record-found", Severity.NOTE)


def not_reached(span: Span, about: Text, words: Text) -> Diagnostic:
    said = f": {words.en}" if words.en else ""
    said_zh = f"：{words.zh or words.en}" if words else ""
    return NOT_REACHED.at(
        span,
        Text(f"no test reaches {about.en}{said}", f"没有测试覆盖 {about.zh}{said_zh}"),
        hint=Text(
            "`kamflow check --suggest-tests` writes a test for it",
            "用 kamflow check --suggest-tests 可生成一个测试",
        ),
    )


def not_noticed(span: Span, decl: str, kind: Text, diff: str, test: str, *, searched: bool) -> Diagnostic:
    hint: Text | None = None
    if test:
        hint = Text(
            f"this test notices it, if today's answer is right:\n{test.rstrip()}",
            f"若目前的结果正确，下面的测试就能发现它：\n{test.rstrip()}",
        )
    elif searched:
        hint = Text(
            "no record was found for which it makes a difference: it may mean the same",
            "没有找到会因此得到不同结果的记录：二者的含义可能相同",
        )
    return NOT_NOTICED.at(
        span,
        Text(
            f"no test notices this slip in `{decl}` ({kind.en}):\n{diff}",
            f"“{decl}”若这样写错（{kind.zh}），没有测试会发现：\n{diff}",
        ),
        hint=hint,
    )


def fails_already(span: Span, title: Text) -> Diagnostic:
    return FAILS_ALREADY.at(
        span,
        Text(
            f'this expectation of test "{title.en or title.zh}" fails already, so it can notice no slip',
            f"测试“{title.zh or title.en}”的这条期望本就不成立，因此无法发现任何笔误",
        ),
        hint=Text("make it pass first", "请先让它通过"),
    )


def no_record_found(span: Span, about: Text) -> Diagnostic:
    return NO_RECORD_FOUND.at(
        span,
        Text(f"no record was found that reaches {about.en}", f"没有找到能覆盖 {about.zh} 的记录"),
        hint=Text(
            "write a test by hand, or find out whether any record can get there",
            "请手工编写测试，或弄清是否真有记录会走到这里",
        ),
    )


def found_first(findings: Sequence[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Return findings in the order of the text, the same one once."""
    return tuple(sorted(dict.fromkeys(findings), key=lambda f: f.sort_key))
