"""A type with its range, in words: ``money in CNY, 0.00 CNY to 10,000,000.00 CNY``."""

from __future__ import annotations

from kamflow.base.text import Lang, Text
from kamflow.core.ty import EnumTy, OptTy, ScaledTy, Ty, show_ty
from kamflow.core.wording import say_amount


def show_range(ty: Ty) -> Text:
    """Name a type with the range of its amounts, the members of its enum."""
    match ty:
        case OptTy(inner):
            shown = show_range(inner)
            return Text(f"{shown.en}, may be missing", f"{shown.zh}，可缺失")
        case ScaledTy(_, _, lo, hi):
            shown, low, high = show_ty(ty), say_amount(lo, ty), say_amount(hi, ty)
            return Text(
                f"{shown.en}, {low.en} to {high.en}", f"{shown.zh}，{low.in_(Lang.ZH)} 至 {high.in_(Lang.ZH)}"
            )
        case EnumTy(name, members, ordered):
            sign, comma = (" < ", " < ") if ordered else (", ", "、")
            return Text(f"{name} ({sign.join(members)})", f"{name}（{comma.join(members)}）")
        case _:
            return show_ty(ty)
