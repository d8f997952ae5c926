"""Findings as JUnit XML: an error fails a test case, a warning or note is its output."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from kamflow.base.diagnostic import Diagnostic
from kamflow.base.display import visible
from kamflow.base.render.places import in_order, show_place
from kamflow.base.render.plain import one_line
from kamflow.base.span import Source
from kamflow.base.text import Lang

# XML 1.0 has no way at all to write these
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def _clean(text: str) -> str:
    return "\n".join(visible(line) for line in _ILLEGAL.sub("", text).split("\n"))


def render_junit(findings: Iterable[Diagnostic], sources: Mapping[str, Source], lang: Lang = Lang.EN) -> str:
    """Return one suite: a test case for each finding, and a passed one for each text without any."""
    import xml.etree.ElementTree as ET  # late: only CI asks for this form

    found = in_order(findings)
    failures = sum(f.is_error for f in found)
    fine = [name for name in sources if all(f.span.source != name for f in found)]
    counts = {"tests": str(len(found) + len(fine)), "failures": str(failures), "errors": "0"}
    root = ET.Element("testsuites", {"name": "kamflow", **counts})
    suite = ET.SubElement(root, "testsuite", {"name": "kamflow check", **counts})
    for finding in found:
        place = show_place(finding.span, sources, lang)
        message = _clean(one_line(_ILLEGAL.sub("", finding.message.in_(lang))))
        case = ET.SubElement(
            suite,
            "testcase",
            classname=_clean(finding.span.source) or "kamflow",
            name=_clean(f"{finding.code} {place}".strip()),
        )
        more = [part.in_(lang) for part in (finding.message, finding.why, finding.hint) if part]
        body = _clean("\n".join([place, *more]).lstrip("\n"))
        if finding.is_error:
            ET.SubElement(case, "failure", message=message, type=finding.code).text = body
        else:
            ET.SubElement(case, "system-out").text = f"{finding.code} {finding.severity}: {body}"
    for name in fine:
        ET.SubElement(suite, "testcase", classname=_clean(name), name="check")
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"
