"""Persons in need: the next year of a subsidised premium; a household's means."""

from __future__ import annotations

from datetime import datetime

from jingban.access.service import Actor
from jingban.cases.view import CaseView
from jingban.core.localtime import local_day
from jingban.processes.model import Message
from jingban.registry import aid_lists
from jingban.walk.parts.residents import next_year
from jingban.walk.scene import PREPARER, Part, Scene, collected

CATEGORY = "minimum-living"


def subsidy(scene: Scene) -> Part:
    """An aided person's next year; who is new to the region where the procedure asks for one."""
    cast = scene.cast
    if scene.path.facts.get("person") == "new":
        key = cast.first("newcomer", lambda _, person: person is None)
    else:
        key = cast.first("aided", lambda key, _: next_year(cast, key) is not None)
    at, year = next_year(cast, key) or (cast.at(key), 0)
    if scene.path.facts.get("person") == "known":
        scene.registered(key, at)
    day = local_day(at)
    own = cast.said(key)
    said = {
        **own,
        "aid_category": CATEGORY,
        "insured_year": str(year),
        "recognised_on": day.isoformat(),
        "place": "演练村",
    }

    def opens(now: datetime) -> CaseView:
        row = aid_lists.Row(own["name"], own["id_number"], CATEGORY, day)
        clerk = Actor(PREPARER, "演练民政名单")
        batch = f"walk-{cast.next_letter()}"
        (opened,) = aid_lists.open_cases(cast.region, [row], batch=batch, year=year, actor=clerk, now=now)
        if opened.case is None:
            raise AssertionError(opened.why)
        return opened.case

    starts = scene.process.starts
    by_list = isinstance(starts, Message) and starts.message == aid_lists.MESSAGE
    return Part((key,), at, cast.account(key), said, opens=opens if by_list else None, ended=collected(scene))
