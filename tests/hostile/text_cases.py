"""Hostile JSON, NDJSON and CSV files."""

from __future__ import annotations

from collections.abc import Iterable

from tests.hostile.case import Case, case
from tests.hostile.fragments import FRAGMENTS

GOOD_A = '{"id": "A", "revenue": 1200.50, "tier": "key"}'
GOOD_C = (
    '{"id": "C", "revenue": "1.2M CNY", "since": "2025-03-01", "orders": [{"amount": 5, "on": "2025-01-01"}]}'
)


def from_fragments() -> Iterable[Case]:
    # an unclosed bracket inside an array takes what follows with it; a line ends by itself
    swallowing = {"value_bracket_soup": ((1, 1), "KF0650 KF0658")}
    for name, (fragment, code) in FRAGMENTS.items():
        counts = (2, 1) if code else (3, 0)
        array = f"[{GOOD_A},\n {fragment},\n {GOOD_C}]\n"
        yield case(f"{name}.json", array, *swallowing.get(name, (counts, code)))
        yield case(f"{name}.ndjson", f"{GOOD_A}\n{fragment}\n{GOOD_C}\n", counts, code)


def json_files() -> Iterable[Case]:
    a, c = GOOD_A, GOOD_C
    both = f"[{a}, {c}]"
    deep, wide = 100_000, 5_000  # the second for what takes five characters a level
    yield from (
        case("file_empty.json", "", (0, 0), "KF0643"),
        case("file_blank.json", " \n\t\r\n ", (0, 0), "KF0643"),
        case("file_only_bom.json", "\ufeff", (0, 0), "KF0643"),
        case("file_bom.json", "\ufeff" + both, (2, 0)),
        case("file_no_records.json", "[]", (0, 0)),
        case("file_one_record.json", a, (1, 0)),
        case("file_one_bad_record.json", '{"id": "B"}', (0, 1), "KF0610"),
        case("file_null.json", "null", (0, 0), "KF0650"),
        case("file_number.json", "5", (0, 0), "KF0650"),
        case("file_text.json", '"records"', (0, 0), "KF0650"),
        case("file_words.json", "id,revenue\nA,10\n", (0, 0), "KF0650"),
        case("file_html.json", "<!DOCTYPE html><html></html>", (0, 0), "KF0650"),
        case("file_closing_bracket.json", "]", (0, 0), "KF0650"),
        case("file_closing_brace.json", "}", (0, 0), "KF0650"),
        case("file_only_opening.json", "[", (0, 0), "KF0658"),
        case("file_only_comma.json", "[,]", (0, 1), "KF0650"),
        case("file_list_of_numbers.json", "[1, 2]", (0, 2), "KF0656"),
        case("file_list_of_lists.json", f"[[{a}]]", (0, 1), "KF0656"),
        case("file_open_brackets.json", "[" * deep, (0, 1), "KF0654"),
        case("file_closed_brackets.json", "[" * deep + "]" * deep, (0, 1), "KF0654"),
        case("file_open_objects.json", '{"a":' * wide, (0, 1), "KF0654"),
        case("file_closed_objects.json", '{"a":' * wide + "1" + "}" * wide, (0, 1), "KF0654"),
        case("file_mixed_brackets.json", '[{"a":' * wide, (0, 1), "KF0654"),
        case("file_deep_between_good.json", f"[{a}, {'[' * wide}{']' * wide}, {c}]", (2, 1), "KF0654"),
        case("file_trailing_comma.json", f"[{a}, {c},]", (2, 0), "KF0650"),
        case("file_double_comma.json", f"[{a},, {c}]", (2, 1), "KF0650"),
        case("file_leading_comma.json", f"[, {a}, {c}]", (2, 1), "KF0650"),
        case("file_missing_comma.json", f"[{a} {c}]", (2, 0), "KF0650"),
        case("file_word_between.json", f"[{a} and {c}]", (2, 0), "KF0650"),
        case("file_stray_brace.json", f"[{a}}}, {c}]", (2, 0), "KF0650"),
        case("file_semicolons.json", f"[{a}; {c}]", (2, 0), "KF0650"),
        case("file_cut_in_record.json", f"[{a}, {c[:30]}", (1, 1), "KF0658"),
        case("file_cut_in_text.json", f'[{a}, {{"id": "B', (1, 1), "KF0658"),
        case("file_cut_after_comma.json", f"[{a},", (1, 0), "KF0658"),
        case("file_cut_after_record.json", f"[{a}", (1, 0), "KF0658"),
        case("file_cut_single.json", a[:-1], (0, 1), "KF0658"),
        case("file_text_after.json", both + " done", (2, 0), "KF0659"),
        case("file_two_arrays.json", both + both, (2, 0), "KF0659"),
        case("file_lines_of_records.json", f"{a}\n{c}\n", (1, 0), "KF0659"),
        # the lost quote takes the closing brace with it: where the record ends can't be told
        case("file_lost_quote.json", f'[{a},\n {{"id": "B, "revenue": 5}},\n {c}]', (1, 1), "KF0650 KF0658"),
        case("file_lost_last_quote.json", f'[{a},\n {{"revenue": 5, "id": "B\n}},\n {c}]', (2, 1), "KF0650"),
        case("file_utf16_le.json", b"\xff\xfe" + both.encode("utf-16-le"), (0, 0), "KF0645"),
        case("file_utf16_be.json", b"\xfe\xff" + both.encode("utf-16-be"), (0, 0), "KF0645"),
        case("file_utf16_no_mark.json", both.encode("utf-16-le"), (0, 0), "KF0645"),
        case("file_utf32.json", both.encode("utf-32"), (0, 0), "KF0645"),
        case(
            "file_gb18030.json",
            f'[{a}, {{"id": "客户", "revenue": 5}}, {c}]'.encode("gb18030"),
            (2, 1),
            "KF0645",
        ),
        case(
            "file_latin1.json",
            f'[{a}, {{"id": "Müller", "revenue": 5}}, {c}]'.encode("latin-1"),
            (2, 1),
            "KF0645",
        ),
        case(
            "file_overlong.json",
            f"[{a}, ".encode() + b'{"id": "\xc0\x80"}' + f", {c}]".encode(),
            (2, 1),
            "KF0645",
        ),
        case(
            "file_cesu.json",
            f"[{a}, ".encode() + b'{"id": "\xed\xa0\x80"}' + f", {c}]".encode(),
            (2, 1),
            "KF0645",
        ),
        case("file_cut_character.json", f"[{a}]".encode() + b"\xe5\xae", (1, 0), "KF0659"),
        case("file_png.json", b"\x89PNG\r\n\x1a\n" + bytes(range(256)), (0, 0), "KF0650"),
        case("file_gzip.json", b"\x1f\x8b\x08\x08" + bytes(60), (0, 0), "KF0650"),
        case("file_zero_bytes.json", bytes(1000), (0, 0), "KF0645"),
        case("file_2000_bad.json", "[" + ",".join(["5"] * 2_000) + "]", (0, 2_000), "KF0656"),
        case("record_1000_unknown.json", _many_unknown(1000), (0, 1), "KF0611 KF0619"),
    )


