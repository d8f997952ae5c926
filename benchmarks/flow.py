"""Time reviews of the shipped lifecycle: 10^6 customers in 7 states, and one event to one case.

Customers are written by SQL so that most stay: their facts fit their state, hold clocks run but are not over.
About one in twenty has held long enough, or meets a condition without a hold, and moves. The store is filled
directly; what is timed is the command's own path, in a process of its own.

    python benchmarks/flow.py [COUNT]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date
from pathlib import Path

from kamflow.app.flow import Loaded, load_flow, open_cases, publish_all
from kamflow.flow.cases import Cases, Receipt
from kamflow.flow.published import Published

ROOT = Path(__file__).resolve().parents[1]
FLOW = "customer-lifecycle"
DAY = date(2026, 6, 30)
LONG, MICRO_DAY = 500, 86_400_000_000

_FILE = """COPY (
SELECT format('C{{:07d}}', i) AS id, format('Customer {{}}', i) AS name, DATE '2020-01-01' AS customer_since,
  CASE WHEN s = 0 AND NOT m THEN 0 WHEN s = 5 THEN 1 WHEN s IN (1, 4) THEN i % 5 + 1 ELSE 8 END AS orders_12m,
  (CASE WHEN s = 0 AND NOT m THEN 0 ELSE 100000 + i % 1000 * 10000 END)::DECIMAL(14, 2) AS revenue_12m,
  (100000 + i % 900 * 10000)::DECIMAL(14, 2) AS revenue_prev_12m, 50000.00::DECIMAL(14, 2) AS profit_12m,
  CASE WHEN s = 0 AND NOT m THEN NULL ELSE DATE '2026-06-30' - CAST(CASE WHEN s = 5 AND NOT m THEN 300
    WHEN s = 4 THEN 100 ELSE i % 40 + 1 END AS INTEGER) END AS last_order_on,
  30 AS order_interval, 28 AS order_interval_prev, i % 100 AS share_of_wallet,
  i % 6 AS oke_organisation, i % 6 AS oke_key_person, i % 5 AS oke_extensive,
  1 AS open_opportunities, TRUE AS need_confirmed, TRUE AS fits_positioning, TRUE AS able_to_pay,
  i % 11 AS nps, 50 AS debt_ratio, 30 AS payment_days, 31 AS payment_days_prev, 5 AS contacts_90d,
  5 AS contacts_prev_90d, 'energy' AS industry, 'North' AS region, 100.00::DECIMAL(8, 2) AS list_price,
  60.00::DECIMAL(8, 2) AS unit_cost, 500000.00::DECIMAL(14, 2) AS operating_cash_flow
FROM (SELECT i, i % 7 AS s, i // 7 % 9 = 0 AS m FROM range({count}) AS t(i))
) TO '{path}' (FORMAT parquet)"""


def make_file(path: Path, count: int) -> None:
    import duckdb

    duckdb.sql(_FILE.format(count=count, path=path))


def fill(cases: Cases, path: Path) -> None:
    """Put a case for each customer into the store, as if its last review had been the day before."""
    import numpy as np

    from kamflow.base.text import NO_TEXT
    from kamflow.flow.commits import instance_row
    from kamflow.flow.review_columns import column_judge
    from kamflow.flow.review_input import InColumns, open_input
    from kamflow.journal.rows import Commit, EntryRow
    from kamflow.workflow.instance import Entry, Happened, Hold, Instance
    from kamflow.workflow.instance_json import canonical, entry_json, instance_json

    published = cases.library.get(FLOW)
    assert isinstance(published, Published)
    ready, number = published.ready, DAY.toordinal()
    at = ready.time.at_midnight(number)
    program = published.facts.program_on(number)
    states, first = list(ready.states), published.facts.first_vars()
    with ExitStack() as stack:
        source = open_input(stack, path, program, published.workflow, columns=True)
        assert isinstance(source, InColumns)
        judge = column_judge(ready, program, source.subjects, number)
        assert judge is not None
        for stretch in source.stretches(20_000):
            rows = np.array(stretch.rows)
            days = np.full(len(rows), LONG)
            found = source.subjects.judge(
                judge._engine, len(judge.keys), stretch.first, stretch.end, rows, days
            )
            truth = dict(zip(judge.keys, (t.tolist() for t in found.truths), strict=True))
            commits: list[Commit] = []
            for line, (row, facts) in enumerate(stretch.facts_of(stretch.rows, 0)):
                state = states[row % 7]
                moves = row // 7 % 9 == 0
                entered = at - LONG * MICRO_DAY
                holds: dict[str, Hold] = {}
                unknown: dict[str, int] = {}
                for c in ready.judged_for(state, "").all:
                    said = truth[c.guard][line]
                    if said == 2:
                        unknown[c.id] = at - MICRO_DAY
                    if said == 1 and c.transition.hold is not None:
                        holds[c.id] = Hold(at - (200 if moves else 1 + row % 10) * MICRO_DAY)
                stage = {"decline": "declining", "closed": "lost"}.get(state, state)
                one = Instance(
                    FLOW, ready.version, stretch.names[line], state, entered, entered, at - MICRO_DAY, 1,
                    closed=ready.states[state].final, final=ready.states[state].final,
                    subject=published.kept.reduce(facts), holds=tuple(sorted(holds.items())),
                    unknown=tuple(sorted(unknown.items())), vars={**first, "stage": stage},
                )  # fmt: skip
                changes = dict(instance_json(one))
                entry = Entry(1, at - MICRO_DAY, Happened.STARTED, "fill", "", "", state, reason=NO_TEXT,
                              changes=changes)  # fmt: skip
                body = EntryRow(1, at - MICRO_DAY, "started", "fill", canonical(entry_json(entry)))
                event = f"fill:{one.id}"
                commits.append(Commit(
                    instance_row(one, 1), None, event, event, at - MICRO_DAY, "{}", (body,), (), (), (), ()
                ))  # fmt: skip
            cases.store.commit_many(commits)


def opened(db: Path) -> Cases:
    loaded = load_flow([ROOT / "rules"], [ROOT / "workflows"])
    cases = open_cases(str(db))
    assert isinstance(loaded, Loaded)
    assert isinstance(cases, Cases)
    for _ in publish_all(cases, loaded, [FLOW], at=0, actor="bench"):
        pass
    return cases


def compute(cases: Cases, path: Path) -> Iterator[tuple[str, float, float]]:
    """Time judging and choosing alone, columns and standings in memory: (what, seconds, CPU seconds)."""
    import numpy as np

    from kamflow.flow.choose_columns import choose
    from kamflow.flow.review_columns import column_judge
    from kamflow.flow.review_input import InColumns, open_input
    from kamflow.flow.review_reads import review_reads
    from kamflow.flow.standings import standings
    from kamflow.journal.standing import standings_of

    published = cases.library.get(FLOW)
    assert isinstance(published, Published)
    ready, number = published.ready, DAY.toordinal()
    at, program = ready.time.at_midnight(number), published.facts.program_on(number)
    with ExitStack() as stack:
        source = open_input(stack, path, program, published.workflow, columns=True)
        assert isinstance(source, InColumns)
        judge = column_judge(ready, program, source.subjects, number)
        assert judge is not None
        (stretch,) = source.stretches(source.subjects.count)
        found = cases.store.database.read(lambda c: standings_of(c, FLOW, stretch.names))
        assert isinstance(found, list)
        known = standings(ready, stretch.names, found, review_reads(ready, program))
        among = np.flatnonzero(~known.final)
        for _ in range(3):
            start, cpu = time.perf_counter(), time.process_time()
            truths, judged = judge._truths(stretch, known, at, among)
            middle, cpu_middle = time.perf_counter(), time.process_time()
            choices = choose(ready, at, known, truths, among[judged[among]])
            end, cpu_end = time.perf_counter(), time.process_time()
            yield "guards", middle - start, cpu_middle - cpu
            yield "choice", end - middle, cpu_end - cpu_middle
            yield "movers", float((choices.does >= 2).sum()), float((choices.does > 0).sum())


def one_event(cases: Cases, count: int = 200) -> tuple[float, float]:
    """Return seconds and CPU seconds of one durable event to one case."""
    published = cases.library.get(FLOW)
    assert isinstance(published, Published)
    at = published.ready.time.at_midnight(DAY.toordinal()) + MICRO_DAY
    names = [f"C{i:07d}" for i in range(4, 7 * count, 7)]  # in decline: the event ends the business
    start, cpu = time.perf_counter(), time.process_time()
    for name in names:
        done = cases.send(FLOW, name, "contract_terminated", at=at, event_id=f"bench:{name}")
        assert isinstance(done, Receipt), done.findings
    return (time.perf_counter() - start) / len(names), (time.process_time() - cpu) / len(names)


_RUN = """
import json, re, resource, sys, time
from datetime import date
from pathlib import Path
start = time.perf_counter()
from kamflow.app.review import AskedReview, start_review
run = start_review(AskedReview(sys.argv[1], sys.argv[2], date.fromisoformat(sys.argv[3])))
told = sum(1 for _ in run)
assert not run.failed, [f.message.en for f in run.failed]
used = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({**run.counts.to_json(), "seconds": time.perf_counter() - start,
  "cpu": used.ru_utime + used.ru_stime, "columns": run.in_columns,
  "peak": int(re.search("VmHWM:\\\\s+(\\\\d+)", Path("/proc/self/status").read_text())[1]) / 1024}))
