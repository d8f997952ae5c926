"""Write the hostile policy files and their manifest: ``python -m tests.hostile.make_policies``.

For each file written by hand the manifest holds the codes of its findings, in the order of the text, set by
what is wrong with the file and not by what the parser says; for a mutated one it holds null. The same
input gives the same bytes.
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

from tests.syntax.samples import CHINESE, ENGLISH

HERE = Path(__file__).parent / "policies"
EN = 'policy p "P"\nend\n'
ZH = "策略 p “P”\n结束\n"
DEFINE = EN + "define x of r as "
RECORD = EN + "record r\n  x : text\n  y : money\nend\n"
TABLE = EN + "decision d of r : percent\n  table unique\n    | a | b || d |\n"
HEAD = "decision d of r : percent\n  table unique\n    | a | b || d |\n"
MUTATIONS = 60

Codes = list[str] | None


def by_hand() -> dict[str, tuple[bytes, Codes]]:
    text = {
        **_whole_files(),
        **_characters(),
        **_words(),
        **_tables(),
        **_numbers(),
        **_shapes(),
        **_pastes(),
    }
    made: dict[str, tuple[bytes, Codes]] = {k: (v.encode(), codes) for k, (v, codes) in text.items()}
    return {**made, **_encodings()}


def _encodings() -> dict[str, tuple[bytes, Codes]]:
    return {
        "gb18030": (CHINESE.encode("gb18030"), ["KF0101"]),
        "big5": ("策略 定價 “價格”\n結束\n".encode("big5", "replace"), ["KF0101"]),
        "utf16_le": (b"\xff\xfe" + ENGLISH.encode("utf-16-le"), ["KF0101"]),
        "utf16_be": (b"\xfe\xff" + CHINESE.encode("utf-16-be"), ["KF0101"]),
        "utf16_without_mark": (b"p\0o\0l\0i\0c\0y\0 \0p\0", ["KF0103"]),
        "utf32": ("policy p\nend\n".encode("utf-32"), ["KF0101"]),
        "latin1": ('policy p "Müller"\nend\n'.encode("latin-1"), ["KF0101"]),
        "windows_1252_quotes": ("policy p “P”\nend\n".encode("cp1252"), ["KF0101"]),
        "utf8_mark": (b"\xef\xbb\xbf" + RECORD.encode(), []),
        "two_utf8_marks": (b"\xef\xbb\xbf\xef\xbb\xbf" + RECORD.encode(), []),
        "utf8_cut_in_a_character": (CHINESE.encode()[:8], ["KF0101"]),
        "surrogate_in_utf8": (b'policy p "\xed\xa0\x80"\nend\n', ["KF0101"]),
        "overlong_utf8": (b'policy p "\xc0\xaf"\nend\n', ["KF0101"]),
        "zip": (b"PK\x03\x04\x14\x00\x00\x00\x08\x00\x9c\xff\xee", ["KF0101"]),
        "png": (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", ["KF0101"]),
        "only_nul": (b"\0" * 500, ["KF0103"]),
        "nul_behind_the_header": (EN.encode() + b"\0" * 500, ["KF0104"]),
    }


def _whole_files() -> dict[str, tuple[str, Codes]]:
    return {
        "empty": ("", ["KF0103"]),
        "blanks": (" \n\t\n　\n", ["KF0103"]),
        "only_comments": ("-- a\n-- b\n", ["KF0103"]),
        "json": ('{"policy": "p", "rules": []}\n', ["KF0103"]),
        "yaml": ("policy:\n  name: p\n", ["KF0120"]),
        "html": ("<html><body>policy p</body></html>\n", ["KF0103"]),
        "sql": ("select tier from customer where revenue > 5;\n", ["KF0103"]),
        "python": ("def tier(customer):\n    return 1\n", ["KF0103"]),
        "prose": ("The policy of the house is to be kind.\n", ["KF0103"]),
        "chinese_prose": ("本策略自发布之日起执行。\n", ["KF0103"]),
        "upper_case_header": ("POLICY P\nEND\n", ["KF0103"]),
        "traditional_header": ("政策 p\n結束\n", ["KF0103"]),
        "no_header": ("record r\n  x : text\nend\n", ["KF0103"]),
        "header_indented": ("  policy p\n  end\n", ["KF0103"]),
        "header_without_name": ('policy "P"\nend\n', ["KF0120"]),
        "header_without_end": ("policy p\n" + HEAD + "    | 1 | 2 || 3% |\nend\n", ["KF0121"]),
        "two_headers": (EN + EN, ["KF0125"]),
        "three_headers": (EN * 3, ["KF0125", "KF0125"]),
        "header_of_two_owners": ('policy p\n  owner "a"\n  owner "b"\nend\n', ["KF0124"]),
        "header_of_two_currencies": ("policy p\n  currency CNY\n  currency USD\nend\n", ["KF0124"]),
        "header_unknown_line": ("policy p\n  author me\nend\n", ["KF0120"]),
        "cut_in_a_word": (RECORD[:-19], ["KF0121"]),
        "cut_after_a_colon": (EN + "record r\n  x :", ["KF0120"]),
        "cut_in_a_string": ('policy p "Key-acc', ["KF0105"]),
        "cut_in_a_table": (TABLE + "    | 1 | 2 |", ["KF0120"]),
        "cut_after_as": (DEFINE.rstrip(), ["KF0120"]),
        "cut_in_a_test": (EN + 'test "t"\n  given r\n    x = ', ["KF0120"]),
        "old_mac_line_ends": (RECORD.replace("\n", "\r"), []),
        "windows_line_ends": (RECORD.replace("\n", "\r\n"), []),
        "doubled_windows_line_ends": (RECORD.replace("\n", "\r\r\n"), []),
    }  # fmt: skip


def _characters() -> dict[str, tuple[str, Codes]]:
    return {
        "bell_in_a_text": (EN + 'always "a\x07b"\n  x\n', ["KF0106"]),
        "escape_in_a_text": (EN + 'always "\x1b[31mred"\n  x\n', ["KF0106"]),
        "nul_in_a_text": (EN + 'always "a\0b"\n  x\n', ["KF0106"]),
        "line_separator_in_a_text": (EN + 'always "a\u2028b"\n  x\n', ["KF0106"]),
        "line_separator_in_a_comment": (EN + "-- a\u2028define x of r as 1\n", ["KF0104"]),
        "nul_in_a_name": (DEFINE + "a\0b\n", ["KF0104"]),
        "bidi_override_in_a_comment": (EN + "-- \u202e } \u2066if admin\u2069\n", ["KF0107"] * 3),
        "bidi_override_in_a_text": (EN + 'always "a \u202e b"\n  x\n', ["KF0107"]),
        "bidi_mark_in_a_name": (DEFINE + "a\u200eb\n", ["KF0104", "KF0107"]),
        "zero_width_space": (DEFINE + "a\u200bb\n", ["KF0104"]),
        "soft_hyphen": (DEFINE + "a\u00adb\n", ["KF0104"]),
        "no_break_space": (DEFINE + "a\u00a0+ b\n", []),
        "cyrillic_in_a_name": (EN + "define tіer of r as 1\n", ["KF0108"]),
        "greek_in_a_name": (DEFINE + "αmount\n", ["KF0108"]),
        "mathematical_letters": (DEFINE + "𝐚𝐛𝐜\n", ["KF0108"]),
        "full_width_letters": (DEFINE + "ｔｉｅｒ\n", ["KF0108"]),
        "emoji": (DEFINE + "🎉\n", ["KF0104"]),
        "single_quotes": (DEFINE + "'a'\n", ["KF0104"]),
        "curly_single_quotes": (DEFINE + "‘a’\n", ["KF0104"]),
        "corner_quotes": (ZH + "定义 x 之 r 为 「甲」\n", ["KF0104"]),
        "closing_quote_first": (DEFINE + "”a”\n", ["KF0104"]),
        "semicolons": (DEFINE + "1;\n", ["KF0104"]),
        "braces": (DEFINE + "{1}\n", ["KF0104", "KF0104"]),
        "question_mark": (DEFINE + "a ? b\n", ["KF0120"]),
        "ampersands": (DEFINE + "a && b\n", ["KF0104"]),
        "hash_comment": (EN + "# a comment\n", ["KF0104"]),
        "slash_comment": (EN + "// a comment\n", ["KF0104"]),
        "backslash": (DEFINE + "1 \\\n  + 2\n", ["KF0104"]),
        "open_text": (EN + 'always "x\n  a\n', ["KF0105"]),
        "open_chinese_text": (ZH + "恒为 “甲\n  a\n", ["KF0105"]),
        "chinese_quote_closed_in_ascii": (ZH + '恒为 “甲"\n  a\n', ["KF0105"]),
        "ascii_quote_closed_in_chinese": (ZH + '恒为 "甲”\n  a\n', ["KF0105"]),
        "text_over_two_lines": (EN + 'always "a\nb"\n  x\n', ["KF0105", "KF0105"]),
        "single_quote_in_the_middle": (DEFINE + '"a" b" c\n', ["KF0105"]),
    }  # fmt: skip


def _words() -> dict[str, tuple[str, Codes]]:
    return {
        "chinese_and": (DEFINE + "a 且 b\n", ["KF0122"]),
        "chinese_when": (EN + "decision d of r : text\n  当 a then b\n  otherwise c\nend\n", ["KF0122"]),
        "english_and": (ZH + "定义 x 之 r 为 a and b\n", ["KF0122"]),
        "english_end": (ZH + "记录 r\n  x : 文本\nend\n", ["KF0122"]),
        "python_if": (DEFINE + "if a\n", ["KF0127"]),
        "python_else": (EN + "decision d of r : text\n  when a then b\n  else c\nend\n", ["KF0127"]),
        "chinese_if": (ZH + "定义 x 之 r 为 如果 a\n", ["KF0127"]),
        "chinese_greater": (ZH + "定义 x 之 r 为 a 大于 b\n", ["KF0127"]),
        "upper_case_and": (DEFINE + "a AND b\n", ["KF0127"]),
        "keyword_as_name": (EN + "define when of r as 1\n", ["KF0128"]),
        "keyword_as_record": (EN + "record of\n  x : text\nend\n", ["KF0128"]),
        "indented_declaration": (EN + 'always "x"\n  a\n  define x of r as 1\n', ["KF0123"]),
        "text_after_end": (RECORD + "x : money\n", ["KF0126"]),
        "end_twice": (RECORD + "end\n", ["KF0126"]),
        "end_of_a_define": (DEFINE + "1\nend\n", ["KF0126"]),
        "attribute_twice": (EN + "record r\n  x : text, optional, optional\nend\n", ["KF0124"]),
        "long_name": (DEFINE + "x" * 300 + "\n", ["KF0109"]),
        "very_long_name": (DEFINE + "x" * 20_000 + "\n", ["KF0109"]),
        "name_of_digits_first": (EN + "define 2x of r as 1\n", ["KF0112"]),
        "name_with_a_hyphen": (EN + "define net-price of r as 1\n", ["KF0120"]),
        "name_with_a_blank": (EN + "define net price of r as 1\n", ["KF0120"]),
        "double_equals_is_fine": (DEFINE + "a == b\n", []),
        "diamond_is_fine": (DEFINE + "a <> b\n", []),
    }  # fmt: skip


def _tables() -> dict[str, tuple[str, Codes]]:
    row = "    | 1 | 2 || 3% |\n"
    return {
        "table_without_rows": (TABLE + "end\n", ["KF0120"]),
        "table_without_end": (TABLE + row, ["KF0121"]),
        "table_without_head": (EN + "decision d of r : text\n  table unique\nend\n", ["KF0120"]),
        "table_row_not_closed": (TABLE + "    | 1 | 2 || 3%\n" + row + "end\n", ["KF0120"]),
        "table_without_outputs": (TABLE.replace("|| d |", "|") + "end\n", ["KF0120"]),
        "table_two_values_in_a_cell": (TABLE + row + "    | 1 2 | 2 || 3% |\nend\n", ["KF0120"]),
        "table_empty_cell": (TABLE + row + "    |  | 2 || 3% |\nend\n", ["KF0120"]),
        "table_two_double_bars": (TABLE + row + "    | 1 || 2 || 3% |\nend\n", ["KF0120"]),
        "table_of_markdown": (TABLE + "    |---|---||---|\n" + row + "end\n", ["KF0120"]),
        "table_of_markdown_alone": (EN + "| a | b |\n|---|---|\n| 1 | 2 |\n", ["KF0126"]),
        "table_unknown_hit_policy": (TABLE.replace("unique", "any") + row + "end\n", ["KF0120"]),
        "table_full_width_bars_are_fine": (TABLE + row.replace("|", "｜") + "end\n", []),
        "table_1000_bad_rows": (TABLE + "    | 1 2 | 3 || 4 |\n" * 1000 + "end\n", None),
        "table_1000_rows_of_garbage": (TABLE + "    | @ # | $ || ~ |\n" * 1000 + "end\n", None),
        "bands_not_closed": (
            EN + "scorecard s of r\n  criterion c weight 100% on x\n    | 1 | 2\nend\n",
            ["KF0120"],
        ),
    }  # fmt: skip


def _numbers() -> dict[str, tuple[str, Codes]]:
    return {
        "39_digits": (DEFINE + "9" * 39 + "\n", ["KF0114"]),
        "a_million_digits_less": (DEFINE + "9" * 50_000 + "\n", ["KF0114"]),
        "39_decimals": (DEFINE + "0." + "1" * 39 + "\n", ["KF0114"]),
        "exponent": (DEFINE + "1e6\n", ["KF0112"]),
        "exponent_bomb": (DEFINE + "1e999999999\n", ["KF0112"]),
        "hexadecimal": (DEFINE + "0xff\n", ["KF0112"]),
        "two_points": (DEFINE + "1.2.3\n", ["KF0120"]),
        "decimal_comma": (DEFINE + "1,5\n", ["KF0132"]),
        "wrong_grouping": (DEFINE + "12,34,567\n", ["KF0132"]),
        "currency_sign": (DEFINE + "¥5\n", ["KF0132"]),
        "unknown_currency": (DEFINE + "5 RMB\n", ["KF0113"]),
        "unknown_unit": (DEFINE + "5kg\n", ["KF0112"]),
        "arabic_digits": (DEFINE + "٣\n", ["KF0104"]),
        "february_30": (DEFINE + "2025-02-30\n", ["KF0115"]),
        "month_13": (DEFINE + "2025-13-01\n", ["KF0115"]),
        "year_0": (DEFINE + "0000-01-01\n", ["KF0115"]),
        "february_29_of_1900": (DEFINE + "1900-02-29\n", ["KF0115"]),
        "february_29_of_2000_is_fine": (DEFINE + "2000-02-29\n", []),
        "date_of_slashes": (DEFINE + "2025/02/28\n", ["KF0131"]),
        "date_of_slashes_that_is_none": (DEFINE + "2025/02/30\n", ["KF0115"]),
        "parameter_of_a_bad_day": (EN + "parameter p : number\n  from 2025-06-31 : 1\nend\n", ["KF0115"]),
        "fraction_of_decimals": (EN + "record r\n  x : number with 1.5 decimals\nend\n", ["KF0116"]),
        "quantile_of_a_percent": (DEFINE + "quantile 5% of a among b\n", ["KF0116"]),
    }


def _shapes() -> dict[str, tuple[str, Codes]]:
    return {
        "deep_parentheses": (DEFINE + "(" * 5000 + "1" + ")" * 5000 + "\n", ["KF0110"]),
        "deep_brackets": (DEFINE + "[" * 20_000 + "\n", ["KF0110"]),
        "deep_not": (DEFINE + "not " * 5000 + "a\n", ["KF0110"]),
        "deep_minus": (DEFINE + "- " * 5000 + "1\n", ["KF0110"]),
        "deep_sum": (DEFINE + "1" + "+1" * 5000 + "\n", ["KF0110"]),
        "deep_calls": (DEFINE + "min(" * 5000 + "\n", ["KF0110"]),
        "minus_minus_is_a_comment": (DEFINE + "--1\n", ["KF0120"]),
        "closing_parenthesis": (DEFINE + "1)\n", ["KF0120"]),
        "open_parenthesis": (DEFINE + "(1\n", ["KF0120"]),
        "brackets_crossed": (DEFINE + "([1)]\n", ["KF0120"]),
        "empty_parentheses": (DEFINE + "()\n", ["KF0120"]),
        "comma_at_the_end": (DEFINE + "min(1,)\n", ["KF0120"]),
        "two_operators": (DEFINE + "1 * / 2\n", ["KF0120"]),
        "chain_of_comparisons": (DEFINE + "1 < 2 < 3\n", ["KF0120"]),
        "when_without_otherwise": (DEFINE + "1 when a\n", ["KF0120"]),
        "long_line": (DEFINE + "a" + " and a" * 20_000 + "\n", []),
        "long_comment": (EN + "--" + "x" * 200_000 + "\n", []),
        "long_text": (EN + 'always "' + "x" * 200_000 + '"\n  a\n', []),
        "ten_thousand_ends": (EN + "end\n" * 10_000, ["KF0126"]),
        "type_without_members": (EN + "type t is ordered\n", ["KF0120"]),
        "record_without_fields": (EN + "record r\nend\n", ["KF0120"]),
        "test_without_steps": (EN + 'test "t"\nend\n', ["KF0120"]),
        "rule_without_then": (EN + "rule r overrides a\n  when b\nend\n", ["KF0120"]),
    }  # fmt: skip


def _pastes() -> dict[str, tuple[str, Codes]]:
    return {
        "excel_rows": (EN + "客户\t等级\t折扣\n甲公司\t重点\t5%\n乙公司\t普通\t0%\n", ["KF0126"]),
        "excel_rows_in_a_table": (TABLE + "    1\t2\t3%\nend\n", ["KF0120"]),
        "excel_cells_with_tabs_are_fine": (TABLE + "\t|\t1\t|\t2\t||\t3%\t|\t\nend\n", []),
        "word_quotes_are_fine": ("policy p “Terms”\nend\n", []),
        "csv_rows": (EN + "id,tier,discount\nc1,key,5%\n", ["KF0126"]),
        "formula": (DEFINE + "=IF(A1>5,1,0)\n", ["KF0120"]),
        "template": (DEFINE + "{{ x }}\n", ["KF0104", "KF0104"]),
        "shell": (DEFINE + "$(rm -rf /)\n", ["KF0104"]),
        "sql_injection": (DEFINE + "1'; drop table r; --\n", ["KF0104", "KF0104", "KF0104"]),
        "merge_conflict": (EN + "<<<<<<< A\ndefine x of r as 1\n=======\n>>>>>>> B\n", ["KF0126", "KF0120"]),
        "mail_signature": (RECORD + "-- \nBest regards\nAnna\n", ["KF0126"]),
    }  # fmt: skip


def mutated() -> dict[str, tuple[bytes, Codes]]:
    """Byte by byte damage to valid files, the same on every run."""
    made: dict[str, tuple[bytes, Codes]] = {}
    for seed in range(MUTATIONS):
        random = Random(seed)
        data = bytearray((ENGLISH if seed % 2 else CHINESE).encode())
        for _ in range(random.choice((1, 3, 10))):
            at = random.randrange(len(data))
            kind = random.randrange(5)
            if kind == 0:
                data[at] = random.randrange(32, 127)
            elif kind == 1:
                del data[at : at + random.randint(1, 20)]
            elif kind == 2:
                data[at:at] = random.choice((b"|", b'"', b"(", b"\n", b"end", "“".encode(), b"--", b"\t"))
            elif kind == 3:
                part = data[at : at + random.randint(1, 60)]
                data[at:at] = part
            else:
                other = random.randrange(len(data))
                data[at], data[other] = data[other], data[at]
        made[f"mutation_{seed:02}"] = (bytes(data), None)
    return made


def all_cases() -> dict[str, tuple[bytes, Codes]]:
    return {f"{name}.kam": case for name, case in {**by_hand(), **mutated()}.items()}


def main() -> None:
    HERE.mkdir(exist_ok=True)
    for old in HERE.glob("*.kam"):
        old.unlink()
    cases = all_cases()
    for name, (content, _) in cases.items():
        (HERE / name).write_bytes(content)
    manifest = {name: codes for name, (_, codes) in sorted(cases.items())}
    (HERE / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")
    (HERE / ".gitattributes").write_text("*.kam -text\n", encoding="utf-8")  # bytes, whatever the system


if __name__ == "__main__":
    main()
