"""Text files cut into pieces: wherever a cut falls, every record is what it is in the whole file."""

from __future__ import annotations

import errno
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kamflow.app.eval import EvalRun
from kamflow.app.eval_batch import BatchRun
from kamflow.batch import decide_pieces, pieces
from kamflow.batch.decided import DecidedColumns
from kamflow.batch.open_lines import Habits
from kamflow.batch.pieces import TextFile
from kamflow.cli import exits
from kamflow.cli.main import main
from kamflow.portfolio import open_records
from kamflow.portfolio import pieces as cuts
from kamflow.portfolio.pieces import LineCounter, Piece, copy_piece, cut, is_utf8, line_end, read_piece
from kamflow.portfolio.records import MAX_RECORD, Before, Item, RawRecord
from tests.batch.rig import DEALS, RANKS, THINGS, read_both
from tests.batch.test_same import Came, Decide, both, buyers, decide, write

__all__ = ["decide"]

NASTY = [
    '{"id": "a", "stars": 3, "name": "武汉 Müller \U0001f600"}', "", '{"id": "b", "stars": 9}', " \t",
    '{"stars": 4, "id": "c", "name": "x y"}', "{", "7", '{"id": "d", "revenue": 0.12345678901234567890}',
    '{"id": "e", "name": "\\u6b66 \\n"}', '{"id": "d", "id": "d"}', '{"id": "f", "stars": 1} x', "[]",
    '\ufeff{"id": "g", "stars": 2}', '{"id": "h", "revenue": "1.2M CNY", "name": "é"}',
    '{"id": "a", "stars": 5}',
]  # fmt: skip
TEXTS = {
    "plain": "\n".join(NASTY) + "\n",
    "no end": "\n".join(NASTY),
    "windows": "\r\n".join(NASTY) + "\r\n",
    "mark": "\ufeff" + "\n".join(NASTY) + "\n\n",
    "mixed": "\n".join(NASTY[:6]) + "\r\n" + "\r\n".join(NASTY[6:]) + "\n",
    "return": "\n".join(NASTY[:4]) + "\r" + "\n".join(NASTY[4:]) + "\n",
}
ROWS = ["id,revenue,since,name", "1,12.50,2026-01-01,武汉", "2,1,,é", "3,,2026-13-01,x", "4,1", "", "5,2,,y",
        '6,"3",,"Smith, ""J"""', "7,5M CNY,,z"]  # fmt: skip
QUOTED = '8,1,,"two\nlines, 9,1,,""x"""'
LATE = [*ROWS, QUOTED, "10,1,,after", "", "11,x,,after", ", , ,", "12,1,,end"]
TABLES = {
    "plain": "\n".join(ROWS) + "\n",
    "windows": "\ufeff" + "\r\n".join(ROWS),
    "two lines": "\n".join(LATE) + "\n",
    "lost quote": "\n".join([*ROWS, '8,1,,"lost', *LATE[-3:]]) + "\n",
    "semicolons": "\n".join(LATE).replace(",", ";") + "\n",
    "blank rows": "\n".join([*ROWS, "   ", ",,,", *ROWS[1:4]]) + "\n",
}


