"""F07, F20, F22: the one-off withdrawal of a personal account."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from jingban.cases.materials import checklist
from jingban.cases.view import read
from jingban.cases.work import Work
from jingban.processes.effects import effect
from jingban.registry import persons, representatives, withdrawals
from jingban.registry.models import Source
from jingban.registry.origin import origin_of


@effect("registry.withdraw_account")
def withdraw_account(work: Work) -> None:
    """Work the withdrawal out: the whole balance becomes payable to the person or the heir."""
    person = persons.person_of(work)
    representatives.checked(work, person)
    payee = withdrawals.Payee(
        name=work.said("payee_name"),
        bank=work.said("bank"),
        account=work.said("bank_account"),
        number=work.said("payee_id_number"),
        relation=work.said("payee_relation"),
        proof=_heirs_papers(work),
    )
    said, died = work.needs.get("amount"), work.said("death_on")
    withdrawals.withdraw(
        origin_of(work, Source.AGENCY),
        person,
        reason=work.said("withdrawal_reason"),
        payee=payee,
        reference=f"account-withdrawal:{work.case_id}",
        amount=None if said is None else Decimal(str(said)),
        died_on=date.fromisoformat(died) if died else None,
    )


def _heirs_papers(work: Work) -> str:
    """What an heir brought, by name; where the guide asks for nothing, what the window looked at."""
    received = read(work.case_id)[0].state.received if work.case_id else frozenset()
    slots = checklist(work.item, frozenset(work.situations), work.channel)
    heirs = [s.name for s in slots if s.key in received and "heir" in {n.id for n in s.material.for_whom}]
    return "、".join(heirs)[:200] or "窗口核验继承人身份证件"
