"""A person moves between two agencies by the real procedures: what the tests in one process and in two share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from jingban.access.service import Actor, Held
from jingban.cases import actions
from jingban.cases.materials import required_of
from jingban.cases.models import Case
from jingban.cases.procedures import procedure_of
from jingban.cases.view import CaseView, read
from jingban.core.localtime import local_day
from jingban.processes.engine import allowed_acts, roles_for
from jingban.registry import accounts, contributions, enrolments, persons, units
from jingban.registry.models import Person, Source
from jingban.registry.origin import Origin
from jingban.rulebook import publish
from jingban.rulebook.cache import effective_all, regions
from tests.registry import factories

CLERK = 31


def place(region: str) -> str:
    """The region's division code."""
    return regions()[region].admin_code


def publish_transfer(*names: str, now: datetime) -> None:
    """Put the transfer entries of these regions into force."""
    found = [item for item in effective_all() if item.region in names and item.item == "transfer"]
    publish.publish(found, now=now)


def origin(region: str, now: datetime) -> Origin:
    return Origin(region, CLERK, now, Source.DECLARED)


def settle(
    region: str,
    n: int,
    *,
    now: datetime,
    start_on: date,
    paid: tuple[date, date] | None = None,
    deemed: tuple[date, date] | None = None,
    balance: str = "0",
) -> Person:
    """Person ``n`` works in the region since a day, with months on record and money in the account."""
    here, said = origin(region, now), factories.who(n)
    person = persons.find(region, "01", said["id_number"])
    person = person or persons.register(
        here, persons.Newcomer(name=said["name"], number=said["id_number"], phone=said["phone"])
    )
    employer = 700 + n + sum(map(ord, region))
    unit = units.find(region, factories.credit_code(employer)) or factories.unit(here, n=employer)
    enrolments.enrol(here, person, insurance="310", kind="1101", start_on=start_on, unit=unit)
    for spell, is_deemed in ((deemed, True), (paid, False)):
        if spell is not None:
            contributions.add(
                here, person, insurance="310", first=spell[0], last=spell[1], base=Decimal("5000"),
                deemed=is_deemed, place=place(region),
            )  # fmt: skip
    if Decimal(balance):
        accounts.credit(here, person, Decimal(balance), kind="contribution", reference=f"demo:{region}:{n}")
    return person


def stop(region: str, n: int, *, now: datetime, last_day: date) -> None:
    """Fees stop at the old place."""
    enrolments.end(origin(region, now), who(region, n), last_day, "left")


def who(region: str, n: int) -> Person:
    found = persons.find(region, "01", factories.new_number(n))
    assert found is not None
    return found


def standing(region: str, n: int) -> tuple[int, int, str]:
    """Months paid and deemed, and the balance."""
    months = contributions.months(who(region, n))
    return months.paid, months.deemed, str(accounts.balance(who(region, n)))


def apply(region: str, n: int, *, come_from: str, now: datetime, **answers: str) -> CaseView:
    """The person asks the new place, at its counter."""
    row = next(
        r for r in publish.PublishedItem.objects.filter(region=region, item="transfer", is_current=True)
    )
    item = publish.version(row.pk).item
    facts = {"direction": "other-province"} if "direction" in item.facts_asked else {}
    said = {
        **factories.who(n),
        "from_place": place(come_from) if come_from in regions() else come_from,
        "to_place": place(region),
        "from_insurance": "employee",
        "to_insurance": "employee",
    }
    return actions.apply(
        version=row.pk,
        application=actions.Application(answers={**said, **answers}, facts=facts),
        actor=staff(region, "window", 40),
        key=uuid4(),
        now=now,
        walk_in=True,
    )


def staff(region: str, role: str, number: int) -> Actor:
    return Actor(number, f"岗位{number}", held=(Held(role, region, ""),))


def act(view: CaseView | int, name: str, *, now: datetime, **data: Any) -> CaseView:
    """One act by a colleague of the step's role; each step has another one."""
    view = read(view if isinstance(view, int) else view.id)[0]
    procedure = procedure_of(view.version_id, view.process, local_day(now))
    rule = allowed_acts(procedure, view.state)[name]
    item = publish.version(view.version_id).item
    given = {"reason": "情况说明", "basis": "第八条", "opinion": "核对无误"}
    given |= {"payee_name": "核对后的户名", "bank": "核对后的银行", "bank_account": "6200000000000008"}
    given |= {"checklist": sorted(required_of(item, view.state.situations, view.channel))}
    role = next(r for r in roles_for(procedure, view.state, name) if r not in ("applicant", "unit-clerk"))
    number = 100 + sum(map(ord, view.step))
    needs = {need: given[need] for need in rule.needs if need in given}
    return actions.act(
        case_id=view.id,
        act=name,
        data={**needs, **data},
        actor=staff(view.region, role, number),
        seen=view.seq,
        key=uuid4(),
        now=now,
    )


def bank_pays(view: CaseView, *, now: datetime) -> CaseView:
    """The bank's receipt for what the cashier ordered."""
    return actions.told(case_id=view.id, message="payment-result", result="paid", key=uuid4(), now=now)


def answer_case(region: str) -> CaseView:
    """The newest case that a contact letter opened in the region."""
    case = Case.objects.filter(region=region, process="transfer-out").order_by("-id").first()
    assert case is not None, "no contact letter arrived"
    return read(case.pk)[0]


def prepare_and_issue(view: CaseView, *, balance: str, now: datetime) -> CaseView:
    view = act(view, "prepare", now=now, account_balance=balance)
    return act(view, "issue", now=now)


def clocks(view: CaseView, day: date) -> Mapping[str, tuple[bool, bool]]:
    """Each clock: whether it has stopped, and whether late."""
    return {name: (clock.is_ended, clock.is_late(day)) for name, clock in view.state.clocks.items()}
