"""Projects: which files are in force when, and that text order never matters."""

from __future__ import annotations

import random
from datetime import date
from pathlib import Path

import pytest

from kamflow.base.span import Source
from kamflow.core.show import show_program
from kamflow.project.load import Project, load_project, load_sources

BODY = """
record r
  a : money
end
decision d of r : money
  as round(a * {rate}, 0.01 CNY)
end
"""


def project(**texts: str) -> Project:
    return load_sources({f"{n}.kam": Source(f"{n}.kam", t) for n, t in texts.items()})


def version(rate: str, dates: str) -> str:
    return f'policy p "P"\n  effective {dates}\n  currency CNY\nend\n' + BODY.format(rate=rate)


def codes(found: Project) -> list[str]:
    return [f.code for f in found.findings]


def test_each_day_has_the_version_that_is_in_force_on_it() -> None:
    found = project(
        old=version("10%", "from 2025-01-01 until 2026-01-01"), new=version("20%", "from 2026-01-01")
    )
    assert codes(found) == []
    assert [s.show() for s in found.stretches] == ["2025-01-01 – 2025-12-31", "2026-01-01 – …"]
    assert found.stretch_on(date(2024, 12, 31).toordinal()) is None


def test_two_versions_on_one_day_are_a_finding_that_names_both() -> None:
    found = project(old=version("10%", "from 2025-01-01"), new=version("20%", "from 2026-01-01"))
    assert "KF0504" in codes(found)


def test_a_policy_that_outlives_what_it_uses_is_a_finding() -> None:
    used = version("10%", "from 2025-01-01 until 2026-01-01")
    user = (
        'policy q "Q"\n  effective from 2025-01-01\n  currency CNY\n  uses p\nend\n'
        "record s\n  x : count\nend\ndecision e of s : count\n  as x + 1\nend\n"
    )
    assert codes(project(p=used, q=user)) == ["KF0503"]


def test_the_same_finding_in_two_stretches_is_reported_once() -> None:
    first = version("10%", "from 2025-01-01 until 2026-01-01")
    second = (
        'policy q "Q"\n  effective from 2025-01-01\nend\n'
        "record s\n  x : count\nend\ndecision e of s : count\n  as y + 1\nend\n"
    )
    assert codes(project(p=first, q=second)) == ["KF0201"]


DECLARATIONS = [
    "type tier is ordered low < high",
    "record r\n  a : money\n  n : count\n  t : date, optional\nend",
    "parameter bar : money\n  from 2020-01-01 : 10 CNY\nend",
    "define big of r as a > bar",
    "define twice of r as a * 2",
    "decision level of r : tier\n  when big and twice > 40 CNY then high\n  otherwise low\nend",
    "rule up overrides level\n  when n > 9\n  then level = high\nend",
    'test "t"\n  given r\n    a = 30 CNY\n    n = 1\n  expect level is high\nend',
]


@pytest.mark.parametrize("seed", range(8))
def test_the_order_of_declarations_changes_nothing(seed: int) -> None:
    header = 'policy p "P"\n  currency CNY\nend\n'
    shuffled = DECLARATIONS[:]
    random.Random(seed).shuffle(shuffled)
    texts = [header + "\n".join(d) + "\n" for d in (DECLARATIONS, shuffled)]
    programs = []
    for text in texts:
        found = project(p=text)
        assert codes(found) == []
        program = found.stretches[0].program
        assert program is not None
        programs.append(sorted(show_program(program).splitlines()))
    assert programs[0] == programs[1]


def test_a_folder_is_searched_and_a_missing_path_is_named(tmp_path: Path) -> None:
    deep = tmp_path / "rules" / "deep"
    deep.mkdir(parents=True)
    (deep / "p.kam").write_text(version("10%", "from 2025-01-01"), encoding="utf-8")
    found = load_project([tmp_path / "rules"])
    assert codes(found) == []
    assert len(found.files) == 1
    assert codes(load_project([tmp_path / "nothing"])) == ["KF0520"]
    (tmp_path / "empty").mkdir()
    assert codes(load_project([tmp_path / "empty"])) == ["KF0521"]


def test_a_link_that_leads_out_of_the_folder_is_not_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside.kam"
    outside.write_text("policy secret", encoding="utf-8")
    rules = tmp_path / "rules"
    rules.mkdir()
    (rules / "p.kam").write_text(version("10%", "from 2025-01-01"), encoding="utf-8")
    (rules / "link.kam").symlink_to(outside)
    assert [Path(f.source).name for f in load_project([rules]).files] == ["p.kam"]


def test_the_digest_changes_with_the_text_and_only_with_it() -> None:
    one, same, other = (version(r, "from 2025-01-01") for r in ("10%", "10%", "11%"))
    assert project(p=one).digest == project(p=same).digest
    assert project(p=one).digest != project(p=other).digest
