"""What maternity benefits are worked out from: what happened, and through whom it is insured (社会保险法 arts. 54 to 56)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType
from typing import Literal

from jingban.benefits.rules.figures import Figures
from jingban.benefits.rules.model import ClaimWrong, Insurance, NotEntitled, Step

Kind = Literal["birth", "miscarriage", "operation", "prenatal"]
Role = Literal["own", "spouse", "former"]
"""The insured woman herself (or whoever was operated on); an insured man's spouse without work; who left her unit."""

WAYS: Mapping[str, str] = MappingProxyType(
    {"natural": "正常产", "assisted": "助娩产", "dystocia": "难产", "caesarean": "剖宫产"}
)
"""Of the dictionary matn_type 1, 2, 4, 3."""
OPERATIONS: Mapping[str, str] = MappingProxyType(
    {
        "iud-in": "放置宫内节育器",
        "iud-out": "取出宫内节育器",
        "sterilisation": "输卵管结扎",
        "vasectomy": "输精管结扎",
        "reversal": "复通手术",
    }
)
"""Of the dictionary birctrl_type; abortions (流产术、引产术) are miscarriages here, as for the days of leave."""
MOST_INFANTS = 9
SAME_PREGNANCY = timedelta(days=180)
"""Two births, or a due day and a birth, closer than this are of one pregnancy."""
SAME_EVENT = timedelta(days=30)
"""Two miscarriages, or the same operation twice, closer than this are one."""


@dataclass(frozen=True, slots=True)
class Event:
    """A birth, a miscarriage, an operation, or the checks of a pregnancy (``on``: the day of birth or the due day).

    ``child``: the last-born is the mother's how-manieth. ``months``: full months of the pregnancy at a miscarriage.
    ``operation``: one of OPERATIONS; it may go with a birth.
    """

    kind: Kind
    on: date
    way: str = "natural"
    infants: int = 1
    child: int = 1
    months: int | None = None
    operation: str = ""

    def __post_init__(self) -> None:
        if faults := [*_of_a_birth(self), *_of_the_rest(self)]:
            raise ClaimWrong(f"{'；'.join(faults)}。", faults=faults)


def is_same_event(one: Event, other: Event) -> bool:
    """Whether two events can only be one, entered with another day or as another kind.

    A pregnancy ends once: two births within half a year, a miscarriage within a month of a birth or a miscarriage. The same
    operation within a month is one; another operation is another. Checks before a birth are no event of their own.
    """
    apart = abs(one.on - other.on)
    if "prenatal" in (one.kind, other.kind):
        return False
    if one.kind == other.kind == "birth":
        return apart <= SAME_PREGNANCY
    if one.operation and one.operation == other.operation and apart <= SAME_EVENT:
        return True
    return "operation" not in (one.kind, other.kind) and apart <= SAME_EVENT


@dataclass(frozen=True, slots=True)
class Insured:
    """Who has the claim. ``unit_kind``: as the unit's register has it, empty without a unit; ``months``: paid without
    a gap up to the event."""

    role: Role = "own"
    insurance: Insurance = "employee"
    unit_kind: str = ""
    months: int = 0


def _of_a_birth(event: Event) -> list[str]:
    faults = []
    if event.way not in WAYS:
        faults.append(f"请选择分娩方式：{'、'.join(WAYS.values())}")
    if not 1 <= event.infants <= MOST_INFANTS:
        faults.append(f"婴儿数{event.infants}不对，请按出院记录填写1至{MOST_INFANTS}")
    if event.child < event.infants:
        faults.append(f"孩次{event.child}小于婴儿数{event.infants}，请填写最后出生的是第几个子女")
    return faults


def _of_the_rest(event: Event) -> list[str]:
    faults = []
    if event.kind == "miscarriage" and event.months is None:
        faults.append("请按病历填写流产时怀孕满几个月")
    if event.months is not None and not 0 <= event.months <= 10:
        faults.append(f"怀孕满{event.months}个月不对，请按病历填写")
    if event.kind == "operation" and not event.operation:
        faults.append(f"请选择手术：{'、'.join(OPERATIONS.values())}")
    if event.operation and event.operation not in OPERATIONS:
        faults.append(f"没有“{event.operation}”这种手术，请选择：{'、'.join(OPERATIONS.values())}")
    return faults


def months_missing(insured: Insured, table: str, figures: Figures) -> list[str]:
    """The reason, where the region asks for so many months without a gap and the person has fewer."""
    needed = figures.count(f"{table}.months-required")
    if insured.months >= needed:
        return []
    return [f"本地要求连续缴满{needed}个月，到发生时连续缴费{insured.months}个月"]


def refuse(benefit: str, reasons: Iterable[str]) -> None:
    """Raise NotEntitled with all reasons at once; nothing where there is none."""
    if listed := list(reasons):
        raise NotEntitled(
            f"不能支付{benefit}：{'；'.join(listed)}。请按不予办理写明理由和依据。", reasons=listed
        )


def step(figures: Figures, key: str, name: str, amount: int, formula: str) -> Step:
    """A step of money, with the figures read for it."""
    return Step(key, name, amount, formula, figures.taken())


def days_step(figures: Figures, key: str, name: str, days: int, formula: str) -> Step:
    """A step that counts days, with the figures read for it."""
    return Step(key, name, days, formula, figures.taken(), unit="days")
