"""Who sees what a case claims, and who enters it: health data, so every look at lines and records is written down."""

from __future__ import annotations

from django.http import HttpRequest

from jingban.access.service import Actor, NotAllowed, may
from jingban.audit import service as audit
from jingban.benefits import service as benefits
from jingban.cases.actions import on_case
from jingban.cases.errors import CaseNotFound
from jingban.cases.view import CaseView
from jingban.portals import doors

TOWNSHIP = frozenset({"township"})
"""Handles the claims of the lowest tier from first to last."""
CLOSED = "您的岗位不能查看本件的费用和核定；这些是就医信息，由承办机构的工作人员查看。"


def may_see(view: CaseView, actor: Actor) -> bool:
    """Whether somebody is of the staff who handle the case, and it is about a benefit at all."""
    if not benefits.takes_bills(view):
        return False
    if view.tier == "grassroots" and may(actor, "bill", on_case(view, TOWNSHIP)):
        return True
    return doors.at_work_on(actor, view)


def seen(request: HttpRequest, number: str) -> CaseView:
    """The case of an address for who may see what it claims; a refusal is written down."""
    view, who = doors.readable(request, number), doors.actor(request)
    if not benefits.takes_bills(view):
        raise CaseNotFound("这个事项不核定待遇，没有费用账单。")
    if not may_see(view, who):
        raise _refused(request, view, CLOSED)
    return view


def edited(request: HttpRequest, number: str) -> CaseView:
    """The same for who may enter and correct bills now."""
    view = seen(request, number)
    if not benefits.may_edit_bills(view, doors.actor(request)):
        raise _refused(request, view, why_not(view))
    return view


def _refused(request: HttpRequest, view: CaseView, why: str) -> NotAllowed:
    """Write a refusal down."""
    who, subject = doors.actor(request).id, f"case:{view.number}"
    audit.record(actor=who, kind=audit.REFUSED, subject=subject, detail=why, now=doors.now())
    return NotAllowed(why)


def why_not(view: CaseView) -> str:
    """Why bills cannot be changed, for who sees them."""
    if view.outcome is not None:
        return "本件已经办结，账单不能再改。"
    if benefits.standing_decision(view.id) is not None:
        return "本件已经核定金额，账单不能再改；确需更正的，先退回重新审核。"
    return "您的岗位不能录入和更正账单，请由前台受理、录入或审核岗位办理。"


def opened(request: HttpRequest, view: CaseView, what: str) -> None:
    """Write down that health data of the case were opened."""
    who, subject = doors.actor(request).id, f"case:{view.number}"
    audit.record(actor=who, kind=audit.REVEALED, subject=subject, detail=what, now=doors.now())
