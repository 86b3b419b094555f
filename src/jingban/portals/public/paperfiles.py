"""Papers of a case: the page to read, the sealed and signed file, and what the desk may do with it."""

from __future__ import annotations

from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from jingban.access.service import Actor, NotAllowed
from jingban.cases.errors import CaseNotFound
from jingban.cases.view import CaseView
from jingban.documents import service as documents
from jingban.portals import doors, papers
from jingban.portals.desk.letters import CLERKS
from jingban.portals.public.progress import has_shown

VOIDERS = frozenset({"reviewer", "second-reviewer", "head", "supervisor"})
"""Who declares a paper void."""
NONE = "没有这份文书，请从办件页面打开。"


@require_GET
def paper(request: HttpRequest, number: str, seq: int, paper: str) -> HttpResponse:
    """A paper to read: whole for who may read the case, without personal text for who came with the query code."""
    who = doors.actor(request)
    if request.user.is_authenticated and not has_shown(request, number):
        view, personal = doors.readable(request, number), True
        doors.written_down(request, view, f"文书{seq}：{paper}")
    elif has_shown(request, number):
        view, personal = doors.find_case(number), False
    else:
        raise NotAllowed("请先登录，或用办件编号和查询码查询进度后再打开文书。")
    inside = personal and doors.at_work_on(who, view)
    made = papers.paper_of(view, seq, paper, personal=personal, internal=inside)
    if made is None:
        raise CaseNotFound(NONE)
    decides = personal and made.issued is not None and _may_void(who, view)
    page = {
        "paper": made, "number": view.number, "seq": seq, "kind": paper,
        "may_issue": personal and _may_write_in(who, view),
        "may_void": decides and not made.is_void, "may_again": decides and made.is_void,
    }  # fmt: skip
    return render(request, "papers/paper.html", page)


@require_GET
def pdf(request: HttpRequest, number: str, seq: int, paper: str) -> HttpResponse:
    """The sealed and signed file, issued on first demand; it names people, so a query code does not open it."""
    view = _for_reading(request, number, f"打印文书{seq}：{paper}")
    if documents.is_internal(view.region, paper) and not doors.at_work_on(doors.actor(request), view):
        raise CaseNotFound(NONE)
    now, who = doors.now(), doors.actor(request)
    row = documents.issue_of_case(view=view, seq=seq, kind=paper, actor=who, now=now)
    if row is None:
        raise CaseNotFound(NONE)
    return file_of(row, who, request)


@doors.staff_only
@require_POST
def by_hand(request: HttpRequest, number: str, seq: int, paper: str) -> HttpResponse:
    """Issue with room for the pen where no font has a character; the desk writes it in and stamps it."""
    view, who = _for_reading(request, number, f"手写备注出具文书{seq}：{paper}"), doors.actor(request)
    if not _may_write_in(who, view):
        raise NotAllowed("您的岗位不能以手写备注出具文书，请由承办机构的窗口办理。")
    found = documents.look(view, seq, paper)
    if found is None:
        raise CaseNotFound(NONE)
    if found[1] is not None or not documents.missing(found[0].texts()):
        raise documents.DocumentError("这份文书的字都能打印，或已经出具，不用手写备注；请直接打开正式文书。")
    row = documents.issue_of_case(view=view, seq=seq, kind=paper, actor=who, now=doors.now(), by_hand=True)
    if row is None:
        raise CaseNotFound(NONE)
    messages.success(request, "已出具。打印后请手写空出的字，并盖校对章。")
    return redirect("paper", number=view.number, seq=seq, paper=paper)


@doors.staff_only
@require_POST
def void(request: HttpRequest, number: str, seq: int, paper: str) -> HttpResponse:
    """Declare a paper void; what is wrong with it is said, and stays."""
    view, who = _for_reading(request, number, f"作废文书{seq}：{paper}"), doors.actor(request)
    if not _may_void(who, view):
        raise NotAllowed("您的岗位不能作废文书，请由审核、负责人或监督岗位办理。")
    found = documents.look(view, seq, paper)
    if found is None or found[1] is None:
        raise CaseNotFound("这份文书还没有出具，不用作废。")
    documents.void(found[1], reason=request.POST.get("reason", ""), actor=who, now=doors.now())
    messages.success(request, "已作废。")
    return redirect("paper", number=view.number, seq=seq, paper=paper)


@doors.staff_only
@require_POST
def again(request: HttpRequest, number: str, seq: int, paper: str) -> HttpResponse:
    """Issue a void paper anew, under another code; the void one stays and says that it is void."""
    view, who = _for_reading(request, number, f"重新出具文书{seq}：{paper}"), doors.actor(request)
    if not _may_void(who, view):
        raise NotAllowed("您的岗位不能重新出具作废的文书，请由审核、负责人或监督岗位办理。")
    found = documents.look(view, seq, paper)
    if found is None or found[1] is None or not found[1].is_void:
        raise documents.PaperVoid("这份文书没有作废，不用重新出具；请直接打开正式文书。")
    documents.issue_of_case(
        view=view, seq=seq, kind=paper, actor=who, now=doors.now(), again=True, by_hand=found[1].handwritten
    )
    messages.success(request, "已重新出具，核验码是新的；作废的那一份仍然作废。")
    return redirect("paper", number=view.number, seq=seq, paper=paper)


def file_of(row: documents.IssuedPaper, actor: Actor, request: HttpRequest) -> HttpResponse:
    """The file as an answer, counted as a print."""
    answer = HttpResponse(
        documents.printed(row, actor=actor, now=doors.now()), content_type="application/pdf"
    )
    answer.headers["Content-Disposition"] = (
        f"inline; filename*=UTF-8''{quote(f'{row.title}{row.number}.pdf')}"
    )
    answer.headers["Cache-Control"] = "private, no-store"
    return answer


def _for_reading(request: HttpRequest, number: str, detail: str) -> CaseView:
    """The case for who is signed in and may read it; written down where it is not the own one."""
    if not request.user.is_authenticated:
        raise NotAllowed("正式文书写有个人信息：请登录后打开，或带身份证件到窗口领取。")
    view = doors.readable(request, number)
    doors.written_down(request, view, detail)
    return view


def _may_write_in(actor: Actor, view: CaseView) -> bool:
    """Whoever hands papers out where the case is handled writes in by hand what no font has."""
    return bool(actor.roles_in(view.region, view.office) & CLERKS)


def _may_void(actor: Actor, view: CaseView) -> bool:
    return bool(actor.roles_in(view.region, view.office) & VOIDERS)
