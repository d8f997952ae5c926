"""Findings for people and for machines: each renderer only converts, in the order of the text.

Sources are given by name; a finding in a text that is not among them is shown without its line.
"""

from __future__ import annotations

from kamflow.base.render.full import render_full
from kamflow.base.render.github import render_github
from kamflow.base.render.jsons import render_json
from kamflow.base.render.junit import render_junit
from kamflow.base.render.plain import render_concise, summary
from kamflow.base.render.sarif import render_sarif

__all__ = [
    "render_concise",
    "render_full",
    "render_github",
    "render_json",
    "render_junit",
    "render_sarif",
    "summary",
]
