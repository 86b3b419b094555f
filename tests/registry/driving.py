"""Drive a case of an entry along its main road, with the answers that its form asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

import pytest

from jingban.cases import actions
from jingban.cases.view import CaseView
from jingban.core.localtime import SHANGHAI
from jingban.rulebook.cache import effective_all
from jingban.rulebook.effective import EffectiveItem
from tests.builders import MONDAY
from tests.houses import House, forget_versions, staff

Entry = tuple[str, str, str]


@pytest.fixture
def house(db: None) -> Iterator[House]:
    """A house whose versions are forgotten with the test's rows."""
    forget_versions()
    yield House(now=MONDAY)
    forget_versions()


def entries_of(effect: str) -> list[Entry]:
    """Every entry of every region whose own effect it is."""
    return [(i.region, i.tier, i.item) for i in effective_all() if effect in i.effects]


def item_of(house: House, entry: Entry) -> EffectiveItem:
    return house.version(entry).item


def opened(house: House, entry: Entry, answers: Mapping[str, str], **rest: Any) -> CaseView:
    """The application, over the first channel that the entry has."""
    channel = rest.pop("channel", None) or item_of(house, entry).channels[0].id
    return house.apply(entry, answers={"phone": "13012345678", **answers}, channel=channel, **rest)


def walked_in(house: House, entry: Entry, answers: Mapping[str, str], **rest: Any) -> CaseView:
    """The application of somebody without an account, filed by the staff of the counter."""
    process = item_of(house, entry).process
    clerk = staff(700, *process.steps[process.first_ways[-1].to].by, region=entry[0])
    return opened(house, entry, answers, channel="window", walk_in=True, actor=clerk, **rest)


def along(house: House, view: CaseView, **data: Any) -> CaseView:
    """The first act of every step until the case ends or waits for somebody else."""
    while view.is_open:
        step = house.procedure(view).process.steps[view.step]
        if not step.do:
            return view
        view = house.act(view, next(iter(step.do)), **data)
    return view


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def fired(house: House, view: CaseView) -> CaseView:
    """Let the case's timer run out."""
    due = view.state.timer
    assert due is not None
    house.now = max(house.now, due)
    actions.caught_up(view, house.now)
    return house.fresh(view)
