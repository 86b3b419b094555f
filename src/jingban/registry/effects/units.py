"""Units: what the entries of families F01, F03, F04, F05, F20 and F21 do to the register."""

from __future__ import annotations

from datetime import date
from typing import Any

from jingban.cases.work import Work
from jingban.core.money import to_yuan
from jingban.processes.effects import effect
from jingban.registry import certificates, levies, persons, unit_events, units
from jingban.registry.errors import RegistryError
from jingban.registry.identity import may_act_for
from jingban.registry.levy_rates import NOT_LEVIED_BY, by_illustrations
from jingban.registry.models import Issued, Levy, Roster, Unit
from jingban.registry.models.enrolments import LevyStatus
from jingban.registry.models.units import UnitStatus
from jingban.registry.origin import Origin, origin_of

EXTRACT = "unit-extract"

_NEW = {
    "new_unit_name": "name",
    "new_credit_code": "credit_code",
    "new_unit_kind": "kind",
    "new_legal_representative": "legal_representative",
    "new_unit_address": "address",
    "new_unit_phone": "phone",
    "new_operator_name": "contact",
}
"""The form's questions about what becomes of the unit, and the column of each."""


@effect("registry.enrol_unit")
def enrol_unit(work: Work) -> None:
    """单位参保登记; the account that applied becomes the unit's first operator, who may name the others."""
    origin = origin_of(work)
    unit = unit_events.register(origin, _new_unit(work))
    if work.applicant is not None:
        units.name_operator(origin, unit, work.applicant, may_seal=True, may_manage=True)


def _new_unit(work: Work) -> units.NewUnit:
    """The unit as declared; what the company registry says of it takes this very form (``Source.SHARED``)."""
    return units.NewUnit(
        credit_code=work.said("credit_code"),
        name=work.said("unit_name"),
        kind=work.said("unit_kind"),
        legal_representative=work.said("legal_representative"),
        legal_representative_number=work.said("legal_representative_id_number"),
        start_on=_from(work),
        address=work.said("unit_address"),
        phone=work.said("unit_phone") or work.said("phone"),
        contact=work.said("operator_name"),
        parent_code=work.said("parent_credit_code"),
    )


@effect("registry.change_unit")
def change_unit(work: Work) -> None:
    """单位参保信息变更登记: other details, and whatever befalls the unit, from a day on (its last, for the end)."""
    origin, unit, on = origin_of(work), units.unit_of(work), _from(work)
    may_act_for(work, unit, "declare")
    operation = work.said("unit_operation")
    changes = {column: text for key, column in _NEW.items() if (text := work.said(key))}
    if operation == "change":
        if not changes:
            raise RegistryError("请至少填写一项变更后的内容。", field="new_unit_name")
        units.change(origin, unit, changes, on)
        return
    if changes:
        raise RegistryError(
            "变更登记信息和设立分支、分立、合并、停缴、恢复、注销请分两次办理，这次只填一种。",
            field="unit_operation",
        )
    _befall(origin, work, unit, operation, on)


def _befall(origin: Origin, work: Work, unit: Unit, operation: str, on: date) -> None:
    if operation == "suspend":
        unit_events.suspend(origin, unit, on)
    elif operation == "resume":
        unit_events.resume(origin, unit, on)
    elif operation == "deregister":
        unit_events.deregister(origin, unit, on)
    else:
        if not work.said("other_credit_code"):
            raise RegistryError(
                "设立分支、分立、合并要填写另一方的统一社会信用代码；另一方还没有参保登记的，请先办理。",
                field="other_credit_code",
            )
        other = units.unit_of(work, "other_credit_code")
        if operation == "branch":
            unit_events.branch(origin, other, unit, on)
        elif operation == "split":
            unit_events.split(origin, unit, other, on)
        else:
            unit_events.merge(origin, unit, other, on)


@effect("registry.answer_unit_query")
def answer_unit_query(work: Work) -> None:
    """参保单位参保信息查询: an extract as of the day; only for who acts for the unit, or who stands at a counter."""
    unit = units.unit_of(work)
    may_act_for(work, unit, "query")
    extract(origin_of(work), unit)


def extract(origin: Origin, unit: Unit) -> Issued:
    """What the register says of the unit on the day, kept as it was told: people, months paid, arrears."""
    owed = levies.arrears(unit)
    paid = unit.levies.filter(status=LevyStatus.CONFIRMED).order_by("start_on", "id")
    marked = by_illustrations([*owed, *paid])
    body: dict[str, Any] = {
        "unit": {
            "name": unit.name,
            "credit_code": unit.credit_code,
            "kind": unit.kind,
            "legal_representative": unit.legal_representative,
            "status": UnitStatus(unit.status).label,
            "from": unit.start_on.isoformat(),
        },
        "headcount": unit_events.people(unit, origin.day),
        "months": [{**_levy(levy, marked), "paid_on": str(levy.paid_on)} for levy in paid],
        "arrears": [_levy(levy, marked) for levy in owed],
        "arrears_total": str(to_yuan(sum(levy.due_fen for levy in owed))),
        **({"figures": f"金额的计算用到{NOT_LEVIED_BY}"} if marked else {}),
    }
    return certificates.issue(origin, kind=EXTRACT, prefix="DW", body=body, unit=unit)


def _levy(levy: Levy, marked: frozenset[int]) -> dict[str, Any]:
    return {
        "month": f"{levy.start_on:%Y-%m}",
        "number": levy.number,
        "headcount": levy.headcount,
        "amount": str(to_yuan(levy.due_fen)),
        **({"figures": "示例值"} if levy.pk in marked else {}),
    }


@effect("registry.levy")
def issue_levy(work: Work) -> None:
    """征集生成: the unit's levy of the month from which the case counts, or a flexible worker's own.

    Where the case leaves nobody to levy (the last employee ended), or the month is paid and nobody is new, there is
    nothing to collect: an unpaid levy is void, and the case goes on. A month further ahead than the next is not
    levied yet.
    """
    origin, month = origin_of(work), _from(work)
    if levies.is_early(origin, month):
        return
    if (unit := _employer(work)) is not None:
        may_act_for(work, unit, "declare")
        levies.bring_up_to_date(origin, unit, month)
    else:
        levies.levy_flexible(origin, persons.person_of(work), month)


def _employer(work: Work) -> Unit | None:
    """The unit of an employee's case or of its roster; none for flexible workers."""
    if work.said("unit_credit_code"):
        return units.unit_of(work, "unit_credit_code")
    if not (number := work.said("roster")):
        return None
    roster = Roster.objects.filter(pk=int(number), region=work.region, kind="unit").first()
    if roster is None:
        raise RegistryError("没有这个编号的单位职工名册，请核对名册编号。", field="roster")
    return units.required(work.region, roster.holder, field="roster")


def _from(work: Work) -> date:
    said = work.said("from_date")
    return date.fromisoformat(said) if said else work.day
