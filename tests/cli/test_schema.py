"""`kamflow schema export`, and that schema, model and engine agree on what is a record."""

from __future__ import annotations

import json
import re
import sys
import types
from datetime import date
from decimal import Decimal

import openpyxl
import pytest
from pydantic import ValidationError

from kamflow.base.span import Source
from kamflow.base.text import Lang
from kamflow.project.engine import Engine
from kamflow.project.load import load_sources
from kamflow.project.models import pydantic_model, pydantic_source
from kamflow.project.schema import json_schema, template_columns
from kamflow.values.decision import Decision

POLICY = """\
policy p
  currency CNY
end

type grade is ordered low en "Low" zh "低" < high en "High" zh "高"
type plain is one of one, two

record order
  amount : money, 0 CNY to 1,000.50 CNY
  on     : date, optional
end

record contact
  name : text
end

record customer en "Customer" zh "客户"
  id       : text en "Number" zh "编号"
  revenue  : money, -5.25 CNY to 1,000 CNY
  share    : percent, optional, 0% to 100%
  visits   : count, default 2, 0 to 10
  grade    : grade, default low
  kind     : plain, optional
  active   : yes/no, default yes
  since    : date
  weight   : number with 3 decimals, optional, 0 to 9.999
  copy     : text, optional
  person   : contact, optional
  orders   : list of order, default [], up to 3 items
  客户类别 : text, optional
end

decision total of customer : money as sum of amount of orders
decision twice of customer : count as visits * 2
"""
DAY = date(2026, 6, 30)
BASE = {"id": "C1", "revenue": "10.50", "since": "2020-02-29"}
GOOD = [
    {},
    {"revenue": "-5.25"},
    {"revenue": 1000},
    {"revenue": "999.99"},
    {"share": 100},
    {"share": None},
    {"visits": 0, "kind": "two", "grade": "high", "active": False},
    {"weight": "9.999", "copy": "text", "客户类别": "甲"},
    {"person": {"name": "Li"}},
    {"orders": [{"amount": "1000.50", "on": "2026-01-01"}, {"amount": 0}]},
]
BAD = [
    {"revenue": "-5.26"},
    {"revenue": 1000.01},
    {"revenue": "1.001"},
    {"revenue": "much"},
    {"revenue": None},
    {"share": 101},
    {"visits": -1},
    {"visits": 1.5},
    {"grade": "middle"},
    {"kind": "three"},
    {"since": "2020-02-30"},
    {"id": 5},
    {"person": {}},
    {"person": {"name": "Li", "nickname": "L"}},
    {"orders": [{"amount": 1}] * 4},
    {"orders": [{"amount": "1000.51"}]},
    {"unknown": 1},
]


@pytest.fixture(scope="module")
def engine():
    project = load_sources({"p.kam": Source("p.kam", POLICY)})
    assert not project.has_errors, project.findings
    return Engine(project)


@pytest.fixture(scope="module")
def program(engine):
    return engine.project.stretches[-1].program


@pytest.fixture(scope="module")
def model(program):
    return pydantic_model(program, "customer")


@pytest.fixture(scope="module")
def written(program):
    """The model as its source makes it."""
    module = types.ModuleType("written_model")
    sys.modules["written_model"] = module
    exec(compile(pydantic_source(program, "customer"), "written_model.py", "exec"), module.__dict__)
    return module.Customer


@pytest.mark.parametrize("fields", GOOD, ids=str)
def test_what_a_model_accepts_the_engine_decides_alike(engine, model, written, fields):
    record = BASE | fields
    plain = engine.evaluate(record, as_of=DAY)
    assert isinstance(plain, Decision)
    for one in (model, written):
        decided = engine.evaluate(one.model_validate(record), as_of=DAY)
        assert decided == plain
        # an explicit null is said, an absent field is not: the model keeps them apart
        assert decided.assumed == plain.assumed
        assert decided.missing == plain.missing


@pytest.mark.parametrize("fields", BAD, ids=str)
def test_what_is_out_of_range_all_of_them_refuse(engine, model, written, fields):
    record = BASE | fields
    assert not engine.evaluate(record, as_of=DAY).ok
    for one in (model, written):
        with pytest.raises(ValidationError):
            one.model_validate(record)


