"""What this engine refuses, by name, and why."""

from __future__ import annotations

from kamflow.base.text import Text
from kamflow.core.ty import INT128
from kamflow.engines.sql.dialects import Dialect
from kamflow.engines.sql.plan import Refused


class RefusedError(Exception):
    """Control flow inside this engine only: carries a ``Refused`` up to ``compile_sql``."""

    def __init__(self, what: Refused) -> None:
        super().__init__(what.name)
        self.what = what


def _refused(name: str, en: str, zh: str) -> RefusedError:
    """``name`` may be that of a hidden definition (``rank#pop1 of account``): people know it as ``rank``."""
    head, of, record = name.partition(" of ")
    return RefusedError(Refused(head.partition("#")[0] + of + record, Text(en, zh)))


def too_wide(name: str, dialect: Dialect) -> RefusedError:
    if dialect.most == INT128:
        return _refused(
            name,
            "an amount in it may need more than 128 bits, which SQL does not have",
            "其中的数值可能超过 128 位，SQL 无法精确表示",
        )
    digits = len(str(dialect.most_quotient))
    return _refused(
        name,
        f"an amount in it may need more than the 38 digits (quotients: {digits}) that {dialect.name} has",
        f"其中的数值可能超过 {dialect.name} 的 38 位数字（商：{digits} 位）",
    )


def computed_record(name: str) -> RefusedError:
    return _refused(
        name,
        "it reads fields of a record that is itself computed; SQL reads records as they were given",
        "它读取的记录是计算得来的，而 SQL 只能读取原样给出的记录",
    )


def too_many_rows(name: str, count: int, most: int) -> RefusedError:
    return _refused(
        name,
        f"a set of {count} rows or rules may apply; over columns at most {most} can be told apart",
        f"可能同时适用的行或规则有 {count} 条；按列计算时最多只能区分 {most} 条",
    )


def foreign_population(name: str, population: str, record: str) -> RefusedError:
    return _refused(
        name,
        f"population `{population}` is asked of a record inside a {record}; over columns a population is "
        f"that of the records themselves",
        f"群体 `{population}` 是对 {record} 内部的记录提问的；按列计算时群体只能由各条记录本身组成",
    )


def unsure_population(name: str, population: str, what: str) -> RefusedError:
    return _refused(
        name,
        f"who is in population `{population}` rests on `{what}`, which may have no answer for some record",
        f"群体 `{population}` 的成员取决于 `{what}`，而它对某些记录可能没有答案",
    )


def wide_measure(name: str) -> RefusedError:
    return _refused(
        name,
        "the sum of this measure over a large population may need more than 128 bits",
        "该度量在大群体上的合计可能超过 128 位",
    )


def too_long(name: str) -> RefusedError:
    return _refused(
        name,
        "its definitions rest on each other in so long a chain that no database would take the query",
        "其定义逐个依赖，链条过长，数据库无法执行这样的查询",
    )


def hidden_nul(name: str) -> RefusedError:
    return _refused(
        name,
        "a text in it holds the character NUL, which SQL texts cannot hold",
        "其中的文本含有 NUL 字符，SQL 文本无法包含",
    )


def unknown_dialect(name: str, known: str) -> RefusedError:
    return _refused(name, f"this SQL is not known; {known} are", f"未知的 SQL 方言；已知的有 {known}")
