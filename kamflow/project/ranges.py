"""A type with its range, in words: ``money in CNY, 0.00 CNY to 10,000,000.00 CNY``."""

from __future__ import annotations

import re

from kamflow.base.text import Text
from kamflow.core.ty import EnumTy, OptTy, ScaledTy, Ty, UnitKind, show_ty
from kamflow.intake.show_value import show_amount

_WHOLE = re.compile(r"(-?)(\d+)", re.ASCII)


def show_range(ty: Ty) -> Text:
    """Name a type with the range of its amounts, the members of its enum."""
    match ty:
        case OptTy(inner):
            shown = show_range(inner)
            return Text(f"{shown.en}, may be missing", f"{shown.zh}，可缺失")
        case ScaledTy(_, _, lo, hi):
            shown, low, high = show_ty(ty), show_grouped(lo, ty), show_grouped(hi, ty)
            return Text(f"{shown.en}, {low.en} to {high.en}", f"{shown.zh}，{low.zh} 至 {high.zh}")
        case EnumTy(name, members, ordered):
            sign, comma = (" < ", " < ") if ordered else (", ", "、")
            return Text(f"{name} ({sign.join(members)})", f"{name}（{comma.join(members)}）")
        case _:
            return show_ty(ty)


def show_grouped(value: int, ty: ScaledTy) -> Text:
    """Write an amount with thousands apart."""
    text = show_amount(value, ty)
    found = _WHOLE.match(text) if ty.unit.kind is not UnitKind.DATE else None
    shown = f"{found[1]}{int(found[2]):,}{text[found.end() :]}" if found is not None else text
    chinese = re.sub(" months?$", " 个月", re.sub(" days?$", " 天", shown))
    return Text(shown, chinese)