"""


def review(path: Path, db: Path) -> dict[str, float]:
    """Run a whole review in a process of its own and return its counts, times and peak memory (MB)."""
    done = subprocess.run(
        [sys.executable, "-c", _RUN, str(path), str(db), DAY.isoformat()],
        check=True, capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    found: dict[str, float] = json.loads(done.stdout)
    return found


def flow(lines: list[str], count: int) -> None:
    """Add the figures of reviews to the results."""
    with tempfile.TemporaryDirectory() as folder:
        path, db = Path(folder, "customers.parquet"), Path(folder, "cases.db")
        make_file(path, count)
        cases = opened(db)
        fill(cases, path)
        lines.append(f"| reviews of `{FLOW}`, {count:,} customers in 7 states | s | CPU s |\n|---|---|---|")
        timed = list(compute(cases, path))
        for name, what in (("guards", "15 guards over columns in memory"), ("choice", "who moves")):
            best = min((t for t in timed if t[0] == name), key=lambda t: t[1])
            lines.append(f"| {what} | {best[1]:.2f} | {best[2]:.2f} |")
        done = review(path, db)
        what = (
            f"the whole review from Parquet to SQLite, durable: {done['changed']:,} changed, "
            f"{sum(m[2] for m in done['moves']):,} moves, {done['audited']:,} audited; "  # type: ignore[attr-defined]
            f"peak {done['peak']:,.0f} MB"
        )
        lines.append(f"| {what} | {done['seconds']:.1f} | {done['cpu']:.1f} |")
        seconds, cpu = one_event(cases)
        lines.append(f"| one event to one case, durable on SQLite | {seconds:.5f} | {cpu:.5f} |")
        lines.append("")


if __name__ == "__main__":
    out: list[str] = []
    flow(out, int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
    print("\n".join(out))
