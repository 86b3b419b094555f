"""What people are told of money that is to come back: the funds write down what happened, the timer tells it.

To whom the benefit was paid for, to whoever filed the case, and to the unit that got the money where it had paid its
employee before. Of a sealed case (举报) nobody is told but the reporter's own account, and the matter is not named.
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction

from jingban.cases.view import CaseView, read
from jingban.cases.work import answers_of
from jingban.core.faults import trail
from jingban.core.localtime import local_day
from jingban.funds import service as funds
from jingban.messaging.models import Channel
from jingban.messaging.sending import About, write
from jingban.messaging.telling import to_user
from jingban.messaging.words import words
from jingban.processes.model import START
from jingban.registry import service as registry
from jingban.rulebook import publish

log = logging.getLogger(__name__)


def tell_recoveries(*, now: datetime) -> int:
    """Write the messages that wait; how many recoveries' news were told. Each is told once, whoever else is at it."""
    return sum(_told(notice, now) for notice in funds.untold_notices())


def _told(notice: funds.RecoveryNotice, now: datetime) -> bool:
    try:
        with transaction.atomic():
            if not funds.notice_told(notice.pk, now):
                return False
            is_reached = _written(notice, now)
            funds.notice_reached(notice.pk, is_reached=is_reached)
    except Exception as error:  # noqa: BLE001  one that cannot be told must not hold up all others
        log.error("notice %s of a recovery was not told: %s", notice.pk, trail(error))
        return False
    return is_reached


def _written(notice: funds.RecoveryNotice, now: datetime) -> bool:
    view = read(notice.case_id)[0]
    item = publish.version(view.version_id).item
    title, text = words(notice.kind, item="您反映的事项" if item.sealed else item.name, number=view.number)
    about = About(notice.kind, title, text, view.id, None, view.number)
    person = None if item.sealed else _person(notice, view.region)
    owners = _owners(view) | (set(registry.users_of(person)) if person is not None else set())
    units = _units_paid(person, view, now) if person is not None else set()
    form = "" if item.sealed else answers_of(view, item).get("phone", "")
    told = [
        to_user(about, user, now, phone=form if user == view.applicant_id else "") for user in owners | units
    ]
    if not owners and form:
        told.append(write(about, channel=Channel.SMS, to=form, now=now) is not None)
    return any(told)


def _owners(view: CaseView) -> set[int]:
    """The applicant and who filed it for the applicant. Nothing is paid in an entry that is a unit's own."""
    if view.applicant_id is None:
        return set()
    return {user for user in (view.applicant_id, *view.state.actors.get(START, ())) if user}


def _person(notice: funds.RecoveryNotice, region: str) -> registry.Person | None:
    """Whom the benefit was for, where the register of the region knows it."""
    key = notice.recovery.person
    person = registry.person_of_id(key) if key is not None else None
    return person if person is not None and person.region == region else None


def _units_paid(person: registry.Person, view: CaseView, now: datetime) -> set[int]:
    """Who acts for the employer whose account the money went to."""
    day, names = local_day(now), funds.paid_names(view.id)
    spells = registry.spells_within(person, local_day(view.opened_at).replace(month=1, day=1), day)
    units = {spell.unit for spell in spells if spell.unit is not None and spell.unit.name in names}
    return {user for unit in units for user in registry.unit_operators(unit.region, unit.credit_code, day)}
