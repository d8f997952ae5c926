"""Every finding about files of records: KF0640 … KF0699, one kind and one function each."""

from __future__ import annotations

from kamflow.base.diagnostic import Diagnostic, Severity, define
from kamflow.base.span import DataPlace
from kamflow.base.text import Text

CANT_OPEN = define("KF0640", "cannot-open", Severity.ERROR)
UNKNOWN_FORMAT = define("KF0641", "unknown-format", Severity.ERROR)
NOT_THIS_FORMAT = define("KF0642", "not-this-format", Severity.ERROR)
EMPTY_INPUT = define("KF0643", "empty-input", Severity.ERROR)
MISSING_EXTRA = define("KF0644", "missing-extra", Severity.ERROR)
WRONG_ENCODING = define("KF0645", "wrong-encoding", Severity.ERROR)
ENCODING_USED = define("KF0646", "encoding-used", Severity.NOTE)
DELIMITER_USED = define("KF0647", "delimiter-used", Severity.NOTE)
SHEET_USED = define("KF0648", "sheet-used", Severity.NOTE)
BLANK_ROWS = define("KF0649", "blank-rows-skipped", Severity.NOTE)
BAD_JSON = define("KF0650", "malformed-json", Severity.ERROR)
DUPLICATE_KEY = define("KF0651", "duplicate-key", Severity.ERROR)
NOT_JSON_NUMBER = define("KF0652", "not-a-json-number", Severity.ERROR)
HUGE_NUMBER = define("KF0653", "huge-number", Severity.ERROR)
TOO_DEEP = define("KF0654", "nested-too-deep", Severity.ERROR)
LONE_SURROGATE = define("KF0655", "lone-surrogate", Severity.ERROR)
NOT_A_RECORD = define("KF0656", "not-a-record", Severity.ERROR)
RECORD_TOO_LONG = define("KF0657", "record-too-long", Severity.ERROR)
CUT_OFF = define("KF0658", "cut-off", Severity.ERROR)
AFTER_THE_END = define("KF0659", "text-after-the-end", Severity.ERROR)
DUPLICATE_COLUMN = define("KF0660", "duplicate-column", Severity.ERROR)
RAGGED_ROW = define("KF0661", "ragged-row", Severity.ERROR)
BAD_QUOTES = define("KF0662", "bad-quotes", Severity.ERROR)
UNNAMED_COLUMN = define("KF0663", "unnamed-column", Severity.ERROR)
COLUMN_CLASH = define("KF0664", "column-clash", Severity.ERROR)
TOO_MANY_COLUMNS = define("KF0665", "too-many-columns", Severity.ERROR)
NO_SUCH_SHEET = define("KF0670", "no-such-sheet", Severity.ERROR)
SHEET_TOO_LARGE = define("KF0671", "sheet-too-large", Severity.ERROR)
ERROR_CELL = define("KF0672", "error-cell", Severity.ERROR)
UNCOMPUTED_CELL = define("KF0673", "uncomputed-formula", Severity.ERROR)
ZIP_BOMB = define("KF0674", "packed-too-tightly", Severity.ERROR)
CANT_WRITE = define("KF0690", "cannot-write", Severity.ERROR)

_SKIPPED = Text("The record is skipped; the others go on.", "跳过这条记录，其余照常处理。")
_NOTHING_READ = Text("Nothing of this file was decided.", "这个文件中的数据都没有处理。")


def cant_open(at: DataPlace, reason: Text) -> Diagnostic:
    return CANT_OPEN.at(
        at,
        Text(f"The input cannot be opened: {reason.en}.", f"无法打开输入文件：{reason.zh}。"),
        hint=Text("Check the path and your rights to read it.", "请检查路径和读取权限。"),
        why=_NOTHING_READ,
    )


def unknown_format(at: DataPlace, known: str) -> Diagnostic:
    return UNKNOWN_FORMAT.at(
        at,
        Text("The file's name does not say what format it has.", "从文件名看不出文件格式。"),
        hint=Text(
            f"Use one of the endings {known}, or give the format.", f"请使用后缀 {known}，或指定格式。"
        ),
        why=_NOTHING_READ,
    )


def not_this_format(at: DataPlace, name: str, reason: Text) -> Diagnostic:
    return NOT_THIS_FORMAT.at(
        at,
        Text(f"This is no {name} file: {reason.en}.", f"这不是 {name} 文件：{reason.zh}。"),
        hint=Text(f"Save it again as {name}.", f"请重新另存为 {name}。"),
        why=_NOTHING_READ,
    )


