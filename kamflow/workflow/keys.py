"""How the expressions of a workflow are called where they are evaluated (``flow/as_policy`` makes them
definitions)."""

from __future__ import annotations


def guard(transition: str) -> str:
    """Yes/no, or missing: unknown."""
    return f"guard:{transition}"


def setting(transition: str, var: str) -> str:
    return f"set:{transition}:{var}"


def argument(owner: str, play: str, name: str) -> str:
    """``owner``: ``entry:decline``, ``exit:decline``, ``timer:ID``, ``do:TRANSITION``, ``breach:SLA``."""
    return f"arg:{owner}:{play}:{name}"


def auto_level(index: int) -> str:
    """The ``index``-th rung of ``escalation.auto``, counted from 0."""
    return f"level:{index}"


def due(owner: str, task: str) -> str:
    """When a task is due; ``owner`` as in ``argument``."""
    return f"due:{owner}:{task}"


def budget(sla: str) -> str:
    return f"budget:sla:{sla}"


def fill(field: str) -> str:
    """A variable in the place of a field of the subject; checked, never asked."""
    return f"fill:{field}"


def budget_by(table: str) -> str:
    return f"budget:{table}"


def ruleset(policy: str, output: str) -> str:
    """An output of the subject by a policy that ``apply_rules`` names."""
    return f"rules:{policy}:{output}"
