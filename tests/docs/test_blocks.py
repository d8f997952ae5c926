"""Pages that promise what is not so are found out: each kind of block can fail."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.blocks import DOCS, pages, read_page
from tests.docs.run_page import run_page

_POLICY = """```kam
policy p
  currency CNY
end
record account
  id : text
  revenue : money, optional
end
decision size of account : text
  when revenue is present and revenue > 5 CNY then "large"
  otherwise "small"
end
test "the account" as of 2026-06-30
  given account
    revenue = 6 CNY
  expect size = "large"
end
```
"""


@pytest.mark.parametrize(
    ("block", "wrong"),
    [
        ("```kam\ndefine x of account as revenue > 5 CNY\n```", "KF0203"),
        ("```kam finds=KF0208\ndefine x of account as revenue > 5 CNY\n```", "KF0203"),
        ("```kam finds=KF0203\ndefine x of account as 5 > 4\n```", "found: none"),
        (
            '```kam\ntest "wrong"\n  given account\n    id = "a"\n  expect size = "large"\nend\n```',
            "test “wrong”",
        ),
        ('<!-- evaluate "the account" -->\n| written | gives |\n|---|---|\n| `2 + 2` | `5` |', "`2 + 2`"),
        (
            '<!-- evaluate "the account" -->\n| written | gives |\n|---|---|\n| `2 + "a"` | `5` |',
            "gives ['KF0208']",
        ),
        (
            '<!-- evaluate "the account" -->\n| written | type | gives |\n|---|---|---|\n'
            "| `2 + 2` | money | `4` |",
            "it is number",
        ),
        (
            '<!-- evaluate "the account" -->\n| written | gives |\n|---|---|\n| `2 + 2` | KF0208 |',
            "no finding",
        ),
        ("```python\nassert 1 == 2\n```", "AssertionError"),
        ("```python\n>>> 1 + 1\n3\n```", "Expected"),
        ("```console\n$ kamflow --version\nkamflow 99\n```", "does not print “kamflow 99”"),
        ("```console\n$ rm -r everything\n```", "no command"),
        ("```text file=a\nb\n```\n```diff file=a\n-c\n+d\n```", "stands 0 times"),
        ("```text file=a\nb\n```\n```text part=a\nc\n```", "no part of a"),
        ("```rust\nfn main() {}\n```", "nothing runs `rust`"),
    ],
)
def test_a_page_that_is_wrong_is_found_out(
    block: str, wrong: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = run_page(_POLICY + block + "\n", tmp_path, monkeypatch)
    assert len(found) == 1
    assert wrong in found[0]


def test_a_value_that_is_read_differently_is_found_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = _POLICY.replace("```kam", "```kam file=p.kam").replace("size", "got_revenue")
    table = (
        '<!-- read "p.kam" -->\n| field | value | read as |\n|---|---|---|\n| `revenue` | `7` | `"small"` |\n'
    )
    found = run_page(policy + table, tmp_path, monkeypatch)
    assert len(found) == 1
    assert 'is read as "large"' in found[0]


def test_a_fence_that_is_not_closed_is_an_error() -> None:
    with pytest.raises(AssertionError, match="line 2"):
        read_page("text\n```kam\npolicy p\nend\n")


@pytest.mark.parametrize("page", pages(), ids=lambda p: str(p.relative_to(DOCS)))
def test_links_of_the_page_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = {m[1].partition("#")[0] for m in re.finditer(r"\]\(([^)\s]+)\)", text) if "://" not in m[1]}
    assert sorted(t for t in targets if t and not (page.parent / t).exists()) == []


def test_places_within_a_page_that_are_linked_are_its_headings() -> None:
    text = (DOCS / "language.md").read_text(encoding="utf-8")
    headings = {
        re.sub(r"[^\w\- ]", "", h.lower()).replace(" ", "-")
        for h in re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    }
    linked = set(re.findall(r"\]\(#([^)]+)\)", text))
    assert linked - headings == set()