def empty_input(at: DataPlace, what: Text) -> Diagnostic:
    return EMPTY_INPUT.at(
        at,
        Text(f"There is nothing to read: {what.en}.", f"没有可读取的内容：{what.zh}。"),
        hint=Text("Check the export that made this file.", "请检查生成这个文件的导出步骤。"),
        why=_NOTHING_READ,
    )


def missing_extra(at: DataPlace, name: str, extra: str) -> Diagnostic:
    return MISSING_EXTRA.at(
        at,
        Text(
            f"{name} files need an extra part of kamflow that is not installed.",
            f"处理 {name} 文件需要安装 kamflow 的附加组件。",
        ),
        hint=Text(f"pip install 'kamflow[{extra}]'", f"pip install 'kamflow[{extra}]'"),
    )


def wrong_encoding(at: DataPlace, found: Text, expected: str) -> Diagnostic:
    return WRONG_ENCODING.at(
        at,
        Text(
            f"This text is not {expected}: {found.en}.",
            f"这段文本不是 {expected} 编码：{found.zh}。",
        ),
        hint=Text(
            "Save it as UTF-8 (in Excel: “CSV UTF-8”), or name its encoding with --encoding.",
            "请另存为 UTF-8（Excel 中选“CSV UTF-8”），或用 --encoding 指定编码。",
        ),
        why=Text("Read in another encoding, names would be other names.", "用错编码会把名称读成别的名称。"),
    )


def encoding_used(at: DataPlace, encoding: str) -> Diagnostic:
    return ENCODING_USED.at(
        at,
        Text(f"This file is not UTF-8; it was read as {encoding}.", f"文件不是 UTF-8，按 {encoding} 读取。"),
    )


def delimiter_used(at: DataPlace, name: Text) -> Diagnostic:
    return DELIMITER_USED.at(
        at, Text(f"The columns of this file are separated by {name.en}.", f"文件的列以{name.zh}分隔。")
    )


def sheet_used(at: DataPlace, sheet: str, count: int) -> Diagnostic:
    return SHEET_USED.at(
        at,
        Text(
            f'Of {count} sheets the first visible one was read: "{sheet}".',
            f"共 {count} 个工作表，读取了第一个可见的“{sheet}”。",
        ),
        hint=Text("Name another one with --sheet.", "可用 --sheet 指定其他工作表。"),
    )


def blank_rows(at: DataPlace, count: int) -> Diagnostic:
    rows = "1 blank row was" if count == 1 else f"{count:,} blank rows were"
    return BLANK_ROWS.at(at, Text(f"{rows} skipped.", f"跳过了 {count:,} 个空行。"))


def bad_json(at: DataPlace, line: int, column: int, reason: Text) -> Diagnostic:
    return BAD_JSON.at(
        at,
        Text(
            f"This is not JSON: {reason.en} (line {line}, column {column}).",
            f"JSON 格式错误：{reason.zh}（第 {line} 行第 {column} 列）。",
        ),
        hint=Text(
            "Write the file with a JSON library, not by hand.", "请用 JSON 程序库生成文件，不要手工拼写。"
        ),
        why=_SKIPPED,
    )


def duplicate_key(at: DataPlace, key: str) -> Diagnostic:
    return DUPLICATE_KEY.at(
        at,
        Text(f'"{key}" stands twice in one object.', f"同一个对象里“{key}”出现了两次。"),
        hint=Text("Keep one of them.", "请只保留一个。"),
        why=Text("Programs differ in which of the two they take.", "不同程序会取不同的那一个。"),
    )


def not_json_number(at: DataPlace, shown: str) -> Diagnostic:
    return NOT_JSON_NUMBER.at(
        at,
        Text(f"{shown} is no number of JSON.", f"{shown} 不是 JSON 数字。"),
        hint=Text("Write null where there is no value.", "没有值的地方请写 null。"),
        why=_SKIPPED,
    )


def huge_number(at: DataPlace) -> Diagnostic:
    return HUGE_NUMBER.at(
        at,
        Text(
            "A number here has more than 38 digits or an exponent beyond 38.",
            "这里有一个数字超过 38 位，或指数超过 38。",
        ),
        hint=Text(
            "Check the source: no business amount is that long.", "请核对来源：业务数据不会有这么长的数字。"
        ),
        why=_SKIPPED,
    )


