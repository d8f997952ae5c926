"""`check --suggest-tests`: tests for what no test reaches, to stdout or into a file."""

from __future__ import annotations

from pathlib import Path

from kamflow.app.settings import Settings
from kamflow.base.text import Text
from kamflow.cli import exits
from kamflow.cli.console import complain, put, tell, tell_findings
from kamflow.cli.frame import option

suggest_tests = option(
    "--suggest-tests", "suggest", is_flag=True,
    words=Text(
        "Write tests for what no test reaches, with today's answers for you to confirm.",
        "为没有测试覆盖的地方生成测试，期望值取目前的结果，待您确认。",
    ),
)  # fmt: skip
output = option(
    "-o", "output", metavar="FILE",
    words=Text("Write the suggested tests to FILE.", "把建议的测试写入文件。"),
)  # fmt: skip


def show_suggested(paths: tuple[Path, ...], into: str | None, settings: Settings) -> int:
    """Write the tests; places for which no record was found are said by name on stderr."""
    from kamflow.app.measure import suggest_tests as find_tests
    from kamflow.base.write_file import write_text

    found = find_tests(paths)
    project = found.project
    if project.has_errors:
        tell_findings(project.findings, project.sources, settings)
        complain(
            settings,
            Text("the policies don't compile, so nothing was suggested", "策略无法编译，没有给出建议"),
        )
        return exits.NOT_COMPILED
    if into is not None:
        write_text(Path(into), found.text)
    else:
        put(found.text)
    if found.findings and not settings.quiet:
        tell_findings(found.findings, project.sources, settings)
    missed = len(found.findings)
    en = f"{found.tests} tests suggested; confirm each answer before you keep it"
    zh = f"建议了 {found.tests} 个测试；采用前请逐一确认期望值"
    if missed:
        en, zh = f"{en}; {missed} places without a record", f"{zh}；{missed} 处未找到记录"
    tell(settings, Text(en, zh))
    return exits.FINE
