"""Rows for tests of the registers: invented people and units, and the work of an entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from stdnum.cn import ric, uscc

from jingban.cases.work import Work
from jingban.core.localtime import SHANGHAI
from jingban.core.money import to_yuan
from jingban.registry import levies, persons
from jingban.registry.models import Levy, Person, Source, TaxNotice, Unit
from jingban.registry.origin import Origin
from jingban.rulebook.cache import effective_item

REGION = "puyang"
DAY = date(2026, 3, 2)
EMPLOYEE = ("puyang", "agency", "employee-enrolment")
RESIDENT = ("puyang", "agency", "resident-enrolment")
_NAMES = "安宁和平春夏秋冬东南西北山川江河"


def instant(day: date) -> datetime:
    """Nine o'clock on a day."""
    return datetime.combine(day, time(9), SHANGHAI)


def origin(
    region: str = REGION,
    day: date = DAY,
    *,
    source: Source = Source.DECLARED,
    case: int | None = None,
    actor: int = 22,
) -> Origin:
    return Origin(region, actor, instant(day), source, case)


def new_number(n: int, born: date = date(1980, 5, 1), sex: str = "male") -> str:
    """A citizen's number on a region code that was never issued (999…); another ``n`` is another number."""
    above, serial = divmod(n, 500)
    body = f"{999000 + above}{born:%Y%m%d}{2 * serial + (sex == 'male'):03d}"
    return body + str(ric.calc_check_digit(body + "0"))


def new_name(n: int) -> str:
    return f"试{_NAMES[n // 16 % 16]}{_NAMES[n % 16]}"


def credit_code(n: int) -> str:
    body = f"91999000MA{n:07d}"
    return body + str(uscc.calc_check_digit(body))


def who(n: int = 1, born: date = date(1980, 5, 1), sex: str = "male") -> dict[str, str]:
    """What a form says of person ``n``: the same number and name as ``person(origin, n)``."""
    return {"name": new_name(n), "id_number": new_number(n, born, sex), "phone": f"1301234{n:04d}"}


def person(
    origin: Origin, n: int = 1, *, born: date = date(1980, 5, 1), sex: str = "male", **rest: Any
) -> Person:
    """Person ``n``, registered; ``rest`` goes into the Newcomer (name, kind, number, place ...)."""
    said = {**who(n, born, sex), **rest}
    said["number"] = said.pop("number", said.pop("id_number"))
    return persons.register(origin, persons.Newcomer(**said))


def merged(row: Person, into: Person) -> Person:
    """A row that was merged into another one: its papers have ended."""
    row.documents.update(end_on=DAY)
    Person.objects.filter(pk=row.pk).update(merged_into=into)
    row.refresh_from_db()
    return row


def unit(origin: Origin, n: int = 1, **rest: Any) -> Unit:
    """Unit ``n``, active since 2010."""
    said: dict[str, Any] = {
        "region": origin.region,
        "credit_code": credit_code(n),
        "name": f"试验第{n}有限公司",
        "kind": "enterprise",
        "legal_representative": new_name(900 + n),
        "start_on": date(2010, 1, 1),
        "recorded_at": origin.at,
    }
    return Unit.objects.create(**{**said, **rest})


def tax_says(
    origin: Origin, number: str, *, paid_on: date = DAY, message: str = "t1", amount: Decimal | None = None
) -> TaxNotice:
    """A colleague of whoever issued the levy registers what the tax department says: what is due was paid."""
    levy = Levy.objects.filter(number=number).first()
    due = to_yuan(levy.due_fen) if levy is not None else Decimal(1)
    return levies.confirmed(
        replace(origin, actor=origin.actor + 1),
        number,
        paid_on=paid_on,
        message=message,
        amount=amount or due,
    )


def work(
    entry: tuple[str, str, str] = EMPLOYEE,
    answers: Mapping[str, str] | None = None,
    *,
    day: date = DAY,
    actor: int = 22,
    **rest: Any,
) -> Work:
    """One run of an entry's effects: answers as the form would have normalised them."""
    item = effective_item(*entry)
    said = {**(answers or {}), **item.fixed}
    return Work(item=item, actor=actor, at=instant(day), answers=said, **rest)
