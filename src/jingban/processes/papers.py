"""Materials in a procedure: the checklist, the one-off notice, what is owed or promised."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from jingban.core.localtime import local_day
from jingban.processes.errors import (
    MaterialsMissing,
    NothingOwed,
    NoticeBeyondFirst,
    NoticeIncomplete,
    SpecialProcedure,
)
from jingban.processes.model import Common
from jingban.processes.needs import NeedMissing
from jingban.processes.state import State
from jingban.processes.timing import Procedure, end_of_day
from jingban.workdays.service import due


def paper_guards(
    state: State,
    needs: tuple[str, ...],
    public: Mapping[str, Any],
    required: frozenset[str],
    *,
    override: bool,
) -> dict[str, Any]:
    """Hold the act against the checklist; returns what the event must record about it."""
    if "checklist" in needs:
        missing = required - state.received - frozenset(public["checklist"]) - state.covered
        if missing:
            raise MaterialsMissing(missing)
    if "missing_materials" in needs:
        return _one_off(state, public, required, override=override)
    return {}


def _one_off(
    state: State, public: Mapping[str, Any], required: frozenset[str], *, override: bool
) -> dict[str, Any]:
    """一次性告知: the first lists everything; a later one adds nothing, save by the supervisor."""
    missing, ticked = frozenset(public["missing_materials"]), frozenset(public.get("checklist", ()))
    if state.notified is None:
        unlisted = required - state.received - ticked - missing - state.covered
        if unlisted:
            raise NoticeIncomplete(unlisted)
        return {}
    # What was deferred or promised was put to the applicant in writing then; once lapsed it may be asked again.
    extra = missing - state.notified - state.brought - state.owed.keys()
    if extra and not override:
        raise NoticeBeyondFirst(extra)
    return {"beyond_first": sorted(extra)} if extra else {}


def common_records(
    procedure: Procedure, state: State, common: Common, public: Mapping[str, Any], at: datetime
) -> dict[str, Any]:
    """What a common act changes: owed materials, clocks extended, special procedures begun or ended."""
    record: dict[str, Any] = {}
    if common.records == "owed":
        record["owed"] = _owed(procedure, common, public, local_day(at))
    if common.records == "settled":
        record["owed"] = _settled(state, public["settled_materials"])
    if common.extends:
        record.update(_extended(procedure, state, common, public["working_days"]))
    if common.pauses:
        if state.special & frozenset(common.pauses):
            raise SpecialProcedure("特别程序正在进行，不能再次启动。")
        _hold_days(procedure, common, public["working_days"])
        record["special"] = sorted(state.special | frozenset(common.pauses))
    if common.resumes:
        if not state.special:
            raise SpecialProcedure("没有正在进行的特别程序。")
        record["special"] = sorted(state.special - frozenset(common.resumes))
    return record


def _owed(procedure: Procedure, common: Common, public: Mapping[str, Any], today: date) -> dict[str, Any]:
    due_on = date.fromisoformat(public["owed_due"])
    if due_on < today:
        raise NeedMissing("owed_due", "补交期限不能早于今天，请改填今天或以后的日期。")
    if common.limit is not None:
        latest = due(procedure.calendar, today, procedure.limits[common.limit]).on
        if due_on > latest:
            raise NeedMissing(
                "owed_due", f"补交期限最迟为{latest:%Y年%-m月%-d日}，请改填这一天或以前的日期。"
            )
    kind = "promised" if "promised_materials" in public else "deferred"
    names = public.get("promised_materials") or public["owed_materials"]
    return {name: {"kind": kind, "due": end_of_day(due_on).isoformat(), "state": "open"} for name in names}


def _extended(procedure: Procedure, state: State, common: Common, days: int) -> dict[str, Any]:
    """The clock made longer, once; where none runs there is nothing to extend, and the act is on record only."""
    _hold_days(procedure, common, days)
    clock = state.clocks.get(common.extends or "")
    if clock is None or clock.is_ended:
        return {}
    if clock.extended:
        raise SpecialProcedure("本件已经延长过一次，不能再次延长。")
    return {"clocks": {clock.name: clock.extend(procedure.calendar, days).as_data()}}


def _hold_days(procedure: Procedure, common: Common, days: int) -> None:
    if common.limit is not None and days > (most := procedure.limits[common.limit].amount):
        raise NeedMissing("working_days", f"“{common.name}”最多{most}个工作日，请改填不超过{most}的天数。")


def _settled(state: State, names: list[str]) -> dict[str, dict[str, str]]:
    unknown = [name for name in names if name not in state.owed]
    if unknown:
        raise NothingOwed(f"有{len(unknown)}项材料没有容缺或承诺记录，不必补交。", materials=unknown)
    return {name: {**state.owed[name], "state": "settled"} for name in names}
