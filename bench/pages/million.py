"""A desk with a million open cases: a few hundred applied for as pages do, the rest copied in by SQL.

The real ones are due first, so the first pages of the queue show names that have to be opened; the copies have an
event, a search mark and an empty form each, so that all tables and indexes are as large as they would be.
"""

from __future__ import annotations

from datetime import date, datetime
from itertools import cycle
from uuid import uuid4

import storage
from django.core.management import call_command
from django.db import connection

from jingban.access.models import User
from jingban.access.service import Actor, actor_of
from jingban.cases import actions
from jingban.cases.materials import required_of
from jingban.cases.models import Case
from jingban.core.localtime import SHANGHAI, local_day
from jingban.registry import service as registry
from jingban.registry.models import Enrolment
from jingban.rulebook import publish
from jingban.rulebook.cache import effective_all
from jingban.server import demo
from jingban.walk.answers import answers_for

BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)
NOW = datetime(2026, 4, 1, 10, 0, tzinfo=SHANGHAI)
"""When the desk looks: a month later, in the middle of what the copies are due by (``storage.fill``)."""
REGION, ITEM = "qinhuangdao", "resident-info-change"
REAL, ACCEPTED = 400, 100
FIRST_DUE, LATER_DUE = date(2026, 2, 27), date(2026, 5, 29)
_COPIES = (
    """INSERT INTO cases_caseevent (case_id, seq, act, actor, behalf, at, from_step, to_step, data, before, key)
       SELECT c.id, 1, e.act, e.actor, e.behalf, e.at, e.from_step, e.to_step, e.data, e.before, NULL
       FROM cases_case c, cases_caseevent e WHERE c.id > %s AND e.case_id = %s AND e.seq = 1""",
    "INSERT INTO cases_casepayload (case_id, seq, body) SELECT id, 1, '{}'::jsonb FROM cases_case WHERE id > %s",
    """INSERT INTO cases_casefind (kind, digest, case_id)
       SELECT 'id_number', decode(md5(id::text), 'hex'), id FROM cases_case WHERE id > %s""",
)


def house() -> None:
    """Tables, one region's guides, the demo's sign-ins and people."""
    for alias in ("default", "audit"):
        call_command("migrate", database=alias, verbosity=0)
    publish.publish([item for item in effective_all() if item.region == REGION], now=BEGIN)
    demo.load(now=BEGIN)
    demo.people(count=demo.PEOPLE, seed=demo.SEED, now=BEGIN)


def user(part: str) -> User:
    return User.objects.get(username=f"{REGION}-{part}")


def fill(cases: int) -> list[str]:
    """So many open cases; the numbers of the real ones that wait at the window, and at the review behind them."""
    real = _applied()
    waiting, accepted = real[ACCEPTED:], real[:ACCEPTED]
    Case.objects.filter(pk__in=[case.pk for case in waiting]).update(due_on=FIRST_DUE)
    model, last = waiting[0], max(case.pk for case in real)
    storage.fill(Case.objects.get(pk=model.pk), cases - len(real))
    with connection.cursor() as cursor:
        for sql in _COPIES:
            cursor.execute(sql, [last, model.pk][: sql.count("%s")])
        cursor.execute("VACUUM ANALYZE cases_case, cases_caseevent, cases_casepayload, cases_casefind")
        cursor.execute("CHECKPOINT")
    return [case.number for case in (*waiting, *accepted)]


def _applied() -> list[Case]:
    """At the counter, about people of the registers in turn; the first hundred accepted."""
    row = publish.current(REGION, "agency", ITEM)
    assert row is not None
    item, day = publish.version(row.pk).item, local_day(BEGIN)
    clerk = actor_of(user("clerk"), day)
    spells = Enrolment.objects.on(day).filter(region=REGION).select_related("person").order_by("person_id")
    people = cycle([answers_for(item, registry.on_record(spell.person)) for spell in spells])
    numbers = [_case(row.pk, next(people), clerk, accept=n < ACCEPTED) for n in range(REAL)]
    return list(Case.objects.filter(number__in=numbers).order_by("pk"))


def _case(version: int, answers: dict[str, str], clerk: Actor, *, accept: bool) -> str:
    said = {**answers, "new_address": "演示路8号", "new_phone": "01000000008"}
    view = actions.apply(
        version=version, application=actions.Application(answers=said), actor=clerk, key=uuid4(), now=BEGIN,
        walk_in=True,
    )  # fmt: skip
    if accept:
        required = sorted(required_of(publish.version(version).item, view.state.situations, view.channel))
        view = actions.act(
            case_id=view.id, act="accept", data={"checklist": required}, actor=clerk, seen=view.seq, key=uuid4(),
            now=BEGIN,
        )  # fmt: skip
    return view.number
