"""Where the files that ship with kamflow are: grammar, policies, workflows, pages of findings.

A wheel carries them in ``kamflow/_data``; in a checkout (an editable install too) they are the
folders of the checkout itself, so that an edit is seen at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal, TypeAlias

Resource: TypeAlias = Literal["grammar", "rules", "workflows", "findings"]

_PACKAGE = Path(__file__).resolve().parent.parent
_IN_CHECKOUT: dict[Resource, str] = {
    "grammar": "grammar",
    "rules": "rules",
    "workflows": "workflows",
    "findings": "docs/findings",
}


def resource_dir(name: Resource) -> Path:
    """Return the folder of the shipped files of one sort."""
    packaged = _PACKAGE / "_data"
    if packaged.is_dir():
        return packaged / name
    return _PACKAGE.parent / _IN_CHECKOUT[name]
