"""A log in a file, played on a workflow of the files: how many cases conform, how the others deviate."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from kamflow.app.flow import CannotFlow, Loaded, load_flow
from kamflow.base.diagnostic import Diagnostic
from kamflow.base.text import Text
from kamflow.flow import errors
from kamflow.flow.conformance import Conformance, LogError, LogRow, Watch, conform
from kamflow.flow.published import Published
from kamflow.portfolio import BadRecord, open_records
from kamflow.values.codec import Json
from kamflow.workflow.instance import JsonMap
from kamflow.workflow.instants import parse_instant


@dataclass(frozen=True, slots=True)
class ConformRequest:
    """``case``, ``event``, ``time``: columns of the log. ``facts``: (column, field of the subject)."""

    log: str
    policies: tuple[Path, ...]
    workflows: tuple[Path, ...]
    workflow: str | None = None
    case: str = "case_id"
    event: str = "activity"
    time: str = "timestamp"
    facts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Conformed:
    """``findings``: of rows that could not be read; ``loaded``: for labels."""

    result: Conformance
    loaded: Loaded
    name: str
    findings: tuple[Diagnostic, ...]


class _BadError(Exception):
    def __init__(self, finding: Diagnostic) -> None:
        self.finding = finding
        super().__init__(finding.code)


def conform_file(
    request: ConformRequest, watch: Callable[[Published], Watch] | None = None
) -> Conformed | CannotFlow:
    """Play the log of a file. ``watch`` is told the workflow, and gives what watches its cases."""
    loaded = load_flow(request.policies, request.workflows)
    if isinstance(loaded, CannotFlow):
        return loaded
    published = loaded.ready(request.workflow)
    if isinstance(published, CannotFlow):
        return published
    source = open_records(request.log)
    bad: list[Diagnostic] = []
    try:
        result = conform(
            published, _rows(request, iter(source), published.tz, bad), watch and watch(published)
        )
    except _BadError as wrong:
        return CannotFlow((wrong.finding,))
    except LogError as wrong:
        return CannotFlow(wrong.findings)
    if source.problems:
        return CannotFlow(tuple(source.problems))
    return Conformed(result, loaded, published.workflow.id.text, tuple(bad))


def _rows(
    request: ConformRequest, items: Iterator[object], tz: str, bad: list[Diagnostic]
) -> Iterator[LogRow]:
    seen: dict[str, JsonMap] = {}
    for number, item in enumerate(items):
        if isinstance(item, BadRecord):
            bad.append(item.finding)
            continue
        raw: dict[str, object] = item.raw  # type: ignore[attr-defined]  # a RawRecord
        if number == 0:
            _has_columns(request, raw)
        case, event, said = (str(raw.get(c) or "") for c in (request.case, request.event, request.time))
        at = parse_instant(said, tz)
        if not case or not event or at is None:
            what = Text("no case, no activity or no time", "缺少实例编号、活动或时间")
            bad.append(errors.log_row_unreadable(request.log, number, what))
            continue
        facts = seen.get(case)
        if facts is None:
            facts = seen[case] = {
                f: _json(raw.get(c)) for c, f in request.facts if raw.get(c) not in {None, ""}
            }
        yield LogRow(case, event, at, facts)


def _has_columns(request: ConformRequest, raw: dict[str, object]) -> None:
    wanted = [("--case", request.case), ("--event", request.event), ("--time", request.time)]
    wanted += [("--fact", column) for column, _ in request.facts]
    for option, column in wanted:
        if column not in raw:
            raise _BadError(errors.log_without_column(request.log, column, option, list(raw)))


def _json(value: object) -> Json:
    return (
        value
        if isinstance(value, str | int | bool) or value is None
        else json.loads(json.dumps(value, default=str))
    )
