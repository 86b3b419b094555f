"""Handing in the good lines of a table: one case of the region's employee enrolment, with its roster."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from jingban.access.service import Actor
from jingban.cases import actions
from jingban.cases.errors import FormIncomplete, ItemNotOpen
from jingban.cases.forms import checked_form, implied_situations
from jingban.cases.offering import closed_channel, closed_now
from jingban.cases.view import CaseView
from jingban.core.localtime import local_day
from jingban.portals import book
from jingban.portals.questions import CHANNEL_NAMES, at_place, door_channel, situations_of
from jingban.registry import service as registry
from jingban.rulebook.effective import EffectiveItem, Named

EMPLOYEE = "employee"
_WHO = ("name", "id_kind", "id_number", "sex", "born_on")


@dataclass(frozen=True, slots=True)
class Way:
    """The entry by which a unit declares employees, and how it is completed today."""

    entry: book.Entry
    channel: str
    offices: tuple[Named, ...]
    """To choose from; none where there is one."""

    @property
    def item(self) -> EffectiveItem:
        return self.entry.item

    @property
    def is_online(self) -> bool:
        return self.channel == "online"

    @property
    def channel_name(self) -> str:
        return CHANNEL_NAMES[self.channel]


def way_of(region: str, now: datetime) -> Way:
    """The entry in force, or ItemNotOpen in words."""
    found = next((e for e in book.entries(region) if _is_it(e.item)), None)
    if found is None:
        raise ItemNotOpen("本地没有开放单位申报职工参保的事项，请到窗口办理。")
    if why := closed_now(found.item, now):
        raise ItemNotOpen(why)
    item, offices = found.item, found.item.accepted_by
    door = door_channel(item)
    channel = at_place(item) if closed_channel(item, door, now) else door
    return Way(found, channel, offices if len(offices) > 1 else ())


def _is_it(item: EffectiveItem) -> bool:
    return registry.EMPLOYEES_DECLARED in item.effects and any(field.key == "roster" for field in item.form)


def application_of(
    way: Way,
    acted: registry.Acting,
    operation: str,
    good: Sequence[registry.LookedLine],
    said: Mapping[str, str],
) -> actions.Application:
    """The application as if its form had been filled in by hand; the roster's number joins when it is kept.

    The form asks for one person: the first of the roster, by whom the case is found.
    """
    item, first = way.item, good[0].said
    own = dict(first) if len(good) == 1 else {key: first[key] for key in _WHO if key in first}
    answers = {
        **own,
        "phone": said.get("phone", ""),
        "employee_operation": operation,
        "unit_credit_code": acted.unit.credit_code,
        "from_date": min(one.said["from_date"] for one in good),
        "note": f"{acted.unit.name}申报{len(good)}人，见名册；申请人一栏为名册第一人。",
    }
    asked = {field.key for field in item.form}
    answers = {key: text for key, text in answers.items() if key in asked}
    named = {n.id for m in item.materials for n in m.for_whom}
    ticked = (EMPLOYEE,) if EMPLOYEE in named else ()
    situations = situations_of(ticked, {"channel": way.channel}) | implied_situations(item, answers)
    only = way.item.accepted_by[0].id if not way.offices else ""
    return actions.Application(
        answers=answers, situations=situations, channel=way.channel, office=said.get("office", "") or only
    )


def faults_of(way: Way, application: actions.Application, now: datetime) -> dict[str, str]:
    """What of the application itself is wrong: the telephone, the office."""
    found = {}
    if application.office not in {body.id for body in way.item.accepted_by}:
        found["office"] = "请选择由哪里受理"
    try:
        checked_form(way.item, application.answers, situations=application.situations, on=local_day(now))
    except FormIncomplete as error:
        found.update(error.details["faults"])
    return found


def hand_in(
    way: Way,
    acted: registry.Acting,
    application: actions.Application,
    good: Sequence[registry.LookedLine],
    *,
    key: str,
    actor: Actor,
    now: datetime,
) -> CaseView:
    """Keep the lines, open the case that names them, and give the unit's word on the form. Twice is once."""
    origin, unit, whole = registry.Origin(acted.unit.region, actor.id, now), acted.unit, _key(key, good)
    name = f"{application.answers['note'].partition('，')[0]}（网上填报）"
    roster = registry.keep_roster(origin, good, unit.credit_code, key=whole, name=name)
    view = actions.apply(
        version=way.entry.version,
        application=replace(application, answers={**application.answers, "roster": str(roster.pk)}),
        actor=actor,
        key=actions.as_key(whole),
        now=now,
    )
    registry.tie_roster(roster, view.id)
    if "seal" in acted.rights and registry.seal_asked(unit, view, local_day(now)) is not None:
        registry.decide_seal(origin, unit, view, given=True)
    return view


def _key(sent: str, good: Sequence[registry.LookedLine]) -> str:
    """The key of a submission: the same lines twice are one; a line that was put right since makes another."""
    said = json.dumps([[one.line, dict(one.said)] for one in good], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(f"{sent}:{said}".encode()).hexdigest()
