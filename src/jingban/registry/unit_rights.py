"""Which units an account acts for, and how a unit's own operators name each other (国令765 art. 30).

The first operator comes with the unit's enrolment, or is named at the counter by the unit's letter. From then on who
holds the right to manage names the others; the last one of them stays until there is another.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction

from jingban.access.service import READ
from jingban.cases.models import Case, CaseFind
from jingban.cases.permission import colleague, former
from jingban.cases.view import CaseView
from jingban.core.crypto import blind_index
from jingban.core.localtime import local_day
from jingban.processes.conflicts import of_actor
from jingban.registry import units
from jingban.registry.errors import NotYours, RegistryError
from jingban.registry.models import Roster, Unit, UnitOperator
from jingban.registry.origin import Origin
from jingban.rulebook import publish

RIGHTS = {"declare": "申报", "query": "查询", "seal": "盖章确认", "manage": "管理经办人"}


EMPLOYEES = "registry.enrol_employee"
"""The effect of the entry by which a unit declares its people."""


class LastManager(RegistryError):
    """Nobody would be left who may name operators."""

    code = "last_manager"


@dataclass(frozen=True, slots=True)
class Acting:
    """A unit for which an account acts, and what it may do there."""

    unit: Unit
    rights: frozenset[str]

    @property
    def words(self) -> str:
        return "、".join(name for right, name in RIGHTS.items() if right in self.rights)


def rights_of(operator: UnitOperator) -> frozenset[str]:
    """The rights of a row."""
    return frozenset(right for right in RIGHTS if getattr(operator, f"may_{right}"))


def acting_for(user_id: int, day: date) -> list[Acting]:
    """The units for which an account acts on a day, in all regions; one read."""
    held = UnitOperator.objects.on(day).filter(user=user_id, unit__end_on__isnull=True)
    rows = held.select_related("unit").order_by("unit__region", "unit__name", "unit_id")
    return [Acting(row.unit, rights_of(row)) for row in rows]


@former
def has_left(view: CaseView, day: date) -> bool:
    """Whether the case is of a unit for which its filer acts no more and acted when it was filed; one read where there
    is none (of a list one for all: ``asked_once``), none where the entry is no unit's.

    Of a unit that was struck off its people's tables stay closed; how that itself went, who filed it still reads.
    """
    item, user_id = publish.version(view.version_id).item, view.applicant_id
    if EMPLOYEES not in item.effects and item.subject != "unit":
        return False
    known = ("left", user_id, view.region, day)
    rows, opened = of_actor(known, lambda: _left(user_id, view.region, day)), local_day(view.opened_at)
    codes = [row.unit.credit_code for row in rows]
    tables = Roster.objects.filter(region=view.region, kind="unit", holder__in=codes, case=view.id)
    if rows and tables.exists():
        return True
    of_then = {row.unit for row in rows if row.start_on <= opened <= (row.end_on or opened)}
    return any(cases_of(unit, only=view.id) for unit in of_then if unit.end_on is None)


def _left(user_id: int | None, region: str, day: date) -> list[UnitOperator]:
    """What an account was at the units for which it acts no more."""
    held = UnitOperator.objects.on(day).filter(user=user_id)
    rows = UnitOperator.objects.filter(user=user_id, unit__region=region).exclude(
        unit__in=held.values("unit")
    )
    return list(rows.select_related("unit"))


def answering(view: CaseView, day: date) -> list[int]:
    """The accounts that may declare for the unit whose case it is, where its filer has left: they are told now."""
    of_filer = Unit.objects.filter(operators__user=view.applicant_id, region=view.region, end_on__isnull=True)
    theirs = [unit for unit in of_filer.distinct() if cases_of(unit, only=view.id)]
    held = UnitOperator.objects.on(day).filter(unit__in=theirs, may_declare=True)
    return sorted(set(held.values_list("user", flat=True)))


def cases_of(unit: Unit, *, only: int | None = None) -> set[int]:
    """The cases that operators filed for the unit: with its roster, or of an entry for units that names it.

    What an operator files as a person is nobody else's, and a unit's number anybody may write into a form: only who
    acts or acted for the unit files for it.
    """
    filed = Case.objects.filter(region=unit.region, applicant__in=unit.operators.values("user"))
    if only is not None:
        filed = filed.filter(pk=only)
    rosters = Roster.objects.filter(region=unit.region, kind="unit", holder=unit.credit_code)
    listed = set(filed.filter(pk__in=rosters.values("case")).values_list("pk", flat=True))
    named = CaseFind.objects.filter(kind="id", digest=blind_index("id", unit.credit_code))
    found = filed.filter(pk__in=named.values("case")).values_list("pk", "version_id")
    return listed | {pk for pk, version in found if publish.version(version).item.subject == "unit"}


@colleague
def may_as_colleague(view: CaseView, user_id: int, act: str, day: date) -> bool:
    """Every operator of a unit reads its cases; who may declare acts in them."""
    held = [one for one in acting_for(user_id, day) if one.unit.region == view.region]
    fit = (one for one in held if act == READ or "declare" in one.rights)
    return any(cases_of(one.unit, only=view.id) for one in fit)


def required(user_id: int, unit: Unit, day: date, right: str) -> None:
    """The right on the day, or NotYours in words that say who can help."""
    if not units.may_act(user_id, unit, day, right):
        raise NotYours(
            f"您没有{unit.name}的{RIGHTS[right]}权限；请让本单位有“管理经办人”权限的人添加，"
            "或带单位授权书到窗口登记。"
        )


@transaction.atomic
def name(origin: Origin, unit: Unit, user: int, rights: frozenset[str]) -> UnitOperator:
    """An operator with the right to manage names another one, or changes what somebody may do.

    Raises NotYours, LastManager, and what ``units.name_operator`` refuses.
    """
    required(origin.actor, unit, origin.day, "manage")
    if "manage" not in rights:
        _keep_a_manager(unit, user, origin.day)
    return units.name_operator(
        origin,
        unit,
        user,
        may_declare="declare" in rights,
        may_query="query" in rights,
        may_seal="seal" in rights,
        may_manage="manage" in rights,
    )


@transaction.atomic
def dismiss(origin: Origin, unit: Unit, user: int) -> None:
    """An operator with the right to manage ends another one's (or the own) rights: today is the last day."""
    required(origin.actor, unit, origin.day, "manage")
    _keep_a_manager(unit, user, origin.day)
    units.dismiss_operator(origin, unit, user, origin.day)


def _keep_a_manager(unit: Unit, leaving: int, day: date) -> None:
    Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)
    left = unit.operators.on(day).filter(may_manage=True, end_on__isnull=True).exclude(user=leaving)
    was = unit.operators.on(day).filter(user=leaving, may_manage=True).exists()
    if was and not left.exists():
        raise LastManager("这是本单位最后一位能管理经办人的账号；请先给另一位经办人这项权限，再改动它。")
