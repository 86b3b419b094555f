"""What the national files may say: the list of items, materials, papers, effects, roles and laws."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

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

SAID = ("item", "number", "until", "missing", "step", "code")
"""What a message to an applicant may say of the case."""


class Sharing(Record):
    """Which register knows it already, and whether that replaces the paper (国令第716号第七条).

    ``proves``: what the register's answer must say before it does (a date of death).
    """

    register_: str = Field(alias="register")
    replaces: Flag = False
    proves: Ids = ()
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
    """A paper that is issued, received or kept. Its sentences may name the entry as ``{item}``.

    ``template``: the file of ``documents/`` that sets it, where its kind has another one.
    """

    name: str
    kind: Literal["notice", "list", "record", "sheet", "certificate", "order", "form", "letter"]
    direction: Literal["issued", "received", "internal"] = "issued"
    template: str | None = None
    opening: str | None = None
    must_carry: Texts = ()
    closing: str | None = None
    remedies: Flag = False
    basis: tuple[LegalBasis, ...] = ()
    note: str | None = None


class Effect(Record):
    """What a step may do to the registers and the books; ``arguments`` are fields that the form must ask."""

    title: str
    arguments: Ids = ()
    status: Literal["planned", "live"]
    family: str | None = None
    note: str | None = None


FieldKind = Literal[
    "text", "long", "name", "id", "credit", "provider", "phone", "day", "month", "year", "amount", "bank", "number",
    "choice", "places", "diseases", "holder",
]  # fmt: skip


class FormField(Record):
    """A question of an application form: what it is called, how its answer is held against the rules.

    ``implies``: situations that a choice says by itself, so that nobody is asked twice; ``states``: facts of the
    procedure that the choices state, fact by fact: choice to value. ``past``: a day that has come by the application;
    ``not_before``: the field whose day comes first, of a certificate's number the day of birth in it.
    """

    name: str
    hint: str | None = None
    kind: FieldKind
    choices: dict[str, str] = {}
    find: Literal["name", "id"] | None = None
    key_info: Flag = False
    implies: dict[str, Ids] = {}
    states: dict[str, dict[str, str]] = {}
    past: Flag = False
    not_before: str | None = None

    @model_validator(mode="after")
    def _days_for_days(self) -> FormField:
        if self.kind != "day" and (self.past or self.not_before):
            raise ValueError("past、not_before 只写在 kind: day 的栏目里")
        return self

    @model_validator(mode="after")
    def _choices_for_choices(self) -> FormField:
        if (self.kind == "choice") != bool(self.choices):
            raise ValueError("choices 只写在 kind: choice 的栏目里，至少一项")
        if strange := sorted(set(self.implies) - set(self.choices)):
            raise ValueError(f"implies 写了没有的选项：{'、'.join(strange)}")
        if any(values.keys() != self.choices.keys() for values in self.states.values()):
            raise ValueError("states 里每个选项各写一个值，不多不少")
        return self


class FormUse(Record):
    """A field in a form: whether it must be filled in, and in which situations it is asked at all."""

    use: str
    required: Flag = True
    when: Ids = ()
    label: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _name_alone(cls, data: Any) -> Any:
        return {"use": data} if isinstance(data, str) else data


class Subject(Record):
    """Whose matter an entry is, and what every form of that kind begins with."""

    name: str
    form: tuple[FormUse, ...]


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


def _placeholders(text: str) -> str:
    """Only what a message can say stands in braces."""
    try:
        text.format_map(dict.fromkeys(SAID, ""))
    except (KeyError, ValueError, IndexError):
        known = "、".join(f"{{{name}}}" for name in SAID)
        raise ValueError(f"花括号里只能写{known}") from None
    return text


class Notification(Record):
    """What an applicant is told of a case, in-app and by telephone; braces stand for the case's own words."""

    title: Annotated[str, Field(max_length=40)]
    text: Annotated[str, Field(max_length=300), AfterValidator(_placeholders)]


class Disease(Record):
    """A chronic or special disease of the national coding; the id is its code in small letters."""

    name: str
    note: str | None = None


class Phrase(Record):
    """A standard opinion: the inputs that it fits, and the acts that it is for where not for all."""

    text: str
    fits: Annotated[
        tuple[Literal["opinion", "reason", "correction", "missing_reasons", "reveal"], ...],
        BeforeValidator(lambda value: (value,) if isinstance(value, str) else value),
        Field(min_length=1),
    ]
    acts: Ids = ()


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
    subject: str
    process: str
    starts: Literal["application", "message", "month"] = "application"
    message: str | None = None
    answers: dict[str, str] = {}
    effect: Ids = ()
    form: tuple[FormUse, ...] = ()
    fixed: dict[str, str] = {}
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
