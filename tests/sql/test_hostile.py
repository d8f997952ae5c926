"""Whatever a policy is called or says, a query holds it as a value, or not at all."""

from __future__ import annotations

import pytest
from sqlglot import exp, parse

from kamflow.core.program import make_plan
from kamflow.engines.sql.compile import compile_sql
from kamflow.engines.sql.dialects import DUCKDB
from kamflow.engines.sql.plan import Refused
from kamflow.engines.sql.whitelist import first_stranger
from tests.sql.rig import DAY, check, compiled, lowered

PAYLOADS = (
    "'; DROP TABLE t0; --", "' OR '1'='1", "\\'; SELECT 1; --", "a''b", "\\", "\\\\'", "$$x$$", "/* */ -- ",
    "{0}",
    "x' UNION SELECT getenv('HOME') --", "é\u00a0\u3000", "%s ? $1 :a", "E'\\n'", "\t",
    "\"; DROP TABLE t0; --",
)  # fmt: skip


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


@pytest.mark.parametrize("payload", PAYLOADS)
def test_texts_of_a_policy_are_values(payload):
    text = (
        "record deal\n  t : text\n  u : text, optional\nend\n"
        f"decision a of deal : yes/no\n  as t = {quoted(payload)}\nend\n"
        "decision b of deal : text\n  table first\n    | t || b |\n"
        f"    | {quoted(payload)} || {quoted(payload + payload)} |\n"
        f"    | any || t |\nend\n"
        f"decision c of deal : list of text\n  as [{quoted(payload)}, t]\nend\n"
    )  # fmt: skip
    want = check(text, [{"t": t} for t in (payload, payload + " ", "", payload.replace("'", "''"))])
    assert want[0].values[0] is True  # type: ignore[union-attr]


NAMES = ("select", "row", "t0", "c0", "ok", "v0", "drop", "parent", "客户", "x1", "f1_1", "key")


def test_names_of_a_policy_are_nowhere_in_a_query():
    fields = "\n".join(f"  {n} : count" for n in NAMES)
    text = f"record deal\n{fields}\nend\ndecision table_ of deal : number\n  as {' + '.join(NAMES)}\nend\n"
    check(text, [{n: i for i, n in enumerate(NAMES)}])
    found = lowered(text)
    made = compiled(found, make_plan(found, "deal"))
    names = {i.name for i in made.tree.find_all(exp.Identifier)}
    assert names <= {
        "t0",
        "row",
        "ok",
        "v0",
        "f1_1",
        "f1_2",
        *(f"c{i}" for i in range(12)),
        *(f"x{i}" for i in range(99)),
    }


def test_a_query_is_one_select_of_known_nodes_and_its_text_says_the_same():
    body = """decision d of deal : number\n  as a * 2 when t = "';", otherwise -a\nend\n"""
    text = f"record deal\n  a : number\n  t : text\nend\n{body}"
    found = lowered(text)
    made = compiled(found, make_plan(found, "deal"))
    assert first_stranger(made.tree, DUCKDB) is None
    [again] = parse(made.select(), dialect="duckdb")
    assert isinstance(again, exp.Select)
    assert again.sql("duckdb") == made.select()


def test_a_node_that_is_not_known_is_an_error_of_ours(monkeypatch):
    text = "record deal\n  a : number\nend\ndecision d of deal : number\n  as a + 1\nend\n"
    found = lowered(text)
    monkeypatch.setattr("kamflow.engines.sql.whitelist.ALLOWED", frozenset({exp.Select}))
    with pytest.raises(AssertionError):
        compile_sql(found, make_plan(found, "deal"), DAY)


def test_tables_may_have_other_names_whatever_they_are():
    found = lowered("record deal\n  a : number\nend\ndecision d of deal : number\n  as a + 1\nend\n")
    made = compiled(found, make_plan(found, "deal"))
    text = made.select({"t0": 'my "own" table; --'})
    assert 'FROM "my ""own"" table; --"' in text
    assert made.select() != text


def chain(count: int) -> str:
    """Return definitions that each rest on the one before, and cannot be written into each other."""
    lines = [f"define d{i} of deal as min(d{i - 1}, d{i - 1} - 1, {i})\n" for i in range(1, count)]
    end = f"decision z of deal : number\n  as d{count - 1}\nend\n"
    return f"record deal\n  a : count\nend\ndefine d0 of deal as a\n{''.join(lines)}{end}"


def test_definitions_may_rest_on_each_other_in_long_chains():
    check(chain(120), [{"a": a} for a in (0, 1, 10**9)])


def test_a_policy_too_long_for_a_query_is_refused_by_name():
    found = lowered(chain(450))
    refused = compile_sql(found, make_plan(found, "deal"), DAY)
    assert isinstance(refused, Refused)
    assert refused.name == "deal"
    assert refused.reason.zh


def test_long_tables_and_sums_are_no_deep_trees():
    rows = "".join(f"    | {i} || {i * 7 % 13} |\n" for i in range(1_500))
    terms = " + ".join(f"a * {i % 7}" for i in range(1, 120))
    text = (
        "record deal\n  a : count, 0 to 2000\nend\n"
        f"decision u of deal : count\n  table unique\n    | a || u |\n{rows}end\n"
        f"decision s of deal : number\n  as {terms}\nend\n"
    )
    check(text, [{"a": a} for a in (0, 1, 77, 1_499, 1_500, 2_000)])


def test_more_rows_together_than_a_mask_holds_are_refused_by_name():
    rows = "".join(f"    | at least {i} || {i} |\n" for i in range(63))
    body = f"decision s of deal : number\n  table collect sum\n    | a || s |\n{rows}end\n"
    text = f"record deal\n  a : count\nend\n{body}"
    found = lowered(text)
    refused = compile_sql(found, make_plan(found, "deal"), DAY)
    assert isinstance(refused, Refused)
    assert refused.name == "s of deal"


def test_an_unknown_sql_is_refused_by_name():
    found = lowered("record deal\n  a : number\nend\ndecision d of deal : number\n  as a\nend\n")
    refused = compile_sql(found, make_plan(found, "deal"), DAY, dialect="access")
    assert refused == Refused("access", refused.reason) if isinstance(refused, Refused) else False
