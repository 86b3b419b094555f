"""The parts of which entries are made (basis, limit, material, condition …), in the national files, a region's and the
effective item; every model is frozen and closed, and text must be text."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict, field_validator, model_validator

from jingban.rulebook.chinese import articles_text, limit_text

Tier = Literal["agency", "grassroots"]
Whole = Annotated[int, Strict(), Field(ge=0)]
Flag = Annotated[bool, Strict()]


def _as_tuple(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Texts = tuple[str, ...]
Ids = Annotated[tuple[str, ...], BeforeValidator(_as_tuple)]


class Record(BaseModel):
    """Frozen and closed: an unknown key is an error, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)


class LegalBasis(Record):
    """A law by id of laws.yaml, or by its own title."""

    law: str | None = None
    title: str | None = None
    number: str | None = None
    articles: Texts = ()
    text_override: str | None = Field(default=None, alias="text")

    @model_validator(mode="after")
    def _named(self) -> LegalBasis:
        if not (self.law or self.title):
            raise ValueError("依据要写 law（laws.yaml 的编号）或 title")
        return self

    @property
    def text(self) -> str:
        """As a guide cites it: 《中华人民共和国社会保险法》第五十七条."""
        if self.text_override:
            return self.text_override
        title = (self.title or self.law or "").removeprefix("《").removesuffix("》")
        # A law of the country is cited by its name alone, everything below it with its number.
        number = f"（{self.number}）" if self.number and not title.startswith("中华人民共和国") else ""
        return f"《{title}》{number}{articles_text(self.articles)}"


class Limit(Record):
    """How long something may take; 0 working days is 即时办结."""

    working_days: Whole | None = None
    calendar_days: Whole | None = None
    calendar_months: Whole | None = None
    for_: str | None = Field(default=None, alias="for")
    start: str | None = Field(default=None, alias="from")
    by_rule: str | None = None
    at_payment: Flag = False
    basis: tuple[LegalBasis, ...] = ()
    note: str | None = None

    @field_validator("basis", mode="before")
    @classmethod
    def _one_basis(cls, value: Any) -> Any:
        return (value,) if isinstance(value, dict) else value

    @model_validator(mode="after")
    def _one_unit(self) -> Limit:
        if sum(x is not None for x in (self.working_days, self.calendar_days, self.calendar_months)) > 1:
            raise ValueError("期限只写一种单位")
        return self

    @property
    def amount(self) -> int | None:
        for value in (self.working_days, self.calendar_days, self.calendar_months):
            if value is not None:
                return value
        return None

    @property
    def unit(self) -> Literal["working_days", "calendar_days", "calendar_months"] | None:
        if self.working_days is not None:
            return "working_days"
        if self.calendar_days is not None:
            return "calendar_days"
        return "calendar_months" if self.calendar_months is not None else None

    @property
    def at_once(self) -> bool:
        return self.working_days == 0

    @property
    def text(self) -> str:
        return limit_text(self.unit, self.amount, self.for_, self.by_rule)


class Segment(Record):
    """A part of the limit that one agency has (such as 发函5日、信息表10日、办结5日)."""

    name: str
    working_days: Whole | None = None
    calendar_days: Whole | None = None
    calendar_months: Whole | None = None
    start: str | None = Field(default=None, alias="from")
    at: str | None = None
    clock: str | None = None

    def as_limit(self) -> Limit:
        return Limit.model_validate(
            {
                "working_days": self.working_days,
                "calendar_days": self.calendar_days,
                "calendar_months": self.calendar_months,
                "for": self.name,
                "from": self.start,
            }
        )


class MaterialEntry(Record):
    """One material as an item asks for it."""

    use: str
    name: str | None = None
    for_whom: Ids = ()
    when: Ids = ()
    unless: Ids = ()
    channel: Ids = ()
    original: Whole | None = None
    copies: Whole | None = None
    seal: str | None = None
    required: Flag = True
    one_of: str | None = None
    note: str | None = None
    basis: tuple[LegalBasis, ...] = ()


class Period(Record):
    """A length of time in whole calendar units."""

    years: Whole | None = None
    months: Whole | None = None
    days: Whole | None = None

    @model_validator(mode="after")
    def _something(self) -> Period:
        if self.years is None and self.months is None and self.days is None:
            raise ValueError("期间要写 years、months 或 days")
        return self


Subject = Literal["institution", "pharmacy", "person_in_charge", "applicant", "person"]

# What may be applied for (定点类别): one vocabulary for conditions, exclusions and applications.
Category = Literal[
    "ordinary-outpatient",
    "inpatient",
    "outpatient-pooling",
    "chronic-special",
    "retired-cadre",
    "physical-examination",
]
CATEGORIES: dict[str, str] = {
    "ordinary-outpatient": "普通门诊",
    "inpatient": "住院",
    "outpatient-pooling": "门诊统筹",
    "chronic-special": "门诊慢性病特殊病",
    "retired-cadre": "离休",
    "physical-examination": "体检",
}
# Whoever applies for more fulfils the ordinary conditions too (在符合第三条要求外): ordinary holds for all.
Group = Literal["ordinary", "special", "physical-examination"]
GROUPS: dict[str, frozenset[str]] = {
    "ordinary": frozenset(CATEGORIES),
    "special": frozenset({"outpatient-pooling", "chronic-special", "retired-cadre"}),
    "physical-examination": frozenset({"physical-examination"}),
}
Categories = Annotated[tuple[Category, ...], BeforeValidator(_as_tuple)]


