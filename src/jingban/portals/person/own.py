"""The own cases: whose page it is decides the server, each time."""

from __future__ import annotations

from dataclasses import replace

from django.http import HttpRequest

from jingban.access.service import NotAllowed
from jingban.cases.view import CaseView
from jingban.portals import doors


def own_case(request: HttpRequest, number: str) -> CaseView:
    """The case, only for its owner, the owner's agent, and the owner's colleagues where it is their unit's; staff
    read at the desk."""
    view = doors.readable(request, number)
    if not doors.may_see(replace(doors.actor(request), held=()), view):
        raise NotAllowed("这不是您的办件。经办人员请在工作台查看。")
    doors.written_down(request, view)
    return view