def too_deep(at: DataPlace, limit: int) -> Diagnostic:
    return TOO_DEEP.at(
        at,
        Text(f"Values are nested more than {limit} deep here.", f"这里的嵌套超过 {limit} 层。"),
        hint=Text("A record with its lists needs three or four levels.", "一条记录连同列表只需要三四层。"),
        why=_SKIPPED,
    )


def lone_surrogate(at: DataPlace, code: int) -> Diagnostic:
    return LONE_SURROGATE.at(
        at,
        Text(
            f"A text here holds half of a character (\\u{code:04x}).",
            f"这里的文本含有半个字符（\\u{code:04x}）。",
        ),
        hint=Text("Mend the text where it was cut.", "请在截断文本的地方修正。"),
        why=Text("It cannot be written to a file or a database.", "这样的文本无法写入文件或数据库。"),
    )


def not_a_record(at: DataPlace, shown: str) -> Diagnostic:
    return NOT_A_RECORD.at(
        at,
        Text(f"{shown} is not a record with named fields.", f"{shown} 不是带字段名的记录。"),
        hint=Text(
            'A record looks like {"id": "C001", "revenue": 1200}.',
            '记录的形式：{"id": "C001", "revenue": 1200}。',
        ),
        why=_SKIPPED,
    )


def record_too_long(at: DataPlace, limit: int) -> Diagnostic:
    return RECORD_TOO_LONG.at(
        at,
        Text(f"This record is longer than {limit:,} bytes.", f"这条记录超过 {limit:,} 字节。"),
        hint=Text("Check that each record ends where it should.", "请检查每条记录是否正确结束。"),
        why=_SKIPPED,
    )


def cut_off(at: DataPlace, line: int) -> Diagnostic:
    return CUT_OFF.at(
        at,
        Text(
            f"The file ends before this is complete (it starts on line {line}).",
            f"文件在此处内容完整之前就结束了（从第 {line} 行开始）。",
        ),
        hint=Text(
            "Check for a missing bracket or quote, or a broken download.",
            "请检查是否缺少括号或引号，或下载中断。",
        ),
        why=Text(
            "What follows this place cannot be told apart and was not read.",
            "此处之后的内容无法区分，未被读取。",
        ),
    )


def after_the_end(at: DataPlace, line: int) -> Diagnostic:
    return AFTER_THE_END.at(
        at,
        Text(
            f"There is text after the end of the data (line {line}).",
            f"数据结束之后还有内容（第 {line} 行）。",
        ),
        hint=Text(
            "For several records use an array, or one record a line (.ndjson).",
            "多条记录请用数组，或每行一条（.ndjson）。",
        ),
    )


def duplicate_column(at: DataPlace, name: str) -> Diagnostic:
    return DUPLICATE_COLUMN.at(
        at,
        Text(f'Two columns have the name "{name}".', f"有两列同名：“{name}”。"),
        hint=Text("Rename or remove one of them.", "请重命名或删除其中一列。"),
        why=Text("Nobody could say which of the two decides.", "无法确定以哪一列为准。"),
    )


def ragged_row(at: DataPlace, found: int, expected: int) -> Diagnostic:
    return RAGGED_ROW.at(
        at,
        Text(
            f"This row has {found} cells; the header has {expected}.",
            f"这一行有 {found} 个单元格，而表头有 {expected} 个。",
        ),
        hint=Text(
            'Put quotes around a text that holds a separator: "Acme, Inc."',
            '含分隔符的文本请加引号："甲, 乙"。',
        ),
        why=_SKIPPED,
    )


def bad_quotes(at: DataPlace, lines: int) -> Diagnostic:
    through = f" (seen through {lines} lines)" if lines > 1 else ""
    return BAD_QUOTES.at(
        at,
        Text(f"The quotes of this row do not match{through}.", "这一行的引号不配对。"),
        hint=Text(
            'Inside quotes a quote is written twice: "27"" screen".', '引号内的引号要写两个："27"" 屏幕"。'
        ),
        why=_SKIPPED,
    )


