"""What a benefit is worked out from, and what comes of it; all money is whole fen.

The order of the amounts is the national interface's (reference 5.1): total − own_pay − over_limit − pre_self =
in_scope; in_scope − deductible, × ratio = pool; then supplement, serious, civil, enterprise, aid, extra_aid.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

from jingban.core.errors import DomainError

Insurance = Literal["employee", "resident"]
Care = Literal["outpatient", "chronic", "special", "inpatient", "emergency", "prenatal"]
Place = Literal["local", "filed", "referred", "emergency", "temporary", "unfiled"]
"""Local; filed for long (安置、长居、常驻); referred (转诊); 急诊抢救; filed otherwise (其他临时外出); not filed."""
Level = Literal["village", "0", "1", "2", "3", "province"]
"""Of the institution: 0 is a township hospital or a community station (基层); province is of the third level, too."""
Klass = Literal["A", "B", "C"]
Fund = Literal[
    "employee",
    "supplement",
    "civil",
    "enterprise",
    "resident",
    "serious",
    "maternity",
    "aid",
    "personal",
    "reward",
]
"""``reward``: what the agency's own budget sets aside for tip-offs (举报奖励资金), no insurance fund."""


class ClaimWrong(DomainError):
    """What was entered cannot be worked out; the text says what to look at."""

    code = "claim_wrong"


class NotEntitled(DomainError):
    """The law or the region's rule gives this person nothing for it; ``details["reasons"]`` has each reason."""

    code = "not_entitled"


class Exclusion(NamedTuple):
    """Why the fund pays nothing for a line."""

    text: str
    article: str


EXCLUSIONS: Mapping[str, Exclusion] = MappingProxyType(
    {
        "work_injury": Exclusion("应当从工伤保险基金中支付", "社会保险法第三十条第一款第一项"),
        "third_party": Exclusion("应当由第三人负担", "社会保险法第三十条第一款第二项"),
        "public_health": Exclusion("应当由公共卫生负担", "社会保险法第三十条第一款第三项"),
        "abroad": Exclusion("在境外就医", "社会保险法第三十条第一款第四项"),
        "not_in_list": Exclusion("不在医保目录内", "社会保险法第二十八条"),
        "limited_use": Exclusion("不符合目录的限定支付范围", "社会保险法第二十八条"),
        "before_waiting": Exclusion("发生在待遇等待期内", "参保地待遇等待期规定"),
        "not_insured": Exclusion("发生在未参保或暂停待遇期间", "社会保险法第二十三条至第二十五条"),
        "fitness": Exclusion("体育健身、养生保健、健康体检费用", "医保发〔2021〕5号 医疗保障待遇清单"),
        "paid_elsewhere": Exclusion("已经由其他地方或其他保险报销", "先报销部分不重复支付"),
    }
)
"""Coded reasons of 社会保险法 art. 30 and of the catalogue; a line with one is paid whole by the person (全自费)."""
THIRD_PARTY = "third_party"
BEYOND_CATALOGUE = frozenset({"not_in_list", "limited_use"})
"""Reasons of the catalogue alone: a quota for a whole birth (定额) covers such a line as it covers 丙类."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the list of expenses, priced against the catalogue of its own day."""

    seq: int
    day: date
    code: str
    name: str
    klass: Klass
    amount: int
    quantity: Decimal
    price: Decimal
    own_share: Decimal = Decimal(0)
    price_limit: Decimal | None = None
    excluded: str = ""


@dataclass(frozen=True, slots=True)
class Split:
    """What of an amount is 全自费, 超限价, 先行自付 and 政策范围内; together the amount."""

    own_pay: int = 0
    over_limit: int = 0
    pre_self: int = 0
    in_scope: int = 0

    @property
    def total(self) -> int:
        return self.own_pay + self.over_limit + self.pre_self + self.in_scope

    def __add__(self, other: Split) -> Split:
        return Split(
            self.own_pay + other.own_pay,
            self.over_limit + other.over_limit,
            self.pre_self + other.pre_self,
            self.in_scope + other.in_scope,
        )


@dataclass(frozen=True, slots=True)
class Claim:
    """One visit or one stay.

    ``admission`` is the stay's number in the year; 0 takes it from the year's accumulators. ``age`` is needed only where
    a cap depends on it. ``aid`` is the category of who gets medical aid (救助对象类别), or empty.
    """

    insurance: Insurance
    care: Care
    status: str
    level: Level
    place: Place
    began_on: date
    ended_on: date
    lines: tuple[Line, ...]
    admission: int = 0
    commercial: int = 0
    third_party_paid: int = 0
    is_civil_servant: bool = False
    has_enterprise_supplement: bool = False
    aid: str = ""
    disease: str = ""
    age: int | None = None


@dataclass(frozen=True, slots=True)
class Year:
    """What a person's year has added up to before a claim: the sum of the increments of the claims before it.

    Keys are those of ``Result.increments``, named after the parameter table whose yearly rule needs them, such as
    ``employee-outpatient.in_scope`` (docs/algorithms/benefits.md lists all); a key that nothing was added to is 0.
    """

    sums: Mapping[str, int] = field(default_factory=dict)

    def of(self, key: str) -> int:
        return self.sums.get(key, 0)

    def after(self, increments: Mapping[str, int]) -> Year:
        """The year with a result's ``increments`` added."""
        keys = {*self.sums, *increments}
        return Year({key: self.of(key) + increments.get(key, 0) for key in sorted(keys)})


@dataclass(frozen=True, slots=True)
class UsedFigure:
    """A parameter as it was read: what it said on the day, and where that stands."""

    name: str
    title: str
    value: str
    unit: str
    source: str
    status: str
    day: date


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the explanation: a named amount, how it came about, and the parameters that it used.

    ``amount`` is fen, or where ``unit`` says so a number of days.
    """

    key: str
    name: str
    amount: int
    formula: str
    used: tuple[str, ...] = ()
    unit: Literal["yuan", "days"] = "yuan"


@dataclass(frozen=True, slots=True)
class Result:
    """Named amounts in fen, their explanation, and what they add to the person's year.

    ``amounts`` always has total, fund and person; ``parts`` says which fund pays how much and sums to fund.
    """

    amounts: Mapping[str, int]
    steps: tuple[Step, ...]
    used: tuple[UsedFigure, ...] = ()
    increments: Mapping[str, int] = field(default_factory=dict)
    parts: Mapping[str, int] = field(default_factory=dict)

    @property
    def illustrative(self) -> tuple[str, ...]:
        """Names of the figures that are only illustrations: production pays nothing by them."""
        return tuple(dict.fromkeys(used.name for used in self.used if used.status == "illustrative"))

    def as_data(self) -> dict[str, Any]:
        """Plain data for JSON, days as text."""
        return {
            "amounts": dict(self.amounts),
            "parts": dict(self.parts),
            "increments": dict(self.increments),
            "steps": [{**asdict(step), "used": list(step.used)} for step in self.steps],
            "used": [{**asdict(used), "day": used.day.isoformat()} for used in self.used],
            "illustrative": list(self.illustrative),
        }