class AtLeast(Record):
    """The least that a condition asks: so long, or so many."""

    months: Whole | None = None
    years: Whole | None = None
    count: Whole | None = None


class Gate(Record):
    """When a condition is asked at all: from a number upwards, or for some categories only."""

    fact: str | None = None
    name: str | None = None  # what the fact is called: 床位数
    at_least: Whole | None = None
    categories: Categories = ()

    @model_validator(mode="after")
    def _one_question(self) -> Gate:
        number = (self.fact, self.name, self.at_least)
        if bool(self.categories) == all(x is not None for x in number) or (self.categories and any(number)):
            raise ValueError("applies_when 写 fact、name、at_least 三项，或只写 categories")
        return self


_ONLY_FOR: dict[str, tuple[str, ...]] = {
    "status": ("status",),
    "registered_here": ("staff",),
    "contract": ("staff",),
    "continuous": ("enrolment_months",),
    "of": (
        "staff",
        "fulfils_group",
        "kind_of_institution",
        "enrolled_as",
        "recognised_as",
        "treatment",
        "document_holder",
    ),
}


class Condition(Record):
    """What an applicant must fulfil (申请条件), one record each."""

    id: str
    kind: Literal[
        "licence",
        "kind_of_institution",
        "operating_period",
        "staff",
        "management",
        "rules",
        "information_system",
        "procurement",
        "pricing",
        "disclosure",
        "service_hours",
        "surveillance",
        "capability",
        "enrolment_months",
        "enrolled_as",
        "status",
        "recognised_as",
        "treatment",
        "document_holder",
        "none_after_founding",
        "known_target",
        "unknown_before",
        "verified_loss",
        "verifiable_identity",
        "wants_reward",
        "fulfils_group",
        "other_law",
    ]
    subject: Subject
    text: str
    fact: str | None = None  # the question it asks, where several records share one; else its id
    group: Group | None = None
    applies_when: Gate | None = None
    one_of: str | None = None  # of the records with the same word one is enough
    at_least: AtLeast | None = None
    of: Ids = ()
    status: Ids = ()
    any_of: Ids = ()
    all_of: Ids = ()
    open_ended: Flag = False  # 等: what the list does not name may serve too, a person decides
    registered_here: Flag = False
    contract: Period | None = None  # how long each one's contract is at least; in force on the day
    continuous: Flag = False
    printed_as: str | None = None
    note: str | None = None

    @property
    def key(self) -> str:
        return self.fact or self.id

    @model_validator(mode="after")
    def _consistent(self) -> Condition:
        if self.kind in ("operating_period", "enrolment_months") and self.at_least is None:
            raise ValueError(f"{self.kind} 要写 at_least: {{months: …}}")
        for name, kinds in _ONLY_FOR.items():
            if getattr(self, name) and self.kind not in kinds:
                raise ValueError(f"{name} 只用于 kind: {'、'.join(kinds)}；何时适用写 applies_when")
        if (self.any_of or self.all_of) and self.kind in (
            "operating_period",
            "enrolment_months",
            "fulfils_group",
        ):
            raise ValueError(f"{self.kind} 不写 any_of、all_of")
        if self.all_of and (self.any_of or self.kind == "staff"):
            raise ValueError("any_of（任一）和 all_of（都要）只写一种；staff 只写 any_of")
        if self.open_ended and not self.any_of:
            raise ValueError("open_ended（等）要和 any_of 一起写")
        if self.kind == "fulfils_group" and not (self.of and set(self.of) <= set(GROUPS)):
            raise ValueError(f"fulfils_group 的 of 只能写 {'、'.join(GROUPS)}")
        return self


_DATED = ("application_fraud", "terminated_violation", "terminated_breach", "responsible_person_terminated")


class Exclusion(Record):
    """What bars an application (不予受理的情形), or restricts it."""

    id: str
    kind: Literal[
        "scope_of_practice",
        "price_policy",
        "penalty_unfulfilled",
        "application_fraud",
        "terminated_violation",
        "terminated_breach",
        "responsible_person_terminated",
        "dishonest_list",
        "restricted_categories",
        "other_law",
    ]
    subject: Subject
    text: str
    fact: str | None = None
    period: Period | None = None
    start: str | None = Field(default=None, alias="from")
    and_fulfilled: Flag = False
    categories: Categories = ()
    effect: Literal["reject", "restrict"] = "reject"
    printed_as: str | None = None
    note: str | None = None

    @property
    def key(self) -> str:
        return self.fact or self.id

    @model_validator(mode="after")
    def _dated(self) -> Exclusion:
        if self.kind in _DATED and self.period is None:
            raise ValueError(f"{self.kind} 要写 period，如 {{years: 3}}")
        if self.kind == "restricted_categories" and not self.categories:
            raise ValueError(f"restricted_categories 要写 categories，可用的有：{'、'.join(CATEGORIES)}")
        return self


class Correction(Record):
    """A slip of the pen: what is printed, what is meant, and why."""

    field: str
    printed: Any
    corrected: Any
    reason: str


class GuideFinding(Record):
    """What is beyond the law or odd in a guide but no slip: it stays as printed."""

    field: str
    text: str


class MainItem(Record):
    name: str
    code: str | None = None


class OpenPeriod(Record):
    """When an item may be applied for each year (居民集中参保期), month-day to month-day."""

    start: str = Field(alias="from", pattern=r"^\d\d-\d\d$")
    until: str = Field(pattern=r"^\d\d-\d\d$")
    year: Literal["this", "next"] = "this"
    status: Literal["statutory", "verified", "illustrative"]