@pytest.fixture
def sized(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    return lambda size: monkeypatch.setattr(pieces, "PIECE", size)


def told(item: Item) -> tuple[object, ...]:
    if isinstance(item, RawRecord):
        return item.raw, item.place
    return item.finding.message, item.place, item.text


def read_in_pieces(path: Path, size: int) -> Iterator[Item]:
    counter, records = LineCounter(path), 0
    for piece in cut(path, size):
        for item in read_piece(str(path), piece, Before(counter.before(piece.start), records), None):
            records += 1
            yield item


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_every_cut_of_lines_gives_the_same_records_at_the_same_places(text: str, tmp_path: Path) -> None:
    path = tmp_path / "x.ndjson"
    path.write_bytes(text.encode())
    whole = [told(item) for item in open_records(path)]
    for size in range(1, len(text.encode()) + 2):
        assert [told(item) for item in read_in_pieces(path, size)] == whole, size


def test_pieces_are_all_of_a_file_and_end_where_lines_end(tmp_path: Path) -> None:
    path, copy = tmp_path / "x.ndjson", tmp_path / "copy"
    for text in TEXTS.values():
        content = text.encode()
        path.write_bytes(content)
        for size in (1, 7, 50, 51, 52, len(content) - 1, len(content), 10**6):
            found = list(cut(path, size))
            assert [p.number for p in found] == list(range(len(found)))
            assert [p.start for p in found] == [0, *(p.stop for p in found[:-1])]
            assert found[-1].stop == len(content)
            for piece in found:
                copy_piece(path, piece, copy)
                assert copy.read_bytes() == content[piece.start : piece.stop]
                assert piece is found[-1] or copy.read_bytes().endswith(b"\n")
    path.write_bytes(b"")
    assert not list(cut(path, 10))


@pytest.mark.parametrize(("lines", "threads", "sizes"), [(40, 2, 2), (41, 2, 4), (99, 3, 6), (3, 2, 1)])
def test_each_thread_has_as_many_pieces(
    lines: int, threads: int, sizes: int, sized: Callable[[int], None], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Of 20 lines at most; but a file that is smaller than half of that is not cut."""
    path = tmp_path / "x.ndjson"
    path.write_text('{"id":"abc"}\n' * lines)
    sized(20 * 13)
    monkeypatch.setattr(pieces, "_LEAST", 10 * 13)
    text = TextFile("x", path, 0, None, Habits())
    found = [p.stop - p.start for p in text.pieces(threads)]
    assert len(found) == sizes
    assert max(found) - min(found) <= 2 * 13 * sizes
    assert sum(found) == 13 * lines


@pytest.mark.parametrize("chunk", [1, 2, 3, 1000])
def test_ends_of_lines_are_told_from_chunks_of_any_size(
    chunk: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cuts, "_CHUNK", chunk)
    path = tmp_path / "x"
    expected: dict[bytes, str | None] = {b"": "\n", b"a": "\n", b"a\nb\n": "\n"}
    expected |= {b"a\r\nb\r\n": "\r\n", b"a\r\nb": "\r\n"}
    mixed = (b"a\r\n\nb", b"ab\ncd\r\n", b"a\rb\n", b"a\r", b"a\r\r\n", b"\n\r\n")
    expected |= dict.fromkeys(mixed)
    for text, end in expected.items():
        path.write_bytes(text)
        assert line_end(path) == end, text
    for good in ("", "abc", "武汉 é \U0001f600"):
        path.write_bytes(good.encode())
        assert is_utf8(path)
    for bad in ("武汉".encode("gb18030"), "é".encode()[:1], b"ab\xff"):
        path.write_bytes(bad)
        assert not is_utf8(path)


@pytest.mark.parametrize("name", ["plain", "windows", "mark", "mixed"])
def test_lines_decided_in_pieces(
    name: str, decide: Decide, sized: Callable[[int], None], tmp_path: Path
) -> None:
    (tmp_path / "p.kam").write_text(THINGS, encoding="utf-8")
    (tmp_path / "x.ndjson").write_bytes(TEXTS[name].encode())
    for form in ("ndjson", "csv", "parquet"):
        whole = decide("python", "x.ndjson", "p.kam", form)
        assert whole.code == exits.REJECTED
        for size in (1, 150) if form == "ndjson" else (250,):
            sized(size)
            assert decide("duckdb", "x.ndjson", "p.kam", form) == whole, (form, size)


@pytest.mark.parametrize("name", TABLES)
def test_rows_decided_in_pieces(
    name: str, decide: Decide, sized: Callable[[int], None], tmp_path: Path
) -> None:
    (tmp_path / "p.kam").write_text(THINGS, encoding="utf-8")
    content = TABLES[name].encode()
    (tmp_path / "x.csv").write_bytes(content)
    whole = decide("python", "x.csv", "p.kam", "ndjson")
    start = content.index(b"\n") + 1
    ends = [i + 1 - start for i, byte in enumerate(content) if byte == ord("\n") and i >= start]
    for size in ends:  # the first cut falls behind each line in turn, the one inside quotes too
        sized(size)
        assert decide("duckdb", "x.csv", "p.kam", "ndjson") == whole, size
    sized(30)
    both(decide, "x.csv", "p.kam", "parquet")


def test_what_is_read_in_pieces_is_decided_in_columns(
    decide: Decide, sized: Callable[[int], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what is no plain piece goes one by one: of NDJSON the piece, of CSV all from there on."""
    (tmp_path / "p.kam").write_text(THINGS, encoding="utf-8")
    slowly: list[int] = []
    inner = EvalRun.of_source

    def counted(run: EvalRun, source: object) -> Iterator[object]:
        before = run.tally.read
        yield from inner(run, source)  # type: ignore[arg-type]
        slowly.append(run.tally.read - before)

    monkeypatch.setattr(BatchRun, "of_source", counted)
    lines = [json.dumps({"id": str(i), "stars": 3}) for i in range(40)]
    size = len(lines[-1]) + 1
    sized(10 * size)
    lines[15] += "\r"
    (tmp_path / "x.ndjson").write_bytes("\n".join(lines).encode())
    decide("duckdb", "x.ndjson", "p.kam", "ndjson")
    assert slowly == [10]
    rows = [f"{i:02},3" for i in range(40)]
    rows[15] = '15,"3\n"'
    (tmp_path / "x.csv").write_text("id,stars\n" + "\n".join(rows))
    slowly.clear()
    sized(50)
    decide("duckdb", "x.csv", "p.kam", "ndjson")
    assert slowly == [30]


def not_at_the_end_of_a_line(patch: pytest.MonkeyPatch) -> None:
    def anywhere(path: Path, size: int, start: int = 0) -> Iterator[Piece]:
        end = path.stat().st_size
        for number, at in enumerate(range(start, end, size)):
            yield Piece(number, at, min(at + size, end))

    patch.setattr(pieces, "cut", anywhere)


def on_with_pieces_after_an_open_quote(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(pieces, "rest", lambda piece, _path: piece)


def numbered_from_each_piece(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(LineCounter, "before", lambda _counter, _offset: 0)


def a_mark_anywhere(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(pieces, "_is_marked", lambda _text, _piece: False)


PLANTS = {
    not_at_the_end_of_a_line: ("x.ndjson", TEXTS["plain"]),
    numbered_from_each_piece: ("x.ndjson", TEXTS["plain"]),
    a_mark_anywhere: ("x.ndjson", TEXTS["plain"]),
    on_with_pieces_after_an_open_quote: ("x.csv", TABLES["two lines"]),
}


@pytest.mark.parametrize(("plant", "file"), PLANTS.items(), ids=[p.__name__ for p in PLANTS])
def test_a_wrong_cut_is_found(
    plant: Callable[[pytest.MonkeyPatch], None], file: tuple[str, str], decide: Decide,
    sized: Callable[[int], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    (tmp_path / "p.kam").write_text(THINGS, encoding="utf-8")
    name, text = file
    (tmp_path / name).write_bytes(text.encode())
    whole = decide("python", name, "p.kam", "ndjson")
    sized(1 if plant is a_mark_anywhere else 40)
    assert decide("duckdb", name, "p.kam", "ndjson") == whole
    plant(monkeypatch)
    assert decide("duckdb", name, "p.kam", "ndjson") != whole


def test_a_line_that_is_too_long_for_a_record(
    decide: Decide, sized: Callable[[int], None], tmp_path: Path
) -> None:
    (tmp_path / "p.kam").write_text(THINGS, encoding="utf-8")
    long = json.dumps({"id": "x", "name": "n" * MAX_RECORD})
    (tmp_path / "x.ndjson").write_text('{"id": "a"}\n' + long + '\n{"id": "b"}\n{"id": 3}\n')
    sized(2**20)
    came = both(decide, "x.ndjson", "p.kam", "ndjson")
    assert came.rejects.count(b"\n") == 2


def test_lists_and_populations_in_pieces(
    decide: Decide, sized: Callable[[int], None], tmp_path: Path
) -> None:
    """Tables that everybody must stand in are put together of all pieces."""
    line = {"what": "a", "price": 1.25, "note": "n"}
    deals: list[dict[str, object]] = [
        {"id": str(i), "owner": {"name": "Li", "since": "2020-01-01"}, "lines": [line] * (i % 5)}
        for i in range(20)
    ]
    path = tmp_path / write(tmp_path / "deals.ndjson", deals)
    ranks = write(tmp_path / "ranks.ndjson", buyers(60, 3))
    (tmp_path / "p.kam").write_text(RANKS, encoding="utf-8")
    expected = decide("python", ranks, "p.kam", "ndjson", "--portfolio", ranks)
    for size in (1, 400, 10**6):
        sized(size)
        found = read_both(path, DEALS, "deal")
        assert found is not None
        assert found.declined == {4, 9, 14, 19}, "lines of four items, of which three may be"
        found.check()
        assert decide("duckdb", ranks, "p.kam", "ndjson", "--portfolio", ranks) == expected


@pytest.mark.parametrize("form", ["ndjson", "parquet"])
@pytest.mark.parametrize(
    "fault",
    [
        OSError(errno.ENOSPC, "No space left on device"),
        KeyboardInterrupt(),
        RuntimeError("Query interrupted"),
    ],
)
def test_a_failure_at_a_later_piece_leaves_nothing(
    form: str, fault: BaseException, sized: Callable[[int], None], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """Neither the output nor the rejects, and no folder of a database."""
    from tests.batch.test_atomic import failing

    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    (tmp_path / "p.kam").write_text(THINGS, encoding="utf-8")
    (tmp_path / "x.ndjson").write_text("".join(f'{{"id": "{i}", "stars": {i % 7}}}\n' for i in range(300)))
    sized(1000)
    method = "copy_lines" if form == "ndjson" else "copy_parquet"
    monkeypatch.setattr(DecidedColumns, method, failing(getattr(DecidedColumns, method), 3, fault))
    code = main(
        ("eval", "x.ndjson", "--policies", "p.kam", "--as-of", "2026-06-30", "--engine", "duckdb",
         "-o", f"out.{form}", "--rejects", "no.ndjson")
    )  # fmt: skip
    # DuckDB makes a RuntimeError of Ctrl-C
    assert code == (exits.USAGE if isinstance(fault, OSError) else exits.INTERRUPTED)
    assert {p.name for p in tmp_path.iterdir()} == {"p.kam", "x.ndjson", "temporary"}
    assert not list(folder.iterdir())


def test_no_more_than_a_few_pieces_are_held(
    decide: Decide, sized: Callable[[int], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "p.kam").write_text(THINGS, encoding="utf-8")
    (tmp_path / "x.ndjson").write_text("".join(f'{{"id": "{i}", "stars": 3}}\n' for i in range(200)))
    begun: list[int] = []
    done: list[int] = []
    inner, copy = decide_pieces.decide_in, DecidedColumns.copy_lines

    def decided(*args: object) -> object:
        begun.append(len(done))
        return inner(*args)  # type: ignore[arg-type]

    def copied(*args: object) -> None:
        copy(*args)  # type: ignore[arg-type]
        done.append(len(begun))

    monkeypatch.setattr(decide_pieces, "decide_in", decided)
    monkeypatch.setattr(DecidedColumns, "copy_lines", copied)
    sized(500)
    came: Came = decide("duckdb", "x.ndjson", "p.kam", "ndjson", "--workers", "2")
    assert came.code == 0
    assert len(begun) == len(done) >= 9
    assert all(at - finished <= 3 for at, finished in enumerate(begun)), (
        "begun before those before were written"
    )
