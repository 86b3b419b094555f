"""What the national files may say: the list of items, materials, papers, effects, roles and laws."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from jingban.rulebook.schema import (
    Condition,
    Exclusion,
    Flag,
    Ids,
    LegalBasis,
    Limit,
    MaterialEntry,
    OpenPeriod,
    Record,
    Texts,
    Whole,
)


class Sharing(Record):
    """Which register knows it already, and whether that replaces the paper (国令第716号第七条)."""

    register_: str = Field(alias="register")
    replaces: Flag = False
    note: str | None = None


class NationalMaterial(Record):
    """A material once: its official name, its alternatives, by what law it may be asked for."""

    name: str
    kind: Literal[
        "identity", "record", "evidence", "certificate", "commitment", "form", "agreement", "account"
    ]
    any_of: Ids = ()
    issued_by: str | None = None
    basis: tuple[LegalBasis, ...] = ()
    sharing: Sharing | None = None
    note: str | None = None


class Situation(Record):
    """Who or when: the words of the material lists, and the question a page asks."""

    name: str
    asks: Literal["who", "when"]
    question: str | None = None


class Paper(Record):
    """A paper that is issued, received or kept."""

    name: str
    kind: Literal["notice", "list", "record", "sheet", "certificate", "order", "form", "letter"]
    direction: Literal["issued", "received", "internal"] = "issued"
    must_carry: Texts = ()
    remedies: Flag = False
    basis: tuple[LegalBasis, ...] = ()
    note: str | None = None


class Effect(Record):
    """What a step may do to the registers and the books."""

    title: str
    arguments: Texts = ()
    status: Literal["planned", "live"]
    family: str | None = None
    note: str | None = None


class Role(Record):
    name: str
    staff: Flag
    note: str | None = None


class Law(Record):
    """A statute, rule or notice that guides cite."""

    title: str
    number: str | None = None
    in_force: str | None = None
    issued_by: str | None = None
    kind: Literal["law", "regulation", "rule", "notice"]
    mark: Literal["verified", "known", "unsure"]
    articles: dict[str, str] = {}
    note: str | None = None


class Channel(Record):
    name: str
    note: str | None = None


class MessageKind(Record):
    """What agencies, banks and the fiscal authority tell each other; the fields are the letter's own."""

    name: str
    sender: str = Field(alias="from")
    receiver: str = Field(alias="to")
    fields: Ids = ()


class MainEntry(Record):
    """The main item of the national list, with the last six characters of its code."""

    name: str
    suffix: str | None = None


class Statutory(Record):
    """The limit that the law sets, with its article."""

    law: str
    article: str
    working_days: Whole | None = None
    months: Whole | None = None
    start: Literal["receipt", "acceptance"] = Field(alias="from")

    def as_limit(self) -> Limit:
        basis = LegalBasis(law=self.law, articles=(self.article,))
        return Limit.model_validate(
            {
                "working_days": self.working_days,
                "calendar_months": self.months,
                "from": self.start,
                "basis": (basis,),
            }
        )

    @model_validator(mode="after")
    def _one_unit(self) -> Statutory:
        if (self.working_days is None) == (self.months is None):
            raise ValueError("法定期限写 working_days 或 months 其中之一")
        return self


class NationalItem(Record):
    """A service item once: what a region that says nothing gets."""

    item: str
    name: str
    suffix: str | None = None
    main: MainEntry
    applicants: Ids
    initiators: Ids
    subject: Literal["person", "unit", "provider", "report"]
    process: str
    starts: Literal["application", "message", "month"] = "application"
    message: str | None = None
    answers: dict[str, str] = {}
    effect: Ids = ()
    materials: tuple[MaterialEntry, ...] = ()
    statutory: Statutory | None = None
    promise: Limit | None = None
    documents: Ids = ()
    channels: Ids = ()
    basis: tuple[LegalBasis, ...] = ()
    conditions: tuple[Condition, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    combined_with: Ids = ()
    covers: Ids = ()
    opens: OpenPeriod | None = None
    sealed: Flag = False
    aliases: Texts = ()
    life: Texts = ()
    note: str | None = None
