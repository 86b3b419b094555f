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


def paper_records(
    procedure: Procedure, state: State, common: Common, public: Mapping[str, Any], at: datetime
) -> dict[str, Any]:
    """What a common act changes: owed materials, clocks extended, special procedures begun or ended."""
    record: dict[str, Any] = {}
    if common.records == "owed":
        kind = "promised" if "promised_materials" in public else "deferred"
        due_on = date.fromisoformat(public["owed_due"])
        if due_on < local_day(at):
            raise NeedMissing("owed_due", "补交期限不能早于今天，请改填今天或以后的日期。")
        due = end_of_day(due_on).isoformat()
        names = public.get("promised_materials") or public["owed_materials"]
        record["owed"] = {name: {"kind": kind, "due": due, "state": "open"} for name in names}
    if common.records == "settled":
        record["owed"] = _settled(state, public["settled_materials"])
    if common.extends and (clock := state.clocks.get(common.extends)) and not clock.is_ended:
        longer = clock.extend(procedure.calendar, public["working_days"])
        record["clocks"] = {common.extends: longer.as_data()}
    if common.pauses:
        if state.special & frozenset(common.pauses):
            raise SpecialProcedure("特别程序正在进行，不能再次启动。")
        record["special"] = sorted(state.special | frozenset(common.pauses))
    if common.resumes:
        if not state.special:
            raise SpecialProcedure("没有正在进行的特别程序。")
        record["special"] = sorted(state.special - frozenset(common.resumes))
    return record


def _settled(state: State, names: list[str]) -> dict[str, dict[str, str]]:
    unknown = [name for name in names if name not in state.owed]
    if unknown:
        raise NothingOwed(f"有{len(unknown)}项材料没有容缺或承诺记录，不必补交。", materials=unknown)
    return {name: {**state.owed[name], "state": "settled"} for name in names}
