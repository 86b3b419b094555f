"""Persons in need: enrolment with a subsidised premium and the flag (F16), recognition of hardship (F17)."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from jingban.cases.models import CaseEvent
from jingban.cases.work import Work
from jingban.processes.effects import effect
from jingban.processes.needs import HOUSEHOLD_NEEDS
from jingban.registry import aid, enrolments, persons, representatives
from jingban.registry.aid import AidRefused, Means
from jingban.registry.models import Person
from jingban.registry.origin import origin_of


@effect("registry.enrol_aided")
def enrol_aided(work: Work) -> None:
    """Enrol a person in need for the insured year; whoever the region does not know is registered."""
    _refuse_silent(work, "id_number", "name", "aid_category", "insured_year")
    person = persons.known_or_new(work)
    representatives.checked(work, person)
    kind = enrolments.RESIDENT_KINDS[work.said("resident_kind")] if work.said("resident_kind") else ""
    year = int(work.said("insured_year"))
    aid.enrol(origin_of(work), person, work.said("aid_category"), year=year, kind=kind)


@effect("registry.flag_aid")
def flag_aid(work: Work) -> None:
    """Flag the person as aided in the insured year."""
    _refuse_silent(work, "id_number", "aid_category", "insured_year")
    said = work.said("recognised_on")
    aid.flag(
        origin_of(work),
        persons.person_of(work),
        work.said("aid_category"),
        year=int(work.said("insured_year")),
        recognised_on=date.fromisoformat(said) if said else None,
    )


@effect("registry.recognise_hardship")
def recognise_hardship(work: Work) -> None:
    """After a public notice that stayed quiet and the agency's approval: the finding, and the status it makes.

    Whoever came as 收入困难对象 is recognised already; nothing is found out again.
    """
    if work.facts.get("hardship") == "income":
        return
    person = persons.person_of(work)
    representatives.checked(work, person)
    aid.recognise_hardship(origin_of(work), person, _means(work, person))


def _means(work: Work, person: Person) -> Means:
    """What village and township found, who of them, and when: the last finding that was published."""
    missing = [need for need in sorted(HOUSEHOLD_NEEDS) if not work.said(need)]
    said = CaseEvent.objects.filter(case=work.case_id, data__digests__has_key="household_people")
    event = said.order_by("-seq").first()
    if missing or event is None:
        raise AidRefused(f"{person.name}的家庭经济状况还没有核查，请先退回出具认定材料。")
    return Means(
        authorised_on=date.fromisoformat(work.said("household_authorised_on")),
        people=int(work.said("household_people")),
        income=Decimal(work.said("household_income")),
        property=Decimal(work.said("household_property")),
        spending=Decimal(work.said("household_spending")),
        opinion=work.said("opinion"),
        checked_by=event.actor,
        checked_at=event.at,
    )


def _refuse_silent(work: Work, *keys: str) -> None:
    """A case that a letter opened may say nothing of anybody."""
    if any(not work.said(key) for key in keys):
        raise AidRefused(
            "办件没有写明救助对象的姓名、证件号码、类别和参保年度；请按救助对象名单逐人启动办件。"
        )