def unnamed_column(at: DataPlace, column: int, shown: str) -> Diagnostic:
    return UNNAMED_COLUMN.at(
        at,
        Text(
            f"{shown} stands in column {column}, which has no name in the header.",
            f"{shown} 在第 {column} 列，而该列没有表头名称。",
        ),
        hint=Text("Name the column or clear it.", "请给这一列命名，或清空它。"),
        why=_SKIPPED,
    )


def column_clash(at: DataPlace, name: str, other: str) -> Diagnostic:
    return COLUMN_CLASH.at(
        at,
        Text(
            f'The columns "{name}" and "{other}" cannot both be: one is inside the other.',
            f"“{name}”和“{other}”两列冲突：一个包含另一个。",
        ),
        hint=Text("Keep the dotted names only.", "请只保留带点的列名。"),
        why=_NOTHING_READ,
    )


def too_many_columns(at: DataPlace, count: int, limit: int) -> Diagnostic:
    return TOO_MANY_COLUMNS.at(
        at,
        Text(
            f"The header has {count:,} columns; at most {limit:,} are read.",
            f"表头有 {count:,} 列，最多 {limit:,} 列。",
        ),
        hint=Text("Check the separator and the line ends.", "请检查分隔符和换行。"),
        why=_NOTHING_READ,
    )


def no_such_sheet(at: DataPlace, name: str, sheets: str, near: str | None) -> Diagnostic:
    mean = Text(f'Did you mean "{near}"? ', f"是不是“{near}”？") if near else Text("")
    return NO_SUCH_SHEET.at(
        at,
        Text(f'There is no sheet "{name}".', f"没有名为“{name}”的工作表。"),
        hint=Text(f"{mean.en}There are: {sheets}.", f"{mean.zh}现有：{sheets}。"),
        why=_NOTHING_READ,
    )


def sheet_too_large(at: DataPlace, cell: str, cells: int, filled: int, limit: int) -> Diagnostic:
    if cells > limit:
        rest = Text(f"at most {limit:,} are read", f"最多读取 {limit:,} 个")
    else:
        rest = Text(f"only {filled:,} of them filled", f"其中只有 {filled:,} 个有内容")
    return SHEET_TOO_LARGE.at(
        at,
        Text(
            f"The sheet reaches to cell {cell}: {cells:,} cells, {rest.en}.",
            f"工作表延伸到单元格 {cell}：共 {cells:,} 个单元格，{rest.zh}。",
        ),
        hint=Text(
            "Delete the stray cells beyond the data (Ctrl+End finds them), or use CSV or Parquet.",
            "请删除数据区之外的多余单元格（Ctrl+End 可定位），或改用 CSV、Parquet。",
        ),
        why=_NOTHING_READ,
    )


def error_cell(at: DataPlace, shown: str) -> Diagnostic:
    return ERROR_CELL.at(
        at,
        Text(f"This cell holds the error {shown}.", f"这个单元格是错误值 {shown}。"),
        hint=Text("Mend the formula in the workbook.", "请在工作簿中修正公式。"),
        why=_SKIPPED,
    )


def uncomputed_cell(at: DataPlace) -> Diagnostic:
    return UNCOMPUTED_CELL.at(
        at,
        Text("This cell holds a formula without its result.", "这个单元格只有公式，没有计算结果。"),
        hint=Text(
            "Open the workbook in Excel and save it once, or write values.",
            "请用 Excel 打开并保存一次，或直接写入数值。",
        ),
        why=Text("An unknown result would be taken for a missing value.", "未知结果会被当作缺失值。"),
    )


def zip_bomb(at: DataPlace, size: int) -> Diagnostic:
    return ZIP_BOMB.at(
        at,
        Text(
            f"Unpacked, this file would be {size:,} bytes, far more than its size can mean.",
            f"解压后将达到 {size:,} 字节，与文件大小不相称。",
        ),
        hint=Text("Save the data as CSV or Parquet.", "请把数据另存为 CSV 或 Parquet。"),
        why=_NOTHING_READ,
    )


def cant_write(at: DataPlace, reason: Text) -> Diagnostic:
    return CANT_WRITE.at(
        at,
        Text(f"The output cannot be written: {reason.en}.", f"无法写入输出文件：{reason.zh}。"),
        hint=Text("Check the path, your rights and the free space.", "请检查路径、权限和剩余空间。"),
        why=Text(
            "No half file was left; what stood there before is unchanged.",
            "没有留下不完整的文件，原有文件未改动。",
        ),
    )
