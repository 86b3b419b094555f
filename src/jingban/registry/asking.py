"""What cases ask the registers when they are filed: whose account may have outside registers asked about whom, before
anybody of the staff has seen papers, and in which village somebody lives.

A material list that gets shorter tells that some register knows the number. An account learns that of its own person,
of one for whom it acts on record, and of a unit that named it; of nobody else (国令765 art. 32 and 49).
"""

from __future__ import annotations

from collections.abc import Mapping

from jingban.cases.forms import CITIZEN_ID
from jingban.cases.places import residence
from jingban.cases.shared import Asking, right_to_ask
from jingban.cases.work import Work
from jingban.core.localtime import local_day
from jingban.registry import persons, units
from jingban.registry.identity import allowed_to_see
from jingban.registry.models import Identity
from jingban.registry.sealing import number_digest


@residence
def village_of(region: str, answers: Mapping[str, str]) -> str:
    """Where whoever the form names is registered."""
    number = answers.get("id_number", "")
    found = persons.find(region, answers.get("id_kind") or CITIZEN_ID, number) if number else None
    return found.place if found is not None else ""


@right_to_ask
def about_a_person(asking: Asking) -> bool:
    """The account is bound to the number (also one that no register here has yet), or acts for whose it is."""
    if asking.key != "id_number":
        return False
    kind = asking.answers.get("id_kind") or CITIZEN_ID
    bound = Identity.objects.filter(user_id=asking.account).first()
    if bound is None:
        return False
    if bytes(bound.digest) == number_digest(kind, asking.number):
        return True
    person = persons.find(asking.item.region, kind, asking.number)
    work = Work(item=asking.item, actor=asking.account, at=asking.now, applicant=asking.account)
    return person is not None and allowed_to_see(work, person)


@right_to_ask
def about_a_unit(asking: Asking) -> bool:
    """The unit named the account as an operator who may ask."""
    if asking.key != "credit_code":
        return False
    unit = units.find(asking.item.region, asking.number)
    return unit is not None and units.may_act(asking.account, unit, local_day(asking.now), "query")
