"""Steps that wait for several voices: a panel's votes, messages from other agencies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jingban.processes.errors import ActNotAllowed, AlreadyVoted
from jingban.processes.model import Act, Panel, Receives
from jingban.processes.needs import NeedMissing
from jingban.processes.state import State

if TYPE_CHECKING:
    from jingban.processes.engine import Request


def vote_record(state: State, panel: Panel, act: str, request: Request) -> dict[str, Any]:
    """The vote as the event keeps it; an expert is heard once."""
    if str(request.actor) in state.votes:
        raise AlreadyVoted("您已表决或已回避，不能再次表决。")
    if act == "recuse":
        return {"vote": "recused"}
    vote = request.data.get("vote")
    if vote not in ("yes", "no"):
        raise NeedMissing("vote", "请选择同意或不同意。")
    if sum(v != "recused" for v in state.votes.values()) >= panel.seats:
        raise AlreadyVoted("专家席位已满，不能再表决。")
    return {"vote": vote}


def voted_target(state: State, panel: Panel, record: Mapping[str, Any], actor: int) -> str | None:
    """Where the panel sends the case once its quorum has voted; none while votes are open."""
    votes = [v for v in (*state.votes.values(), record["vote"]) if v != "recused"]
    if len(votes) < panel.quorum:
        return None
    return panel.yes if votes.count("yes") >= panel.passes else panel.no


def heard_ways(
    state: State, receives: Receives, data: Mapping[str, Any]
) -> tuple[Act | None, dict[str, Any]]:
    """The way that a message opens: at once for ``any``, for ``all`` when the last has come.

    The first way is the complete one; any other result goes its way immediately.
    """
    message, complete = data.get("message"), next(iter(receives.ways))
    result = data.get("result", complete)
    if message not in receives.messages or result not in receives.ways:
        raise ActNotAllowed(step="等待来函", act=f"接收 {message}（{result}）", allowed=receives.messages)
    heard = {**state.heard, message: result}
    record: dict[str, Any] = {"heard": {message: result}}
    whole = bool(receives.any) or result != complete or set(heard) >= set(receives.messages)
    return (receives.ways[result] if whole else None), record
