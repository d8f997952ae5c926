"""Workflows as commands need them: definitions from files, cases in a store.

Assumes: paths, names and times as a person typed them. Leaves: results or findings; nothing is printed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from kamflow.app.cannot_flow import CannotFlow
from kamflow.base.diagnostic import Diagnostic, Sink
from kamflow.base.span import DataPlace, Source
from kamflow.engines.smt import available
from kamflow.flow import errors
from kamflow.flow.cases import Cases, Receipt
from kamflow.flow.discover import Definitions, read_definitions, unknown_countries
from kamflow.flow.link import Linked, link, pins
from kamflow.flow.prove import prove_workflows, quick_findings
from kamflow.flow.publish import PublishedNow, publish
from kamflow.flow.published import Bundle, Published, ready_to_run, short_names
from kamflow.journal.rows import InstanceRow
from kamflow.journal.store import Store, open_store
from kamflow.portfolio.parse_json import Fault, fault_finding, parse_value
from kamflow.project.load import find_policies
from kamflow.syntax.parse import decode
from kamflow.values.codec import Json
from kamflow.workflow.instance import Instant, JsonMap, Refused
from kamflow.workflow.instants import instant_of, parse_instant, show_instant
from kamflow.workflow.model import Mode, Workflow
from kamflow.workflow.validate import validate


@dataclass(frozen=True, slots=True)
class Loaded:
    """Policies and workflows of files, linked without errors."""

    linked: Linked
    definitions: Definitions
    policies: Mapping[str, Source]

    def ready(self, name: str | None) -> Published | CannotFlow:
        """Return a workflow of the files, ready to run; the only one where none is named."""
        known = [w.id.text for w in self.linked.workflows]
        if name is None and len(known) == 1:
            name = known[0]
        found = self.linked.workflow(name or "")
        if found is None:
            return CannotFlow((errors.no_workflow(name or "", known),))
        return ready_to_run(self.linked, found, pins(self.linked, found))


def load_flow(
    policies: Sequence[Path], workflows: Sequence[Path], *, prove: bool = False, names: Sequence[str] = ()
) -> Loaded | CannotFlow:
    """Read, link and check files of policies and workflows. ``prove``: guards too, as before they are
    published, of the workflows ``names`` (all, where it is empty)."""
    sink = Sink()
    sources: dict[str, Source] = {}
    for path in find_policies(policies, sink):
        source = decode(str(path), path.read_bytes(), sink)
        if source is not None:
            sources[source.name] = source
    definitions = read_definitions(workflows)
    sink.extend([*definitions.findings, *unknown_countries(definitions.calendars)])
    linked = link(sources, definitions.workflows, definitions.calendars, definitions.texts)
    sink.extend(linked.findings)
    today = datetime.now(UTC).date().toordinal()
    for workflow in linked.workflows:
        validate(workflow, definitions.calendars, sink, today)
    if not sink.has_errors:
        sink.extend(quick_findings(linked))
    if not sink.has_errors and prove and available():
        sink.extend(prove_workflows(linked, names))
    if sink.has_errors:
        found = tuple(f for f in sink.sorted() if f.is_error)
        return CannotFlow(found, {**sources, **definitions.texts}, not_compiled=True)
    return Loaded(linked, definitions, sources)


def open_cases(db: str) -> Cases | CannotFlow:
    """Open the store of cases; a file that is not there is made."""
    store = open_store(db)
    return Cases(store) if isinstance(store, Store) else CannotFlow((store,))


def publish_all(
    cases: Cases, loaded: Loaded, names: Sequence[str], *, at: Instant, actor: str
) -> Iterator[PublishedNow | CannotFlow]:
    """Publish the workflows named, or all of the files."""
    known = [w.id.text for w in loaded.linked.workflows]
    for name in names or known:
        workflow = loaded.linked.workflow(name)
        if workflow is None:
            yield CannotFlow((errors.no_workflow(name, known),))
            continue
        text = loaded.definitions.texts[workflow.source].text
        needed = pins(loaded.linked, workflow)
        done = publish(cases.store, workflow, text, _bundle(loaded, needed), needed, at=at, actor=actor)
        if isinstance(done, PublishedNow):
            yield done
        else:
            yield CannotFlow(done, dict(loaded.definitions.texts))


def _bundle(loaded: Loaded, needed: Mapping[str, str]) -> Bundle:
    """Return the texts that a workflow rests on, and no others."""
    files = [f for f in loaded.linked.project.files if f.source in loaded.policies]
    own = [f.source for f in files if f.header is not None and f.header.name.text in needed]
    names = short_names(own)
    calendars = loaded.definitions.calendar_files
    short = short_names(list(calendars))
    return Bundle(
        {names[n]: loaded.policies[n].text for n in own},
        {short[n]: loaded.definitions.texts[n].text for n in calendars},
    )


def time_of(said: str | None, tz: str, option: str = "--at") -> Instant | Diagnostic:
    """Return the instant that a person means; now where nothing is said."""
    if said is None:
        return instant_of(datetime.now(UTC))
    found = parse_instant(said, tz)
    return errors.bad_time(option, said) if found is None else found


def json_argument(said: str, option: str) -> JsonMap | Diagnostic:
    """Return the object of a JSON text, or of a file that holds one."""
    text, place = said, DataPlace(option)
    if not said.lstrip().startswith("{"):
        try:
            text, place = Path(said).read_text(encoding="utf-8-sig"), DataPlace(said)
        except (OSError, UnicodeDecodeError):
            return errors.no_object(option, said)
    found = parse_value(text, len(text) - len(text.lstrip()))
    if isinstance(found, Fault):
        line = text.count("\n", 0, found.offset) + 1
        return fault_finding(found, place, line, found.offset - text.rfind("\n", 0, found.offset))
    value, _ = found
    if not isinstance(value, dict):
        return errors.no_object(option, said)
    return json.loads(json.dumps(value, ensure_ascii=False, default=str))  # type: ignore[no-any-return]  # an object


def payload_of(pairs: Sequence[str], given: str | None) -> JsonMap | Diagnostic:
    """Return what came with an event: a JSON object, and ``name=value`` pairs that win over it."""
    out: dict[str, Json] = {}
    if given is not None:
        found = json_argument(given, "--payload")
        if isinstance(found, Diagnostic):
            return found
        out |= found
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            return errors.no_pair(pair)
        out[name] = _value(value)
    return out


def _value(text: str) -> Json:
    """Return what a person means by a value: whole numbers and yes/no as such, all else as text."""
    if text in {"true", "yes", "是"}:
        return True
    if text in {"false", "no", "否"}:
        return False
    return int(text) if text.lstrip("-").isdigit() and len(text) < 16 else text


def only_published(cases: Cases, mode: Mode) -> str | Diagnostic:
    """Return the one published workflow of a mode."""
    rows = cases.store.definitions()
    if isinstance(rows, Diagnostic):
        return rows
    found: list[str] = []
    for name in dict.fromkeys(r.workflow for r in rows):
        one = cases.library.get(name)
        if isinstance(one, Published) and one.workflow.mode is mode:
            found.append(name)
    if len(found) == 1:
        return found[0]
    return errors.which_workflow(found) if found else errors.not_published(mode.value, None, [])


@dataclass(frozen=True, slots=True)
class Standing:
    """A case as it is stored, with the version it lives on."""

    row: InstanceRow
    published: Published


def standing(cases: Cases, workflow: str, case: str) -> Standing | CannotFlow:
    row = cases.store.read(workflow, case)
    if isinstance(row, Diagnostic):
        return CannotFlow((row,))
    if row is None:
        return CannotFlow((errors.no_case(workflow, case),))
    published = cases.library.get(workflow, row.version)
    return Standing(row, published) if isinstance(published, Published) else CannotFlow(published)


def zone_of(cases: Cases, workflow: str) -> str | CannotFlow:
    """Return the time zone in which times of a workflow are said and shown."""
    found = cases.library.get(workflow)
    return found.tz if isinstance(found, Published) else CannotFlow(found)


def show_times(cases: Cases, workflow: str, instant: Instant) -> str:
    """Show an instant in the time zone of a workflow; UTC where that is not known."""
    found = cases.library.get(workflow)
    return show_instant(instant, found.tz if isinstance(found, Published) else "UTC")


__all__ = [
    "CannotFlow", "Loaded", "Receipt", "Refused", "Standing", "Workflow", "json_argument", "load_flow",
    "only_published", "open_cases", "payload_of", "publish_all", "show_times", "standing", "time_of",
    "zone_of",
]  # fmt: skip
