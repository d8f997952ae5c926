"""Readers of single values and of maps with known keys.

Assumes: a tree of ``yaml_tree``. Leaves: a value for everything, and a finding for each mistake; where there
was one, the value is a stand-in, and the file as a whole gives none. A node that is None was missing, which
has been told where it was needed: it gives a stand-in in silence.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import TypeVar

from kamflow.base.diagnostic import Diagnostic, Sink
from kamflow.base.frozen import frozen
from kamflow.base.span import NOWHERE, Source, Span
from kamflow.base.suggest import suggest
from kamflow.base.text import NO_TEXT, Text
from kamflow.base.yaml_tree import YamlList, YamlMap, YamlNode, YamlProblem, YamlValue, source_text
from kamflow.workflow import read_errors as errors
from kamflow.workflow.model import Decided, Duration, Expression, Name, Unit

_Read = TypeVar("_Read")
_Choice = TypeVar("_Choice", bound=StrEnum)

MAP, LIST, VALUE = Text("a map", "映射"), Text("a list", "列表"), Text("one value", "单个值")
NOTHING = Text("nothing", "空")

_NAME = re.compile(r"[^\W\d]\w{0,199}")
_ID = re.compile(r"[^\W_][\w.-]{0,199}")
_DURATION = re.compile(r"([0-9]{1,6}) +([a-z]+(?: +[a-z]+)?)")
_WHOLE = re.compile(r"[0-9]{1,9}")
_PERCENT = re.compile(r"(100|[1-9][0-9]?)%")
_UNITS = {u.value: u for u in Unit} | {u.value.removesuffix("s"): u for u in Unit}
_MOST_OF_A_UNIT = 100_000
_MOST_GUESSES = 200  # of what was meant by unknown keys; a file of nothing else is no workflow
_MOST_SHOWN = 60  # characters of a value, in a message

ZERO = Duration(0, Unit.DAYS)


@frozen
class Fields:
    """A map whose keys are known. ``what``: how it is called in messages. ``slips``: keys that were meant by
    unknown ones. ``broken``: it was no map."""

    node: YamlNode
    what: Text
    values: Mapping[str, YamlNode]
    keys: Mapping[str, Span]
    slips: frozenset[str] = frozenset()
    broken: bool = False

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def get(self, key: str) -> YamlNode | None:
        return self.values.get(key)

    @property
    def span(self) -> Span:
        return self.node.span


class Reading:
    """One file: where findings go, and the readers that need its text."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.sink = Sink()
        self._guesses = 0

    def tell(self, finding: Diagnostic) -> None:
        self.sink.add(finding)

    # ---- maps and lists

    def fields(
        self, node: YamlNode, what: Text, required: Sequence[str], optional: Sequence[str] = ()
    ) -> Fields:
        """Read a map with known keys: tell unknown ones, and in one finding all that are missing."""
        if not isinstance(node, YamlMap):
            self.tell(errors.wrong_shape(node.span, what, shape_of(node)))
            return Fields(node, what, {}, {}, broken=True)
        known = (*required, *optional)
        values: dict[str, YamlNode] = {}
        keys: dict[str, Span] = {}
        slips: set[str] = set()
        for key, value in node.items:
            if key.text in known:
                values[key.text], keys[key.text] = value, key.span
                continue
            self._guesses += 1
            near = suggest(key.text, known) if self._guesses <= _MOST_GUESSES else None
            slips.add(near or "")
            self.tell(errors.unknown_key(key.span, shown(key.text), what, near, known))
        # a key with a slip in its name is not missing too
        missing = [k for k in required if k not in values and k not in slips]
        if missing:
            self.tell(errors.missing_key(_first_line(node.span, self.source), missing, what))
        return Fields(node, what, values, keys, frozenset(slips))

    def pairs(self, node: YamlNode | None, what: Text) -> Iterator[tuple[YamlValue, YamlNode]]:
        """Read a map whose keys are names."""
        if isinstance(node, YamlMap):
            yield from node.items
        elif node is not None:
            self.tell(errors.wrong_shape(node.span, what, shape_of(node)))

    def items(self, node: YamlNode | None, what: Text, *, some: bool = False) -> Iterator[YamlNode]:
        """Read a list; with ``some`` an empty one is told."""
        if isinstance(node, YamlList):
            if some and not node.items:
                self.tell(errors.wrong_shape(node.span, what, Text("an empty one", "空列表")))
            yield from node.items
        elif node is not None:
            self.tell(errors.wrong_shape(node.span, what, shape_of(node)))

    # ---- values

    def value(self, node: YamlNode | None, what: Text = VALUE) -> YamlValue | None:
        """Return a value that says something."""
        match node:
            case None:
                return None
            case YamlValue() if node.text.strip():
                return node
            case _:
                self.tell(errors.wrong_shape(node.span, what, shape_of(node)))
                return None

    def name(self, node: YamlNode | None, what: Text) -> Name:
        """Read a name as the policy language has them: of a state, an event, a variable."""
        value = self.value(node, what)
        if value is None:
            return Name("", node.span if node is not None else NOWHERE)
        text = normal(value.text)
        if not _NAME.fullmatch(text):
            self.tell(errors.no_name(value.span, shown(text), what))
        return Name(text, value.span)

    def id(self, node: YamlNode | None, what: Text) -> Name:
        """Read a name that no expression uses: it may have hyphens and dots."""
        value = self.value(node, what)
        if value is None:
            return Name("", node.span if node is not None else NOWHERE)
        text = normal(value.text)
        if not _ID.fullmatch(text):
            self.tell(errors.no_id(value.span, shown(text), what))
        return Name(text, value.span)

    def names(self, node: YamlNode | None, what: Text, each: Text, *, some: bool = False) -> tuple[Name, ...]:
        return tuple(self.name(item, each) for item in self.items(node, what, some=some))

    def expression(self, node: YamlNode | None) -> Expression:
        """Read text of the policy language."""
        value = self.value(node, Text("an expression", "表达式"))
        if value is None:
            return Expression("", node.span if node is not None else NOWHERE)
        text = source_text(value, self.source.text)
        if isinstance(text, YamlProblem):
            self.tell(errors.no_places(text))
            return Expression("", value.span)
        return Expression(text, value.span)

    def flag(self, node: YamlNode | None) -> bool:
        value = self.value(node)
        if value is None or value.text in ("true", "false"):
            return value is not None and value.text == "true"
        hint = Text("write true or false", "请写 true 或 false")
        self.tell(
            errors.not_understood(value.span, shown(value.text), Text("true or false", "true 或 false"), hint)
        )
        return False

    def whole(self, node: YamlNode | None, least: int = 0, most: int = 999_999_999) -> int:
        value = self.value(node)
        if value is None:
            return least
        if _WHOLE.fullmatch(value.text) and least <= int(value.text) <= most:
            return int(value.text)
        wanted = Text(f"a whole number from {least} to {most:,}", f"{least} 到 {most:,} 之间的整数")
        self.tell(errors.not_understood(value.span, shown(value.text), wanted))
        return least

    def percent(self, node: YamlNode | None) -> int:
        """Read ``50%`` as 50; 1 to 100."""
        value = self.value(node)
        if value is None:
            return 0
        found = _PERCENT.fullmatch(value.text)
        if found:
            return int(found[1])
        wanted = Text("a percentage from 1% to 100%", "1% 到 100% 之间的百分比")
        self.tell(
            errors.not_understood(value.span, shown(value.text), wanted, Text("write 50%", "请写成 50%"))
        )
        return 0

    def choice(self, node: YamlNode | None, of: type[_Choice], otherwise: _Choice) -> _Choice:
        value = self.value(node)
        if value is None:
            return otherwise
        known = [str(c.value) for c in of]
        if value.text in known:
            return of(value.text)
        self.tell(errors.not_one_of(value.span, shown(value.text), suggest(value.text, known), known))
        return otherwise

    def word(self, node: YamlNode | None, known: Sequence[str]) -> str:
        """Read one of a few words; the first stands for a wrong or missing one."""
        value = self.value(node)
        if value is None or value.text in known:
            return known[0] if value is None else value.text
        self.tell(errors.not_one_of(value.span, shown(value.text), suggest(value.text, known), known))
        return known[0]

    def duration(self, node: YamlNode | None, *, zero: bool = False) -> Duration:
        value = self.value(node, Text("a duration", "时长"))
        if value is None:
            return ZERO
        found = _DURATION.fullmatch(value.text)
        unit = _UNITS.get(" ".join(found[2].split())) if found else None
        if found is None or unit is None:
            self.tell(errors.no_duration(value.span, shown(value.text)))
            return ZERO
        amount = int(found[1])
        if amount > _MOST_OF_A_UNIT or (amount == 0 and not zero):
            text = shown(value.text)
            said = Text(f"`{text}` is no time", f"“{text}”没有时长")
            if amount:
                most = f"{_MOST_OF_A_UNIT:,}"
                said = Text(f"`{text}` is more than {most} of a unit", f"“{text}”超过了上限 {most}")
            self.tell(errors.no_duration(value.span, text, said))
        return Duration(amount, unit, value.span)

    def decided(self, node: YamlMap) -> Decided:
        """Read ``{amount: respond_in, unit: days}``: a time that the policies decide."""
        f = self.fields(node, Text("a time that policies decide", "由策略决定的时长"), ("amount", "unit"))
        return Decided(self.expression(f.get("amount")), self._unit(f.get("unit")), node.span)

    def _unit(self, node: YamlNode | None) -> Unit:
        value = self.value(node, Text("a unit of time", "时间单位"))
        found = _UNITS.get(" ".join(value.text.split())) if value is not None else None
        if value is not None and found is None:
            known = [u.value for u in Unit]
            self.tell(errors.not_one_of(value.span, shown(value.text), suggest(value.text, known), known))
        return found or Unit.DAYS

    def label(self, node: YamlNode | None) -> Text:
        """Read ``{en: …, zh: …}``."""
        if node is None:
            return NO_TEXT
        fields = self.fields(node, Text("a label", "标签"), (), ("en", "zh"))
        return self.words(fields)

    def words(self, fields: Fields) -> Text:
        """Read ``en`` and ``zh`` of a map; one that is missing is a warning."""
        both = [self._words_in(fields.get(lang)) for lang in ("en", "zh")]
        if fields.broken or fields.slips & {"en", "zh"}:
            return Text(*both)
        if not any(both):
            self.tell(errors.missing_key(_first_line(fields.span, self.source), ("en", "zh"), fields.what))
        elif not all(both):
            lang = "zh" if both[0] else "en"
            self.tell(errors.one_language(_first_line(fields.span, self.source), lang))
        return Text(*both)

    def _words_in(self, node: YamlNode | None) -> str:
        if isinstance(node, YamlValue):
            return " ".join(node.text.split())
        if node is not None:
            self.tell(errors.wrong_shape(node.span, VALUE, shape_of(node)))
            return "?"  # one mistake: it is not missing too
        return ""


def maybe(read: Callable[[YamlNode | None], _Read], node: YamlNode | None) -> _Read | None:
    """Read what may be left out."""
    return None if node is None else read(node)


def normal(text: str) -> str:
    """Return a name in the form in which names are compared."""
    return unicodedata.normalize("NFC", text.strip())


def shown(text: str) -> str:
    one_line = " ".join(text.split())
    return one_line if len(one_line) <= _MOST_SHOWN else one_line[: _MOST_SHOWN - 1] + "…"


def shape_of(node: YamlNode) -> Text:
    match node:
        case YamlMap():
            return MAP
        case YamlList():
            return LIST
        case YamlValue() if not node.text.strip():
            return NOTHING
        case YamlValue():
            return VALUE


def _first_line(span: Span, source: Source) -> Span:
    """Point at the beginning of a long map, not at all of it."""
    end = source.text.find("\n", span.start, span.end)
    return span if end < 0 else Span(span.source, span.start, max(span.start, end))
