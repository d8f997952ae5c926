"""Tables as people have them → the typed columns of ``core/columns.py``, and decisions back.

Assumes of a source: a column for each field that the query reads, by the field's own name (``account.region``
for a record within the record); exact numbers, dates, yes/no, texts; members by name. Leaves typed lines of
those records alone that ``intake`` would take as they stand: whatever is not exactly a value of its field
spoils its record, a line of a list the record that it belongs to.

Casts stand here, but none decides: each is of a value that was compared with its range, and what comes of it
is compared with what it was made of.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlglot import exp

from kamflow.core.columns import Column, Physical
from kamflow.core.ty import INT64, BoolTy, EnumTy, ScaledTy, TextTy, Ty, UnitKind, strip_opt
from kamflow.engines.sql.dialects import Dialect
from kamflow.engines.sql.terms import literal_int
from kamflow.values.decimals import show_scaled

EPOCH = date(1970, 1, 1)
MAX_TEXT = 10_000
MOST_DIGITS = 36


@dataclass(frozen=True, slots=True)
class Natural:
    """How a dialect says what only tables of people need: dates, decimals, lengths."""

    dialect: Dialect

    def decimal(self, digits: int, scale: int) -> exp.DataType:
        name = self.dialect.name
        if name == "bigquery":
            kind = "NUMERIC" if digits - scale <= 29 and scale <= 9 else "BIGNUMERIC"
            return exp.DataType.build(kind, dialect=name)
        kind = "NUMERIC" if name == "postgres" else "DECIMAL"
        return exp.DataType.build(f"{kind}({digits}, {scale})", dialect=name)

    def cast(self, value: exp.Expr, physical: Physical) -> exp.Expr:
        return exp.Cast(this=value, to=self.dialect.type_of(physical))

    def day_number(self, day: exp.Expr) -> exp.Expr:
        """Return the number of a date, as Python counts."""
        start = _date(EPOCH)
        match self.dialect.name:
            case "postgres":
                days: exp.Expr = exp.Paren(this=exp.Sub(this=day, expression=start))
            case "spark":
                days = exp.Anonymous(this="DATEDIFF", expressions=[day, start])
            case _:
                days = exp.DateDiff(this=day, expression=start, unit=exp.var("DAY"))
        return exp.Add(this=days, expression=exp.Literal.number(EPOCH.toordinal()))

    def day(self, number: exp.Expr) -> exp.Expr:
        """Return the date of a number."""
        days = exp.Paren(this=exp.Sub(this=number, expression=exp.Literal.number(EPOCH.toordinal())))
        start = _date(EPOCH)
        match self.dialect.name:
            case "postgres" | "duckdb":
                small = exp.Cast(this=days, to=self.dialect.type_of(Physical.INT32))
                return exp.Add(this=start, expression=small)
            case "spark":
                small = exp.Cast(this=days, to=self.dialect.type_of(Physical.INT32))
                return exp.Anonymous(this="DATE_ADD", expressions=[start, small])
            case "snowflake":
                return exp.Anonymous(this="DATEADD", expressions=[exp.var("DAY"), days, start])
            case _:
                return exp.DateAdd(this=start, expression=days, unit=exp.var("DAY"))

    def same_text(self, value: exp.Expr) -> exp.Expr:
        """Return a text that is compared by its characters alone, whatever the column says."""
        if self.dialect.name == "postgres":
            return exp.Collate(this=value, expression=exp.to_identifier("C", quoted=True))
        return value

    # ---- in

    def typed(self, value: exp.Expr, ty: Ty) -> exp.Expr:
        """Return the value of a field, or NULL where a column holds nothing that is exactly one."""
        match strip_opt(ty):
            case BoolTy():
                return value
            case TextTy():
                length = exp.Length(this=value.copy())
                fits = exp.LTE(this=length, expression=exp.Literal.number(MAX_TEXT))
                return _where(fits, self.same_text(value))
            case EnumTy(_, members, _):
                ifs = [
                    exp.If(
                        this=exp.EQ(this=self.same_text(value.copy()), expression=exp.Literal.string(m)),
                        true=self.cast(exp.Literal.number(i), Physical.INT64),
                    )
                    for i, m in enumerate(members)
                ]
                return exp.Case(ifs=ifs)
            case ScaledTy(unit, _, lo, hi) if unit.kind is UnitKind.DATE:
                as_day = exp.Cast(this=value.copy(), to=exp.DataType.build("DATE"))
                same = exp.EQ(this=as_day.copy(), expression=value.copy())
                ends = (_date(date.fromordinal(lo)), _date(date.fromordinal(hi)))
                number = self.cast(self.day_number(as_day), Physical.INT64)
                return _where(_between(value, *ends), _where(same, number))
            case ScaledTy(_, scale, lo, hi):
                ends = (_decimal_literal(lo, scale), _decimal_literal(hi, scale))
                digits = max(len(str(abs(lo))), len(str(abs(hi))), scale + 1)
                whole, exact = self._exact(value, digits, scale)
                same = exp.EQ(this=exact.copy(), expression=whole)
                scaled = self._scaled(exact, scale)
                wide = Physical.INT64 if max(hi, -lo) <= INT64 else Physical.INT128
                return _where(_between(value, *ends), _where(same, self.cast(scaled, wide)))
            case _:
                raise AssertionError(f"{ty} is not one column")

    def _exact(self, value: exp.Expr, digits: int, scale: int) -> tuple[exp.Expr, exp.Expr]:
        """Return a number, and what it is with so many decimals: the same where it has no more."""
        if self.dialect.name != "bigquery":
            return value.copy(), exp.Cast(this=value.copy(), to=self.decimal(digits, scale))
        number = exp.Cast(this=value.copy(), to=self.dialect.type_of(Physical.INT128))
        return number, exp.Round(this=number.copy(), decimals=exp.Literal.number(scale))

    def _scaled(self, exact: exp.Expr, scale: int) -> exp.Expr:
        """Multiply by a power of ten."""
        if scale == 0:
            return exact
        power = exp.Cast(this=exp.Literal.number(10**scale), to=self.decimal(scale + 1, 0))
        return exp.Mul(this=exact, expression=power)

    # ---- out

    def shown(self, value: exp.Expr, ty: Ty) -> exp.Expr:
        """Return a value of a decision as people have it; lists stay as they are."""
        match strip_opt(ty):
            case EnumTy(_, members, _):
                ifs = [
                    exp.If(this=literal_int(i).node(), true=exp.Literal.string(m))
                    for i, m in enumerate(members)
                ]
                return exp.Case(this=value, ifs=ifs)
            case ScaledTy(unit, _, _, _) if unit.kind is UnitKind.DATE:
                return self.day(value)
            case ScaledTy(_, scale, lo, hi) if scale:
                digits = max(len(str(abs(lo))), len(str(abs(hi))), scale + 1)
                whole = exp.Cast(this=value, to=self.decimal(digits, 0))
                tenth = exp.Literal.string(show_scaled(1, scale))
                return exp.Mul(this=whole, expression=exp.Cast(this=tenth, to=self.decimal(scale + 1, scale)))
            case _:
                return value


def too_wide_for_natural(ty: Ty) -> bool:
    """Say whether a decimal column of a field would need more digits than decimals have."""
    match strip_opt(ty):
        case ScaledTy(_, scale, lo, hi):
            return len(str(max(abs(lo), abs(hi)))) + scale + 1 > MOST_DIGITS
        case _:
            return False


def name_of(column: Column) -> str:
    """Return the name of a column in a table of people; the value of a plain list has none."""
    return ".".join(column.path) or "value"


def _date(day: date) -> exp.Expr:
    return exp.Cast(this=exp.Literal.string(day.isoformat()), to=exp.DataType.build("DATE"))


def _decimal_literal(value: int, scale: int) -> exp.Expr:
    digits = exp.Literal.number(show_scaled(abs(value), scale))
    return exp.Paren(this=exp.Neg(this=digits)) if value < 0 else digits


def _between(value: exp.Expr, lo: exp.Expr, hi: exp.Expr) -> exp.Expr:
    return exp.And(
        this=exp.GTE(this=value.copy(), expression=lo), expression=exp.LTE(this=value.copy(), expression=hi)
    )


def _where(cond: exp.Expr, value: exp.Expr) -> exp.Expr:
    return exp.Case(ifs=[exp.If(this=cond, true=value)])