def _many_unknown(count: int) -> str:
    members = ", ".join(f'"unknown_{i}": {i}' for i in range(count))
    return f'[{{"id": "B", "revenue": 5, {members}}}]'


def ndjson_files() -> Iterable[Case]:
    a, c = GOOD_A, GOOD_C
    yield from (
        case("lines_empty.ndjson", "", (0, 0), "KF0643"),
        case("lines_blank.ndjson", "\n\n  \n", (0, 0), "KF0643"),
        case("lines_bom.ndjson", f"\ufeff{a}\n{c}", (2, 0)),
        case("lines_windows.ndjson", f"{a}\r\n{c}\r\n", (2, 0)),
        case("lines_blank_between.ndjson", f"{a}\n\n \n{c}\n\n", (2, 0)),
        case("lines_two_on_one.ndjson", f"{a} {a}\n{c}\n", (1, 1), "KF0650"),
        case("lines_comma_at_end.ndjson", f"{a},\n{c}\n", (1, 1), "KF0650"),
        case("lines_of_an_array.ndjson", f"[\n{a},\n{c}\n]\n", (1, 3), "KF0650"),
        case("lines_array.ndjson", f"[{a}, {c}]\n", (0, 1), "KF0656"),
        case("lines_pretty.ndjson", '{\n  "id": "B",\n  "revenue": 5\n}\n', (0, 4), "KF0650"),
        case("lines_cut.ndjson", f"{a}\n{c[:20]}", (1, 1), "KF0650"),
        case("lines_bom_inside.ndjson", f"{a}\n\ufeff{c}\n", (1, 1), "KF0650"),
        case("lines_mac.ndjson", f"{a}\r{c}\r", (0, 1), "KF0650"),
        case(
            "lines_zero_bytes.ndjson", a.encode() + b"\n" + bytes(50) + b"\n" + c.encode(), (2, 1), "KF0650"
        ),
        case("lines_utf16.ndjson", f"{a}\n{c}\n".encode("utf-16"), (0, 0), "KF0645"),
        case("lines_latin1.ndjson", f'{a}\n{{"id": "Müller"}}\n{c}\n'.encode("latin-1"), (2, 1), "KF0645"),
        case("lines_gb18030.ndjson", f'{a}\n{{"id": "客户"}}\n{c}\n'.encode("gb18030"), (2, 1), "KF0645"),
        case("lines_cut_character.ndjson", f"{a}\n{c}\n".encode() + b'{"id": "\xe5\xae', (2, 1), "KF0645"),
        case("lines_open_brackets.ndjson", f"{a}\n{'[' * 100_000}\n{c}\n", (2, 1), "KF0654"),
        case("lines_open_objects.ndjson", a + "\n" + '{"a":' * 5_000 + f"\n{c}\n", (2, 1), "KF0654"),
        case(
            "lines_random.ndjson",
            bytes((i * 7919 + 13) % 251 for i in range(4000)).replace(b"\n", b""),
            (0, 1),
            "KF0645",
        ),
        case("lines_many_bad.ndjson", "x\n" * 5000 + a, (1, 5000), "KF0650"),
    )