def test_a_field_that_is_missing_is_refused_too(model, engine):
    record = {k: v for k, v in BASE.items() if k != "revenue"}
    assert not engine.evaluate(record, as_of=DAY).ok
    with pytest.raises(ValidationError):
        model.model_validate(record)


def test_a_name_that_pydantic_needs_itself_becomes_an_alias(model):
    record = model.model_validate(BASE | {"copy": "x"})
    assert record.copy_ == "x"
    assert record.model_dump()["copy"] == "x"
    assert model(**BASE, copy_="y").model_dump()["copy"] == "y"


def test_a_model_made_by_attributes_keeps_exact_amounts(model, engine):
    record = model(id="C1", revenue=Decimal("0.10"), since=DAY, orders=[{"amount": Decimal("0.20")}] * 3)
    assert engine.evaluate(record, as_of=DAY).total == Decimal("0.60")


def test_names_in_a_source_can_not_break_out_of_it(program):
    source = pydantic_source(program, "customer")
    compile(source, "x", "exec")
    odd = POLICY.replace('zh "编号"', 'zh "编\\号"').replace('en "Number"', "en \"N''' + print(1) + '''\"")
    project = load_sources({"p.kam": Source("p.kam", odd)})
    text = pydantic_source(project.stretches[-1].program, "customer")
    names = compile(text, "x", "exec").co_names
    assert "print" not in names


# -- JSON Schema; a small reading of the keywords used, so that no further library is needed


def accepts(schema, value, root):
    if "$ref" in schema:
        node = root
        for part in schema["$ref"].lstrip("#").split("/")[1:]:
            node = node[part]
        return accepts(node, value, root)
    tries = [
        ("anyOf", lambda s: any(accepts(one, value, root) for one in s)),
        ("oneOf", lambda s: sum(accepts(one, value, root) for one in s) == 1),
        ("enum", lambda s: value in s),
        ("const", lambda s: value == s),
        ("type", lambda s: has_type(value, s)),
        ("minimum", lambda s: not is_number(value) or value >= s),
        ("maximum", lambda s: not is_number(value) or value <= s),
        ("maxLength", lambda s: not isinstance(value, str) or len(value) <= s),
        ("pattern", lambda s: not isinstance(value, str) or re.search(s, value) is not None),
        ("format", lambda s: not isinstance(value, str) or s != "date" or is_date(value)),
        ("maxItems", lambda s: not isinstance(value, list) or len(value) <= s),
        ("items", lambda s: not isinstance(value, list) or all(accepts(s, v, root) for v in value)),
        ("required", lambda s: not isinstance(value, dict) or set(s) <= set(value)),
        (
            "properties",
            lambda s: (
                not isinstance(value, dict) or all(accepts(s[k], v, root) for k, v in value.items() if k in s)
            ),
        ),
        (
            "additionalProperties",
            lambda _: not isinstance(value, dict) or set(value) <= set(schema["properties"]),
        ),
    ]
    return all(holds(schema[word]) for word, holds in tries if word in schema)


def is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_date(text):
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def has_type(value, name):
    return {
        "object": isinstance(value, dict),
        "array": isinstance(value, list),
        "string": isinstance(value, str),
        "boolean": isinstance(value, bool),
        "null": value is None,
        "number": is_number(value),
        "integer": is_number(value) and int(value) == value,
    }[name]


@pytest.mark.parametrize("fields", GOOD, ids=str)
def test_the_schema_accepts_what_the_engine_decides(program, fields):
    schema = json_schema(program, "customer")
    assert accepts(schema, BASE | fields, schema)


# ranges of amounts written as text are beyond a pattern: the schema says them in words
IN_WORDS = [{"revenue": "-5.26"}, {"orders": [{"amount": "1000.51"}]}]


@pytest.mark.parametrize("fields", [b for b in BAD if b not in IN_WORDS], ids=str)
def test_the_schema_refuses_what_the_engine_refuses(program, fields):
    schema = json_schema(program, "customer")
    assert not accepts(schema, BASE | fields, schema)


