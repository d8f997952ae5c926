"""What parameters are set to: a scenario of the policies, an overlay file, `--set NAME=VALUE`; in this order.

Assumes: words of a command line. Leaves: the project with the new values, or findings.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from kamflow.app import overlay_errors as errors
from kamflow.base.diagnostic import Diagnostic
from kamflow.base.span import DataPlace
from kamflow.base.text import Text
from kamflow.base.yaml_tree import MAX_CHARS, YamlMap, YamlNode, YamlProblem, YamlValue, parse_yaml
from kamflow.intake.read_date import parse_date
from kamflow.project.load import Project
from kamflow.project.overlay import NotOverlaid, Setting, Written, overlaid, scenario_settings

_TOP = "parameters"


@dataclass(frozen=True, slots=True)
class Overlay:
    """``sets``: ``NAME=VALUE``; ``file``: a YAML file; ``scenario``: the title of one in the policies."""

    sets: tuple[str, ...] = ()
    file: str | None = None
    scenario: str | None = None

    def __bool__(self) -> bool:
        return bool(self.sets or self.file is not None or self.scenario is not None)

    @property
    def name(self) -> str:
        """Name it, for the heading of a comparison."""
        parts = [f'"{self.scenario}"'] * (self.scenario is not None)
        return ", ".join([*parts, *([self.file] if self.file is not None else []), *self.sets])


def with_overlay(project: Project, overlay: Overlay) -> Project | NotOverlaid:
    """Return a project in which parameters are set; the later one of two settings of a name counts."""
    if not overlay:
        return project
    settings: dict[str, Setting] = {}
    for found in (_scenario(project, overlay), _file(overlay), _sets(overlay.sets)):
        if isinstance(found, Diagnostic):
            return NotOverlaid((found,), {})
        settings |= {s.name: s for s in found}
    return overlaid(project, list(settings.values())) if settings else project


def _scenario(project: Project, overlay: Overlay) -> list[Setting] | Diagnostic:
    return [] if overlay.scenario is None else scenario_settings(project, overlay.scenario)


def _sets(texts: Sequence[str]) -> list[Setting] | Diagnostic:
    out: dict[str, Setting] = {}
    for text in texts:
        name, sign, value = text.partition("=")
        name = unicodedata.normalize("NFC", name.strip())
        place = DataPlace("--set")
        if not sign or not name or not value.strip():
            return errors.no_setting(text)
        if name in out:
            return errors.set_twice(name)
        out[name] = Setting(name, (Written(value, place),))
    return list(out.values())


# ---- a file


def _file(overlay: Overlay) -> list[Setting] | Diagnostic:
    return [] if overlay.file is None else read_overlay(overlay.file)


def read_overlay(name: str) -> list[Setting] | Diagnostic:
    """Read an overlay file: ``parameters:`` with a value, or dated values, for each name."""
    try:
        data = Path(name).read_bytes()
        text = data.decode("utf-8-sig") if len(data) <= 4 * MAX_CHARS else None
    except (OSError, ValueError):  # also a path that no system has, and bytes that are no UTF-8
        return errors.overlay_unreadable(name)
    if text is None:
        return errors.overlay_shape(name, 1, Text("the file is too long", "文件过长"))
    root = parse_yaml(text)
    if isinstance(root, YamlProblem):
        return errors.overlay_shape(name, root.line, root.message)
    if not isinstance(root, YamlMap) or not root.items:
        said = Text("it says nothing under `parameters:`", "没有“parameters:”及其内容")
        return errors.overlay_shape(name, 1 if root is None else root.line, said)
    for key, _ in root.items:
        if key.text != _TOP:
            said = Text(
                f"`{key.text}` means nothing here; only `parameters`",
                f"不认识“{key.text}”；只能是 parameters",
            )
            return errors.overlay_shape(name, key.line, said)
    below = root.items[0][1]
    if not isinstance(below, YamlMap) or not below.items:
        said = Text("`parameters` holds names with their values", "“parameters”之下应为名称和取值")
        return errors.overlay_shape(name, below.line, said)
    out: list[Setting] = []
    for key, value in below.items:
        values = list(_values(name, key, value))
        wrong = next((v for v in values if isinstance(v, Diagnostic)), None)
        if wrong is not None:
            return wrong
        written = tuple(v for v in values if isinstance(v, Written))
        out.append(Setting(unicodedata.normalize("NFC", key.text), written))
    return out


def _values(file: str, key: YamlValue, node: YamlNode) -> Iterator[Written | Diagnostic]:
    match node:
        case YamlValue(text, line):
            yield Written(text, DataPlace(file, f".{key.text}", line))
        case YamlMap(items) if items:
            for day, value in items:
                read = parse_date(day.text)
                if not isinstance(read, int) or not isinstance(value, YamlValue):
                    said = Text("dated values are written 2027-01-01: 85", "按日期取值请写成 2027-01-01: 85")
                    yield errors.overlay_shape(file, day.line, said)
                    return
                yield Written(value.text, DataPlace(file, f".{key.text}", value.line), read)
        case _:
            said = Text(
                f"`{key.text}` takes one value, or dated ones", f"“{key.text}”应为一个值，或按日期的多个值"
            )
            yield errors.overlay_shape(file, node.line, said)
