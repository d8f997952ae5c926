"""Everything that ships proves: each property, and no override that is open, idle or in conflict."""

from __future__ import annotations

from pathlib import Path

import pytest

from kamflow.app.check import check_policies

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize(
    ("folder", "properties", "overrides"),
    [("rules", 13, 9), ("examples/samples", 13, 9), ("examples/retail", 1, 0)],
    ids=["rules", "samples", "retail"],
)
def test_all_properties_are_proved_and_no_override_is_found_fault_with(folder, properties, overrides):
    result = check_policies([ROOT / folder], require_proof=True)
    assert [f.message.en for f in result.findings if f.code.startswith(("KF04", "KF033"))] == []
    assert result.proofs is not None
    assert result.proofs.undecided == 0
    assert result.proofs.proved >= properties  # a policy may promise more
    assert result.proofs.overrides >= overrides