def test_the_schema_says_labels_ranges_and_defaults_in_the_language(program):
    english, chinese = json_schema(program, "customer"), json_schema(program, "customer", Lang.ZH)
    assert (english["title"], chinese["title"]) == ("Customer", "客户")
    assert english["properties"]["id"]["title"] == "Number"
    assert english["properties"]["revenue"]["description"] == "money in CNY, -5.25 CNY to 1,000.00 CNY"
    assert chinese["properties"]["visits"]["description"] == "数值，0 至 10"
    assert english["properties"]["visits"]["default"] == 2
    assert english["properties"]["orders"]["default"] == []
    assert english["required"] == ["id", "revenue", "since"]
    assert {"const": "high", "title": "高"} in chinese["properties"]["grade"]["anyOf"][0]["oneOf"]
    json.dumps(english)


def test_a_template_has_every_field_that_a_cell_can_hold(program):
    columns, lists = template_columns(program, "customer")
    assert columns[:3] == ("id", "revenue", "share")
    assert "person.name" in columns
    assert lists == ("orders",)


# -- the command


@pytest.fixture
def project(folder):
    (folder / "rules").mkdir()
    (folder / "rules" / "p.kam").write_text(POLICY, encoding="utf-8")
    return folder


def test_export_writes_json_schema_unless_told_otherwise(run, project):
    said = run("schema", "export")
    assert (said.code, said.err) == (0, "")
    assert json.loads(said.out)["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert json.loads(run("schema", "export", "order").out)["title"] == "order"
    assert json.loads(run("schema", "export", "--lang", "zh").out)["title"] == "客户"


def test_export_of_a_template_as_csv_and_as_workbook(run, project):
    said = run("schema", "export", "--format", "csv-template")
    assert said.out.startswith("id,revenue,share,")
    assert "orders" not in said.out
    assert "no place for the lists orders" in said.err
    assert run("schema", "export", "--format", "csv-template", "-o", "t.xlsx").code == 0
    sheet = openpyxl.load_workbook(project / "t.xlsx").active
    assert [c.value for c in sheet[1]] == said.out.strip().split(",")
    assert run("schema", "export", "--format", "csv-template", "-o", "t.csv").code == 0
    assert (project / "t.csv").read_text(encoding="utf-8-sig").strip() == said.out.strip()
    assert run("schema", "export", "--format", "csv-template", "-o", "t.doc").code == 2


def test_a_filled_template_is_read_by_eval(run, project):
    run("schema", "export", "--format", "csv-template", "-o", "t.csv")
    path = project / "t.csv"
    columns = path.read_text(encoding="utf-8-sig").strip().split(",")
    row = {"id": "C1", "revenue": "10.50", "since": "2020-02-29", "person.name": "Li"}
    with path.open("a", encoding="utf-8") as file:
        file.write(",".join(row.get(c, "") for c in columns) + "\n")
    said = run("eval", "t.csv", "--as-of", "2026-06-30", "--format", "ndjson")
    assert said.code == 0
    assert json.loads(said.out)["decisions"]["twice"] == 4


@pytest.mark.parametrize(
    ("form", "says"), [("workflow", "kamflow/workflow@1"), ("calendar", "kamflow/calendar@1")]
)
def test_export_of_the_schema_of_workflow_files_needs_no_policies(run, tmp_path, monkeypatch, form, says):
    monkeypatch.chdir(tmp_path)
    said = run("schema", "export", "--format", form)
    assert (said.code, said.err) == (0, "")
    assert json.loads(said.out)["properties"]["format"]["const"] == says
    assert run("schema", "export", "--format", form, "-o", "s.json").code == 0
    assert (tmp_path / "s.json").read_text(encoding="utf-8") == said.out


def test_export_of_models_is_source_that_compiles(run, project):
    said = run("schema", "export", "--format", "pydantic")
    compile(said.out, "models.py", "exec")
    assert "class Customer(InputRecord):" in said.out


def test_an_unknown_record_is_a_mistake_with_a_suggestion(run, project):
    said = run("schema", "export", "custmer")
    assert (said.code, said.out) == (2, "")
    assert "did you mean `customer`" in said.err


def test_policies_that_do_not_compile_are_code_4(run, folder):
    (folder / "bad.kam").write_text(POLICY.replace("visits * 2", "vists * 2"), encoding="utf-8")
    assert run("schema", "export", "--policies", "bad.kam").code == 4
