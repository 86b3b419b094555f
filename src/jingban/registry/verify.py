"""A sample of the registers held against their history: what a row says now must be what its changes made of it.

The guards refuse edits while they are there; this finds what was changed while they were not, or behind their back.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from jingban.core.errors import DomainError
from jingban.ledger import service as ledger
from jingban.registry import certificates
from jingban.registry.changes import opened, value_on
from jingban.registry.models import Change, Issued, Person
from jingban.registry.models.periods import Period
from jingban.registry.sealing import unsealed
from jingban.registry.shown import field_label

SAMPLE = 100
_PERIODS = (
    "documents",
    "bank_accounts",
    "kin",
    "enrolments",
    "contributions",
    "filings",
    "recognitions",
    "aid",
    "helpers",
)
_SEALED = {"documents": "number", "bank_accounts": "number", "helpers": "number"}


def faults(region: str, sample: int = SAMPLE) -> Iterator[str]:
    """What does not agree, in one line each, by 个人编号: no names, no numbers of documents."""
    for person in _some(region, sample):
        for text in _of_person(person):
            yield f"{region} 个人编号{person.number}：{text}"


def _some(region: str, sample: int) -> Iterator[Person]:
    """People spread evenly over the register: each is one indexed read, however many there are."""
    keys = Person.objects.filter(region=region).order_by("pk")
    first, last = keys.values_list("pk", flat=True).first(), keys.values_list("pk", flat=True).last()
    if first is None or last is None:
        return
    step = max(1, (last - first) // max(1, sample))
    seen: set[int] = set()
    for start in range(first, last + 1, step):
        person = keys.filter(pk__gte=start).first()
        if person is not None and person.pk not in seen and len(seen) < sample:
            seen.add(person.pk)
            yield person


def _of_person(person: Person) -> Iterator[str]:
    history = list(Change.objects.filter(person=person.pk).order_by("id"))
    made = {(row.register, row.row) for row in history}
    own = [row for row in history if (row.register, row.row) == ("person", person.pk)]
    yield from _own_row(person, own)
    for name in _PERIODS:
        for row in getattr(person, name).all():
            yield from _period(row, name, made)
    yield from _account(person, history)
    for issued in Issued.objects.filter(person=person.pk).order_by("id"):
        try:
            certificates.read(issued)
        except DomainError:
            yield f"凭证{issued.number}的内容与出具时的校验值不一致"


def _own_row(person: Person, history: list[Change]) -> Iterator[str]:
    for name in ("name", "sex", "born_on", "place"):
        said = value_on(history, name, date.max) or ""
        now = getattr(person, name)
        if str(said) != (now.isoformat() if isinstance(now, date) else str(now)):
            yield f"{field_label('person', name)}和变更记录不一致"


def _period(row: Period, name: str, made: set[tuple[str, int]]) -> Iterator[str]:
    register = str(row._meta.model_name)
    if (register, row.pk) not in made and name != "documents":  # a document is told with its person
        yield f"{row._meta.verbose_name}第{row.pk}条没有变更记录"
    if column := _SEALED.get(name):
        try:
            unsealed(row, column)
        except DomainError:
            yield f"{row._meta.verbose_name}第{row.pk}条的加密内容打不开"


def _account(person: Person, history: list[Change]) -> Iterator[str]:
    """The last movement on record says what the books hold."""
    last = {row.row: row for row in history if row.register == "account"}
    accounts = {a.pk: a for a in ledger.accounts_of(owner=person.number, region=person.region)}
    for pk, row in last.items():
        said = (opened(row).after or {}).get("balance")
        if pk in accounts and said is not None and said != str(ledger.balance(accounts[pk])):
            yield "个人账户余额和变更记录不一致"
