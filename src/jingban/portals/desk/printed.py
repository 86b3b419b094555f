"""Papers from the registers and the mail, for the desk: issued on first print, the same file ever after."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from jingban.access.service import NotAllowed
from jingban.audit import service as audit
from jingban.core.localtime import local_day
from jingban.documents import service as documents
from jingban.exchange.service import Letter
from jingban.portals import doors, printing
from jingban.portals.desk.mail import overview
from jingban.portals.desk.register import rights
from jingban.portals.public.paperfiles import VOIDERS, file_of
from jingban.registry import service as registry


@doors.staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def issued(request: HttpRequest, pk: int, number: str) -> HttpResponse:
    """What was issued to a person from the registers, as a paper."""
    who = rights.person(request, pk)
    row = next((i for i in registry.ties_of(who).issued if i.number == number), None)
    if row is None:
        raise registry.RegistryError("没有这份凭证，请从个人页面重新打开。")
    rights.note(request, audit.REVEALED, f"person:{who.number}", f"打印凭证{number}")
    return _handed_out(request, who.region, printing.KINDS.get(row.kind, row.kind), printing.certificate(row))


@doors.staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def levy(request: HttpRequest, region: str, number: str) -> HttpResponse:
    """征缴单."""
    rights.required(request, region, rights.READERS)
    row = printing.levy_of(region, number)
    if row is None:
        raise registry.RegistryError("没有这张征缴单，请从单位或个人页面重新打开。")
    rights.note(request, audit.READ, f"levy:{number}", "打印征缴单")
    return _handed_out(request, region, "levy-slip", printing.levy(row))


@doors.staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def letter(request: HttpRequest, pk: int) -> HttpResponse:
    """A letter of ours, sealed and signed, to be put into the envelope."""
    row = Letter.objects.filter(pk=pk, direction="out").select_related("case").first()
    if row is None or row.kind not in printing.SENDER:
        raise Http404(str(pk))
    if not overview.may_see(doors.actor(request), row):
        raise NotAllowed("您没有查看这封函的权限。")
    rights.note(request, audit.REVEALED, f"letter:{row.number}", "打印函件")
    return _handed_out(request, row.from_code, row.kind, printing.letter(row))


@doors.staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def roster(request: HttpRequest, pk: int) -> HttpResponse:
    """参保名册核对表 of an uploaded roster."""
    row = registry.roster_of_id(pk)
    if row is None:
        raise registry.RegistryError("没有这份名册，请核对编号。")
    rights.required(request, row.region, rights.ROSTERS)
    who = doors.actor(request)
    if row.actor != who.id and not rights.allowed(request, row.region, rights.COUNTER):
        raise NotAllowed("这份名册是别人上传的，您的岗位只能看自己上传的名册。")
    rights.note(request, audit.READ, f"roster:{row.pk}", "打印核对表")
    return _handed_out(
        request, row.region, "roster-check", printing.roster(row, who.name, local_day(doors.now()))
    )


def _handed_out(request: HttpRequest, region: str, kind: str, about: documents.Subject) -> HttpResponse:
    """The file; of a void one first a page that says so, from which whoever decides may have it issued anew."""
    who, again = doors.actor(request), request.method == "POST"
    decides = rights.allowed(request, region, VOIDERS)
    if again and not decides:
        raise NotAllowed("您的岗位不能重新出具作废的文书，请由审核、负责人或监督岗位办理。")
    row = documents.issue(about, kind=kind, region=region, actor=who, now=doors.now(), again=again)
    if again:
        return redirect(request.path)
    if row.is_void and "file" not in request.GET:
        page = {"paper": row, "may_again": decides and not about.is_void}
        return render(request, "papers/void.html", page)
    return file_of(row, who, request)