def csv_files() -> Iterable[Case]:
    head = "id,revenue,tier\n"
    good = "A,1200.50,key\n"
    yield from (
        case("file_empty.csv", "", (0, 0), "KF0643"),
        case("file_blank_lines.csv", "\n\n\n", (0, 0), "KF0643"),
        case("file_header_only.csv", head, (0, 0)),
        case("file_header_of_commas.csv", ",,\nA,1,2\n", (0, 0), "KF0643"),
        case("file_bom.csv", "\ufeff" + head + good, (1, 0)),
        case("file_windows.csv", (head + good + good).replace("\n", "\r\n"), (2, 0)),
        case("file_old_mac.csv", (head + good + good).replace("\n", "\r"), (2, 0)),
        case("file_no_last_line_end.csv", head + good.strip(), (1, 0)),
        case("file_blank_rows.csv", head + good + "\n,,\n" + good, (2, 0), "", "KF0649"),
        case("file_semicolons.csv", (head + good).replace(",", ";"), (1, 0), "", "KF0647"),
        case("file_tabs.csv", (head + good).replace(",", "\t"), (1, 0), "", "KF0647"),
        case("file_sep_line.csv", "sep=;\n" + (head + good).replace(",", ";"), (1, 0), "", "KF0647"),
        case("file_pipes.csv", (head + good).replace(",", "|"), (0, 1), "KF0611"),
        case("row_short.csv", head + good + "B,10\n" + good, (2, 1), "KF0661"),
        case("row_long.csv", head + good + "B,10,key,more\n" + good, (2, 1), "KF0661"),
        case("row_one_cell.csv", head + good + "total\n" + good, (2, 1), "KF0661"),
        case("row_thousands_unquoted.csv", head + good + "B,1,200,key\n" + good, (2, 1), "KF0661"),
        case("row_thousands_quoted.csv", head + good + 'B,"1,200",key\n' + good, (3, 0)),
        case("row_decimal_comma.csv", head + good + 'B,"1200,50",key\n' + good, (2, 1), "KF0601"),
        case("row_formula.csv", head + good + "B,=1+1,key\n" + good, (2, 1), "KF0601"),
        case("row_command.csv", head + good + "B,\"=cmd|' /C calc'!A0\",key\n" + good, (2, 1), "KF0601"),
        case("row_excel_error.csv", head + good + "B,#DIV/0!,key\n" + good, (2, 1), "KF0601"),
        case("row_huge_exponent.csv", head + good + "B,1E+999999,key\n" + good, (2, 1), "KF0605"),
        case("row_5000_digits.csv", head + good + f"B,{'9' * 5000},key\n" + good, (2, 1), "KF0605"),
        case("row_nan.csv", head + good + "B,nan,key\n" + good, (2, 1), "KF0601"),
        case("row_excel_scientific.csv", head + good + "B,1.2E+3,key\n" + good, (3, 0)),
        case("row_wide_digits.csv", head + good + "B,１２００,key\n" + good, (3, 0)),
        case("row_blank_required.csv", head + good + "B,,key\n" + good, (2, 1), "KF0610"),
        case("row_blank_optional.csv", head + good + "B,10,\n" + good, (3, 0)),
        case("row_null_word.csv", head + good + "B,NULL,key\n" + good, (2, 1), "KF0601"),
        case("row_zero_byte.csv", head + good + "B\x00,10,key\n" + good, (2, 1), "KF0613"),
        case("row_line_end_in_quotes.csv", head + good + '"B\nB",10,key\n' + good, (3, 0)),
        case("row_quote_inside.csv", head + good + 'B,10,"ke"y\n' + good, (2, 1), "KF0662"),
        case("row_quote_never_closed.csv", head + good + 'B,10,"key\n' + good * 3, (4, 1), "KF0662"),
        case("row_quote_never_closed_last.csv", head + good + 'B,10,"key', (1, 1), "KF0662"),
        case("row_two_lost_quotes.csv", head + 'B,10,"key\n' + good + 'B,10,"key\n' + good, (2, 2), "KF0662"),
        case("row_lost_quote_swallows.csv", head + 'B,10,"key\n' + good * 2000, (2000, 1), "KF0662"),
        case("row_every_quote_lost.csv", head + 'B,10,"key\n' * 500, (0, 500), "KF0662"),
        case(
            "row_140000_in_a_cell.csv", head + good + f'"{"x" * 140_000}",10,key\n' + good, (2, 1), "KF0657"
        ),
        case("row_20000_in_a_cell.csv", head + good + f"{'x' * 20_000},10,key\n" + good, (2, 1), "KF0614"),
        case("row_list_in_a_cell.csv", 'id,revenue,orders\nA,1,\nB,10,"[1, 2]"\n', (1, 1), "KF0606"),
        case("row_date_slashes.csv", "id,revenue,since\nA,1,2025-03-01\nB,10,2025/3/1\n", (1, 1), "KF0607"),
        case("row_excel_serial.csv", "id,revenue,since\nA,1,2025-03-01\nB,10,45717\n", (1, 1), "KF0607"),
        case("row_flag_one.csv", "id,revenue,vip\nA,1,是\nB,10,1\n", (1, 1), "KF0608"),
        case("row_percent.csv", "id,revenue,margin\nA,1,12.5%\nB,10,1250%\n", (1, 1), "KF0604"),
        case("row_label.csv", "id,revenue,tier\nA,1,重点\nB,10,重要\n", (1, 1), "KF0609"),
        case("columns_same_name.csv", "id,revenue,revenue\nA,1,2\n", (0, 0), "KF0660"),
        case("columns_same_but_spaces.csv", "id,revenue, revenue \nA,1,2\n", (0, 0), "KF0660"),
        case(
            "columns_same_two_spellings.csv", "id,revenue,caf\u00e9,cafe\u0301\nA,1,2,3\n", (0, 0), "KF0660"
        ),
        case("columns_unnamed_empty.csv", "id,revenue,\nA,1,\nB,2,\n", (2, 0)),
        case("columns_unnamed_filled.csv", "id,revenue,\nA,1,\nB,2,x\n", (1, 1), "KF0663"),
        case("columns_clash.csv", "id,revenue,contact,contact.name\nA,1,x,y\n", (0, 0), "KF0664"),
        case("columns_dotted.csv", "id,revenue,contact.name\nA,1,Li\nB,2,\n", (2, 0)),
        case("columns_unknown.csv", "id,revenue,colour\nA,1,red\nB,2,\n", (0, 2), "KF0611"),
        case("columns_slip.csv", "id,revenu\nA,1\n", (0, 1), "KF0610 KF0611"),
        case("columns_spaces.csv", " id , revenue \nA,1\n", (1, 0)),
        case("columns_17000.csv", ",".join(f"{i:x}" for i in range(17_000)) + "\n", (0, 0), "KF0665"),
        case("columns_open_quote.csv", 'id,"revenue\nA,1\n', (0, 0), "KF0662"),
        case("columns_dots_only.csv", "id,revenue,...\nA,1,2\n", (0, 1), "KF0611"),
        case("encoding_gb18030.csv", (head + "客户,10,重点\n").encode("gb18030"), (1, 0), "", "KF0646"),
        case(
            "encoding_gb18030_header.csv",
            "id,revenue,备注\nA,10,x\n".encode("gb18030"),
            (0, 1),
            "KF0611",
            "KF0646",
        ),
        case("encoding_utf16.csv", (head + good).encode("utf-16"), (0, 0), "KF0645"),
        case("encoding_utf16_tabs.csv", (head + good).replace(",", "\t").encode("utf-16"), (0, 0), "KF0645"),
        case(
            "encoding_one_wrong_byte.csv",
            (head + "客户,10,key\n").encode() + b"B\xff,1,key\n" + good.encode(),
            (2, 1),
            "KF0645",
        ),
        case(
            "encoding_cut_character.csv",
            (head + "客户,10,key\n" + good).encode() + b"\xe5\xae,1,key\n",
            (2, 1),
            "KF0645",
        ),
        case("encoding_binary.csv", b"\x89PNG\r\n\x1a\n" + bytes(range(128, 256)), (0, 0), "KF0645"),
        case("file_json.csv", f"[{GOOD_A}]", (0, 0), ""),
        case("file_html.csv", "<html>\n<body>\n</body>\n", (0, 2), "KF0610 KF0611"),
    )
