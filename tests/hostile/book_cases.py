"""Hostile Excel workbooks."""

from __future__ import annotations

from collections.abc import Iterable

from tests.hostile.case import Case, case
from tests.hostile.workbook import cell, one_sheet, rows, sheet, workbook, zipped

HEAD = ("id", "revenue", "tier")
GOOD_ROW = ("A", 1200.5, "key")
_WORD = '<c t="inlineStr"><is><t>{}</t></is></c>'
NO_POSITIONS = (
    f"<row>{_WORD.format('id')}{_WORD.format('revenue')}</row><row>{_WORD.format('A')}<c><v>5</v></c></row>"
)


def xlsx_files() -> Iterable[Case]:
    base = rows(HEAD, GOOD_ROW)
    plain = one_sheet(base)

    def add(row: str) -> bytes:
        return one_sheet(base + row)

    yield from (
        case("book_good.xlsx", plain, (1, 0)),
        case("book_empty_file.xlsx", b"", (0, 0), "KF0643"),
        case("book_not_a_zip.xlsx", b"id,revenue\nA,10\n", (0, 0), "KF0642"),
        case("book_zip_head_only.xlsx", b"PK\x03\x04" + bytes(40), (0, 0), "KF0642"),
        case("book_cut.xlsx", plain[: len(plain) // 2], (0, 0), "KF0642"),
        case("book_empty_zip.xlsx", zipped({}), (0, 0), "KF0642"),
        case("book_other_zip.xlsx", zipped({"hello.txt": b"hello"}), (0, 0), "KF0642"),
        case("book_old_or_locked.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), (0, 0), "KF0642"),
        case("book_no_workbook.xlsx", one_sheet(base, leave_out="xl/workbook.xml"), (0, 0), "KF0642"),
        case(
            "book_no_relations.xlsx",
            one_sheet(base, leave_out="xl/_rels/workbook.xml.rels"),
            (0, 0),
            "KF0642",
        ),
        case(
            "book_no_sheet_part.xlsx", one_sheet(base, leave_out="xl/worksheets/sheet1.xml"), (0, 0), "KF0642"
        ),
        case(
            "book_sheet_is_no_xml.xlsx",
            one_sheet(base, extra=(("xl/worksheets/sheet1.xml", b"hello"),)),
            (0, 0),
            "KF0642",
        ),
        case(
            "book_sheet_utf16.xlsx",
            one_sheet("", extra=(("xl/worksheets/sheet1.xml", sheet(base).encode("utf-16")),)),
            (0, 0),
            "KF0642",
        ),
        case(
            "book_part_twice.xlsx",
            one_sheet(base, extra=(("xl/Worksheets/Sheet1.xml", b"<worksheet/>"),)),
            (0, 0),
            "KF0642",
        ),
        case("book_flipped_byte.xlsx", _flip_sheet(plain), (0, 0), "KF0642"),
        case(
            "book_bomb_strings.xlsx",
            one_sheet(base, extra=(("xl/sharedStrings.xml", b" " * 40_000_000),)),
            (0, 0),
            "KF0674",
        ),
        case("book_bomb_sheet.xlsx", one_sheet(base + " " * 40_000_000), (0, 0), "KF0674"),
        case("sheet_empty.xlsx", one_sheet(""), (0, 0), "KF0643"),
        case("sheet_header_only.xlsx", one_sheet(rows(HEAD)), (0, 0)),
        case(
            "sheet_last_cell.xlsx",
            add('<row r="1048576">' + cell("XFD1048576", 1) + "</row>"),
            (0, 0),
            "KF0671",
        ),
        case(
            "sheet_last_row.xlsx",
            add('<row r="1048576">' + cell("C1048576", "key") + "</row>"),
            (0, 0),
            "KF0671",
        ),
        case(
            "sheet_last_column.xlsx",
            one_sheet(
                rows((*HEAD,)).replace("</row>", cell("XFD1", "note") + "</row>")
                + '<row r="400">'
                + cell("A400", "B")
                + "</row>"
            ),
            (0, 0),
            "KF0671",
        ),
        case(
            "sheet_dimension_lies.xlsx",
            workbook(
                ("S", "", sheet(base).replace("<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>'))
            ),
            (1, 0),
        ),
        case(
            "sheet_position_escaped.xlsx",
            add('<row r="3"><c r="&#88;FD1048576"><v>1</v></c></row>'),
            (0, 0),
            "KF0642",
        ),
        case(
            "sheet_position_beyond.xlsx",
            add('<row r="3"><c r="ZZZ9999999"><v>1</v></c></row>'),
            (0, 0),
            "KF0671",
        ),
        case(
            "sheet_styled_far_away.xlsx",
            add('<row r="1048576">' + cell("XFD1048576", None, ' s="1"') + "</row>"),
            (1, 0),
        ),
        case(
            "sheet_error_cell.xlsx",
            add('<row r="3">' + cell("A3", "B") + '<c r="B3" t="e"><v>#DIV/0!</v></c></row>'),
            (1, 1),
            "KF0672",
        ),
        case(
            "sheet_error_row_only.xlsx",
            add('<row r="3"><c r="B3" t="e"><v>#N/A</v></c></row>'),
            (1, 1),
            "KF0672",
        ),
        case(
            "sheet_error_in_header.xlsx",
            one_sheet('<row r="1">' + cell("A1", "id") + '<c r="B1" t="e"><v>#REF!</v></c></row>'),
            (0, 0),
            "KF0672",
        ),
        case(
            "sheet_formula_without_result.xlsx",
            add('<row r="3">' + cell("A3", "B") + '<c r="B3"><f>1+1</f></c></row>'),
            (1, 1),
            "KF0673",
        ),
        case(
            "sheet_formula_empty_result.xlsx",
            add('<row r="3">' + cell("A3", "B") + '<c r="B3"><f>1+1</f><v/></c></row>'),
            (1, 1),
            "KF0673",
        ),
        case(
            "sheet_shared_formula_without_result.xlsx",
            add('<row r="3">' + cell("A3", "B") + '<c r="B3"><f t="shared" si="0"/></c></row>'),
            (1, 1),
            "KF0673",
        ),
        case(
            "sheet_formula_with_result.xlsx",
            add('<row r="3">' + cell("A3", "B") + '<c r="B3"><f>1+1</f><v>2</v></c></row>'),
            (2, 0),
        ),
        case(
            "sheet_text_like_formula.xlsx",
            add('<row r="3">' + cell("A3", "B") + cell("B3", "=1+1") + "</row>"),
            (1, 1),
            "KF0601",
        ),
        case(
            "sheet_text_amount.xlsx",
            add('<row r="3">' + cell("A3", "B") + cell("B3", "1,2M") + "</row>"),
            (1, 1),
            "KF0601",
        ),
        case(
            "sheet_binary_noise.xlsx",
            add('<row r="3">' + cell("A3", "B") + cell("B3", 0.1 + 0.2) + "</row>"),
            (2, 0),
        ),
        case(
            "sheet_huge_number.xlsx",
            add('<row r="3">' + cell("A3", "B") + cell("B3", 1e300) + "</row>"),
            (1, 1),
            "KF0605",
        ),
        case(
            "sheet_number_as_id.xlsx",
            add('<row r="3">' + cell("A3", 1001) + cell("B3", 5) + "</row>"),
            (2, 0),
        ),
        case(
            "sheet_half_number_as_id.xlsx",
            add('<row r="3">' + cell("A3", 10.5) + cell("B3", 5) + "</row>"),
            (1, 1),
            "KF0606",
        ),
        case(
            "sheet_date_in_money.xlsx",
            add('<row r="3">' + cell("A3", "B") + cell("B3", 45000, ' s="2"') + "</row>"),
            (1, 1),
            "KF0606",
        ),
        case(
            "sheet_percent_in_money.xlsx",
            add('<row r="3">' + cell("A3", "B") + cell("B3", 0.125, ' s="1"') + "</row>"),
            (1, 1),
            "KF0617",
        ),
        case(
            "sheet_percent.xlsx",
            one_sheet(
                rows(("id", "revenue", "margin"))
                + '<row r="2">'
                + cell("A2", "B")
                + cell("B2", 5)
                + cell("C2", 0.125, ' s="1"')
                + "</row>"
            ),
            (1, 0),
        ),
        case(
            "sheet_date_as_number.xlsx",
            one_sheet(rows(("id", "revenue", "since"), ("A", 5, 45717))),
            (0, 1),
            "KF0607",
        ),
        case(
            "sheet_flag_number.xlsx", one_sheet(rows(("id", "revenue", "vip"), ("A", 5, 1))), (0, 1), "KF0608"
        ),
        case("sheet_blank_required.xlsx", add('<row r="3">' + cell("A3", "B") + "</row>"), (1, 1), "KF0610"),
        case(
            "sheet_blank_rows.xlsx",
            add('<row r="9">' + cell("A9", "B") + cell("B9", 5) + "</row>"),
            (2, 0),
            "",
            "KF0649",
        ),
        case(
            "sheet_same_column.xlsx",
            one_sheet(rows(("id", "revenue", "revenue"), ("A", 1, 2))),
            (0, 0),
            "KF0660",
        ),
        case(
            "sheet_unnamed_column.xlsx",
            one_sheet(rows(("id", "revenue"), ("A", 1), ("B", 2, "x"))),
            (1, 1),
            "KF0663",
        ),
        case(
            "sheet_no_row_numbers.xlsx",
            one_sheet(NO_POSITIONS),
            (1, 0),
        ),
        case(
            "sheets_two.xlsx",
            workbook(("One", "", sheet(base)), ("Two", "", sheet(base))),
            (1, 0),
            "",
            "KF0648",
        ),
        case(
            "sheets_first_hidden.xlsx",
            workbook(("One", 'state="hidden"', sheet("")), ("Two", "", sheet(base))),
            (1, 0),
            "",
            "KF0648",
        ),
        case("sheet_entities.xlsx", one_sheet(rows(HEAD, ("A&amp;B&lt;script&gt;", 5, "key"))), (1, 0)),
        case(
            "sheet_laughs.xlsx",
            one_sheet("", extra=(("xl/worksheets/sheet1.xml", _laughs()),)),
            (0, 0),
            "KF0642",
        ),
    )


def _laughs() -> bytes:
    """Entities that would grow to thousands of millions of characters if anything expanded them."""
    entities = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10 if i else "ha" * 50}">' for i in range(10))
    body = '<row r="1">' + cell("A1", "&l9;") + '</row><row r="2">' + cell("A2", "x") + "</row>"
    return f"<!DOCTYPE worksheet [{entities}]>{sheet(body)}".encode()


def _flip_sheet(book: bytes) -> bytes:
    """Damage one byte of the packed sheet."""
    at = book.index(b"xl/worksheets/sheet1.xml") + len(b"xl/worksheets/sheet1.xml") + 40
    return book[:at] + bytes([book[at] ^ 0xFF]) + book[at + 1 :]
