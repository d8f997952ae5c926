"""The models for editors and their JSON Schema say what the reader says."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from pydantic import ValidationError

from kamflow.base.resources import resource_dir
from kamflow.base.text import Lang
from kamflow.workflow.schema import calendar_schema, workflow_schema
from kamflow.workflow.shape import CalendarFile, WorkflowFile
from tests.workflow.calendar_slips import BEYOND as CALENDARS_BEYOND
from tests.workflow.calendar_slips import SLIPS as CALENDAR_SLIPS
from tests.workflow.definitions import CALENDARS, HERE, NAMES, edited, mutated, plain_data, read, shipped
from tests.workflow.json_schema import valid
from tests.workflow.shape_slips import BEYOND_JSON_SCHEMA, BEYOND_MODELS, SLIPS
from tests.workflow.structure_slips import SLIPS as STRUCTURE_SLIPS

WORKFLOW, CALENDAR = workflow_schema(), calendar_schema()


def by_schema(text: str) -> bool:
    return valid(WORKFLOW, plain_data(text), WORKFLOW)


def by_models(text: str) -> bool:
    try:
        WorkflowFile.model_validate(plain_data(text))
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("name", NAMES)
def test_shipped_workflows_are_valid(name: str) -> None:
    WorkflowFile.model_validate(plain_data(shipped(name)))
    assert by_schema(shipped(name))


def test_the_shipped_calendar_is_valid() -> None:
    CalendarFile.model_validate(plain_data(shipped(CALENDARS)))
    assert valid(CALENDAR, plain_data(shipped(CALENDARS)), CALENDAR)


@pytest.mark.parametrize("slip", STRUCTURE_SLIPS)
def test_a_file_of_good_shape_is_valid_whatever_else_is_wrong_with_it(slip: str) -> None:
    name, edits, _ = STRUCTURE_SLIPS[slip]
    text = shipped(name)
    for old, new in edits:
        text = text.replace(old, new.replace(HERE, ""))
    assert by_models(text)
    assert by_schema(text)


@pytest.mark.parametrize("slip", SLIPS)
def test_what_the_reader_refuses_is_refused_in_an_editor_too(slip: str) -> None:
    name, old, new, _ = SLIPS[slip]
    text, _ = edited(name, old, new)
    assert by_models(text) == (slip in BEYOND_MODELS)
    assert by_schema(text) == (slip in BEYOND_JSON_SCHEMA)


@pytest.mark.parametrize("seed", range(8))
def test_reader_and_models_agree_on_mutated_files(seed: int) -> None:
    """But for what is no YAML, or no plain data: keys given twice, quotes and escapes."""
    rng = Random(seed)
    outcomes = set()
    for _ in range(40):
        text = mutated(shipped(rng.choice(NAMES)), rng)
        found, findings = read(text)
        if {"KF1000", "KF1007"}.isdisjoint(f.code for f in findings):
            assert by_models(text) == (found is not None), text
            outcomes.add(found is not None)
    assert outcomes == {True, False}


@pytest.mark.parametrize("slip", CALENDAR_SLIPS)
def test_what_is_refused_of_a_calendar_is_refused_in_an_editor_too(slip: str) -> None:
    old, new, _ = CALENDAR_SLIPS[slip]
    text, _ = edited(CALENDARS, old, new)
    try:
        CalendarFile.model_validate(plain_data(text))
        good = True
    except ValidationError:
        good = False
    assert good == (slip in CALENDARS_BEYOND)
    assert valid(CALENDAR, plain_data(text), CALENDAR) == (slip in CALENDARS_BEYOND)


def test_descriptions_are_in_the_language_that_is_asked_for() -> None:
    en, zh = (json.dumps(workflow_schema(lang), ensure_ascii=False) for lang in (Lang.EN, Lang.ZH))
    assert "the first state" in en
    assert "初始状态" not in en
    assert "初始状态" in zh
    assert "the first state" not in zh
    assert "the first state · 初始状态" in json.dumps(WORKFLOW, ensure_ascii=False)


@pytest.mark.parametrize(("name", "schema"), [("workflow", WORKFLOW), ("calendar", CALENDAR)])
def test_the_schema_beside_the_shipped_files_is_the_one_that_is_exported(
    name: str, schema: dict[str, object]
) -> None:
    """`kamflow schema export --format workflow -o workflows/workflow.schema.json` writes it."""
    path = Path(resource_dir("workflows")) / f"{name}.schema.json"
    assert path.read_text(encoding="utf-8") == json.dumps(schema, ensure_ascii=False, indent=2) + "\n"
    assert f"$schema={path.name}" in shipped(CALENDARS if name == "calendar" else "lifecycle")


def test_reading_a_workflow_loads_no_pydantic() -> None:
    code = (
        "import sys\n"
        "from kamflow.base.diagnostic import Sink\n"
        "from kamflow.base.span import Source\n"
        "from kamflow.workflow.read import read_workflow\n"
        "from kamflow.workflow.validate import validate\n"
        "sink = Sink()\n"
        "found = read_workflow(Source('w', sys.stdin.read()), sink)\n"
        "validate(found, (), sink)\n"
        "heavy = {'pydantic', 'transitions', 'holidays', 'sqlalchemy', 'lark'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    subprocess.run([sys.executable, "-c", code], input=shipped("complaint").encode(), check=True)
