"""The own cases: whose page it is decides the server, each time."""

from __future__ import annotations

from django.http import HttpRequest

from jingban.access.service import NotAllowed
from jingban.cases.view import CaseView
from jingban.portals import doors


def own_case(request: HttpRequest, number: str) -> CaseView:
    """The case, only for its owner or the owner's agent; staff read at the desk."""
    view = doors.readable(request, number)
    actor = doors.actor(request)
    if view.applicant_id != actor.id and view.applicant_id not in {m.principal for m in actor.mandates}:
        raise NotAllowed("这不是您的办件。经办人员请在工作台查看。")
    doors.written_down(request, view)
    return view
