"""Simulations as a command needs them: files loaded, parameters set, variants tried, processes used.

Assumes: words of a command line. Leaves: what came of each variant, or findings; nothing is printed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import product
from pathlib import Path

from kamflow.app.flow import CannotFlow, Loaded, load_flow
from kamflow.app.overlays import Overlay, with_overlay
from kamflow.base.diagnostic import Diagnostic
from kamflow.flow import simulate_errors as errors
from kamflow.flow.complaints_simulated import Complaints, summarise_complaints
from kamflow.flow.fact_model import FactModel
from kamflow.flow.link import link, pins
from kamflow.flow.published import Published, ready_to_run
from kamflow.flow.simulate import Plan, Trail, plan_of, simulate_trails
from kamflow.flow.simulate_complaints import CaseTrail, People, complaint_trails
from kamflow.flow.simulated import Simulated, summarise
from kamflow.flow.vary import DWELL, HOLD, Knob, vary
from kamflow.project.load import load_sources
from kamflow.project.overlay import NotOverlaid
from kamflow.values.dates import show_day
from kamflow.workflow.model import Duration

LIFECYCLE, COMPLAINT = "customer-lifecycle", "complaint"


@dataclass(frozen=True, slots=True)
class SimulateRequest:
    """``grid``: ``hold:TRANSITION=14,30``, ``dwell:STATE=30,90``, ``PARAMETER=VALUE;VALUE``; combined."""

    policies: tuple[Path, ...]
    workflows: tuple[Path, ...]
    workflow: str = LIFECYCLE
    customers: int = 1000
    years: int = 3
    seed: int = 7
    start: date = date(2026, 1, 1)
    every: Duration | None = None
    sets: tuple[str, ...] = ()
    grid: tuple[str, ...] = ()
    complaints: bool = False
    workers: int = 1


@dataclass(frozen=True, slots=True)
class Variant:
    """``tried``: what this one sets, as it was written."""

    tried: tuple[str, ...]
    result: Simulated
    published: Published


@dataclass(frozen=True, slots=True)
class Simulation:
    """``complaints``: of the first variant, where they were asked for, with their workflow."""

    variants: tuple[Variant, ...]
    complaints: Complaints | None = None
    complaint_workflow: Published | None = None


def simulate_files(request: SimulateRequest) -> Simulation | CannotFlow:
    """Simulate a workflow of the files, each variant of the grid with the same customers."""
    choices = _grid(request.grid)
    if isinstance(choices, Diagnostic):
        return CannotFlow((choices,))
    variants: list[Variant] = []
    complaints: Complaints | None = None
    complaint_workflow: Published | None = None
    for tried in product(*choices):
        one = replace(request, grid=tried, complaints=request.complaints and not variants)
        ready = _ready(one)
        if isinstance(ready, CannotFlow):
            return ready
        done = _run(one, ready)
        if isinstance(done, CannotFlow):
            return done
        plan = _plan(one)
        variants.append(Variant(tried, summarise(ready.lifecycle, plan, done.trails), ready.lifecycle))
        if ready.complaint is not None:
            complaints = summarise_complaints(ready.complaint, done.cases)
            complaint_workflow = ready.complaint
    return Simulation(tuple(variants), complaints, complaint_workflow)


# ---- one variant


@dataclass(frozen=True, slots=True)
class _Ready:
    lifecycle: Published
    complaint: Published | None


@dataclass(frozen=True, slots=True)
class _Done:
    trails: tuple[Trail, ...]
    cases: tuple[CaseTrail, ...]


def _plan(request: SimulateRequest) -> Plan:
    return plan_of(
        seed=request.seed, start=request.start.toordinal(), years=request.years, every=request.every
    )


def _ready(request: SimulateRequest) -> _Ready | CannotFlow:
    loaded = _loaded(request)
    if isinstance(loaded, CannotFlow):
        return loaded
    plan = _plan(request)
    without = _without_policies(loaded, plan)
    if without is not None:
        return CannotFlow((without,))
    found = loaded.ready(request.workflow)
    if isinstance(found, CannotFlow):
        return found
    varied = vary(found.workflow, _knobs(request.grid))
    if isinstance(varied, Diagnostic):
        return CannotFlow((varied,))
    lifecycle = ready_to_run(loaded.linked, varied, pins(loaded.linked, varied))
    complaint = loaded.ready(COMPLAINT) if request.complaints else None
    return complaint if isinstance(complaint, CannotFlow) else _Ready(lifecycle, complaint)


def _without_policies(loaded: Loaded, plan: Plan) -> Diagnostic | None:
    """Say on which simulated day no policies are in force. A month more: the last timers and answers."""
    project = loaded.linked.project
    for day in range(plan.begin, plan.end + 32):
        found = project.stretch_on(day)
        if found is None or found.program is None:
            return errors.not_in_force(show_day(plan.begin), show_day(plan.end), show_day(day))
    return None


def _loaded(request: SimulateRequest) -> Loaded | CannotFlow:
    """Load the files, then once more with the parameters that are set."""
    loaded = load_flow(request.policies, request.workflows)
    settings = (*request.sets, *(g for g in request.grid if not _is_knob(g)))
    if isinstance(loaded, CannotFlow) or not settings:
        return loaded
    laid = with_overlay(load_sources(loaded.policies), Overlay(settings))
    if isinstance(laid, NotOverlaid):
        return CannotFlow(laid.findings, laid.sources)
    definitions = loaded.definitions
    linked = link(laid.sources, definitions.workflows, definitions.calendars, definitions.texts)
    if linked.engine is None:
        wrong = tuple(f for f in linked.findings if f.is_error)
        return CannotFlow(wrong, {**laid.sources, **definitions.texts}, not_compiled=True)
    return Loaded(linked, definitions, laid.sources)


def _run(request: SimulateRequest, ready: _Ready) -> _Done | CannotFlow:
    """Run all customers, in this process or in some: each customer's life is its own."""
    numbers = range(request.customers)
    if request.workers <= 1 or request.customers < 2 * request.workers:
        return _part(request, ready, numbers)
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    size = -(-request.customers // request.workers)
    parts = [numbers[i : i + size] for i in range(0, request.customers, size)]
    with ProcessPoolExecutor(request.workers, get_context("spawn")) as pool:
        done = list(pool.map(_elsewhere, [request] * len(parts), parts))
    trails: list[Trail] = []
    cases: list[CaseTrail] = []
    for part in done:
        if isinstance(part, CannotFlow):
            return part
        trails += part.trails
        cases += part.cases
    return _Done(tuple(trails), tuple(cases))


def _elsewhere(request: SimulateRequest, numbers: Sequence[int]) -> _Done | CannotFlow:
    """Do a part of the work in a process of its own, which loads the files again."""
    ready = _ready(request)
    return ready if isinstance(ready, CannotFlow) else _part(request, ready, numbers)


def _part(request: SimulateRequest, ready: _Ready, numbers: Sequence[int]) -> _Done | CannotFlow:
    plan, model = _plan(request), FactModel()
    trails = simulate_trails(ready.lifecycle, model, plan, numbers)
    cases = (
        () if ready.complaint is None else complaint_trails(ready.complaint, model, plan, numbers, People())
    )
    wrong = [f for f in (*trails, *cases) if isinstance(f, Diagnostic)]
    if wrong:
        return CannotFlow(tuple(wrong))
    return _Done(
        tuple(t for t in trails if isinstance(t, Trail)), tuple(c for c in cases if isinstance(c, CaseTrail))
    )


# ---- the grid


def _grid(said: Sequence[str]) -> list[tuple[str, ...]] | Diagnostic:
    """Return for each axis what is tried, each written as one setting."""
    axes: list[tuple[str, ...]] = []
    for text in said:
        name, equals, values = (part.strip() for part in text.partition("="))
        tried = [v.strip() for v in values.split(";" if ";" in values or not _is_knob(name) else ",")]
        if not equals or not name or not all(tried):
            return errors.bad_grid(text)
        if _is_knob(name) and not all(v.isascii() and v.isdecimal() and len(v) < 5 for v in tried):
            return errors.bad_grid(text)
        axes.append(tuple(f"{name}={v}" for v in dict.fromkeys(tried)))
    return axes


def _is_knob(text: str) -> bool:
    return text.partition(":")[0] in {HOLD, DWELL} and ":" in text


def _knobs(grid: Sequence[str]) -> tuple[Knob, ...]:
    found: list[Knob] = []
    for text in grid:
        if _is_knob(text):
            kind, _, rest = text.partition(":")
            name, _, days = rest.partition("=")
            found.append(Knob(kind, name, int(days)))
    return tuple(found)
