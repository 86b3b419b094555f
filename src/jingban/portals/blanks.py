"""A field of a form as an input: which kind of input, with which help, and what was typed into it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date

from django.http import QueryDict

from jingban.rulebook.diseases import diseases
from jingban.rulebook.effective import FormField
from jingban.rulebook.figures import figures

RADIOS = 6
"""So many choices are all shown at once; more, or one that may be left open, stand in a list to pull down."""
LOCAL_DISEASES = "chronic-diseases"
"""The figure by which a region says which diseases it recognises; without one it is all of the coding."""
EXAMPLES = {
    "day": "年月日8位数字，例如 20260930",
    "month": "年月6位数字，例如 202609",
    "year": "4位数字，例如 2027",
    "amount": "例如 5000 或 5000.50",
    "bank": "只填数字，对照银行卡核对",
    "id": "身份证18位，末位可以是X",
    "credit": "18位数字或字母",
    "places": "6位行政区划代码，例如北京市 110000",
    "number": "只填数字",
}
INPUT_MODES = {
    **dict.fromkeys(("day", "month", "year", "number", "bank"), "numeric"),
    "amount": "decimal",
    "phone": "tel",
}
AUTOCOMPLETE = {"name": "name", "phone": "tel"}


@dataclass(frozen=True, slots=True)
class Option:
    """One of several answers."""

    key: str
    label: str
    on: bool


@dataclass(frozen=True, slots=True)
class Blank:
    """A field with what was typed and what is wrong with it. ``name`` is the input's name and id."""

    field: FormField
    name: str
    value: str = ""
    error: str = ""
    asked: bool = True
    options: tuple[Option, ...] = ()
    mark: str = ""
    """What to draw attention to: an answer that is to be put right."""
    now: str = ""
    """What the case says so far, masked, where it is not filled in again: nothing typed leaves it."""

    @property
    def widget(self) -> str:
        if self.field.kind == "choice":
            few = self.field.required and len(self.options) <= RADIOS
            return "radios" if few else "select"
        return {"long": "long", "diseases": "ticks"}.get(self.field.kind, "line")

    @property
    def help(self) -> str:
        """The field's own hint, and how to write such an answer where the hint does not say."""
        if self.widget == "ticks":
            return "可以选几种"
        hint, example = self.field.hint or "", EXAMPLES.get(self.field.kind, "")
        if any(sign.isdecimal() for sign in hint):
            example = ""
        return "；".join(part for part in (hint, example) if part)

    @property
    def inputmode(self) -> str:
        return INPUT_MODES.get(self.field.kind, "")

    @property
    def autocomplete(self) -> str:
        return AUTOCOMPLETE.get(self.name, "off")


def blank(
    field: FormField,
    name: str,
    value: str,
    *,
    region: str,
    day: date,
    error: str = "",
    asked: bool = True,
    mark: str = "",
    now: str = "",
) -> Blank:
    """The field as an input of a page, with its choices."""
    return Blank(field, name, value, error, asked, _options(field, value, region, day), mark, now)


def typed_answer(data: QueryDict, name: str, field: FormField) -> str:
    """What was sent for a field; ticks come as several values."""
    if field.kind == "diseases":
        return "、".join(part for part in data.getlist(name) if part)
    return data.get(name, "")


def options(pairs: Iterable[tuple[str, str]], on: Collection[str]) -> tuple[Option, ...]:
    return tuple(Option(key, label, key in on) for key, label in pairs)


def _options(field: FormField, value: str, region: str, day: date) -> tuple[Option, ...]:
    if field.kind == "diseases":
        return options(_diseases(region, day), value.split("、"))
    return options(field.choices.items(), {value})


def _diseases(region: str, day: date) -> list[tuple[str, str]]:
    """The diseases that the region recognises, by their names."""
    book = figures(region)
    local = book[LOCAL_DISEASES].text_at(day).split("、") if LOCAL_DISEASES in book else None
    return [
        (code, f"{name}（{code}）") for code, name in diseases().items() if local is None or code in local
    ]
