"""Signing for a paper at the counter: on the pad, or on the paper itself, which is scanned. It is kept with the case."""

from __future__ import annotations

import base64
import binascii

from django.contrib import messages
from django.core.files.base import ContentFile, File
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from jingban.access.service import Actor, NotAllowed
from jingban.cases.view import CaseView
from jingban.core.errors import DomainError
from jingban.portals import doors
from jingban.portals.casepage import CasePage, case_page
from jingban.portals.desk.beside import SIGNED
from jingban.portals.desk.letters import CLERKS
from jingban.portals.middleware import is_fault, status_of
from jingban.uploads import service as uploads

PICTURE = "data:image/png;base64,"
LARGEST = 400_000
"""Signs of a drawn signature: more than any pad gives."""


class SignatureMissing(DomainError):
    """Neither drawn nor scanned, or not a picture."""

    code = "need_missing"


def may_sign(view: CaseView, actor: Actor) -> bool:
    """Whether this person hands papers out at the office of the case."""
    return bool(actor.roles_in(view.region, view.office) & CLERKS)


def papers(page: CasePage) -> tuple[tuple[int, str], ...]:
    """The papers that were given out, by event, the latest first."""
    rows = [(line.seq, "、".join(name for _, name in line.papers)) for line in page.timeline if line.papers]
    return tuple(reversed(rows))


@doors.staff_only
@require_http_methods(["GET", "POST"])
def sign(request: HttpRequest, number: str) -> HttpResponse:
    """The pad; what is signed belongs to the event that gave the paper out."""
    view, actor = doors.readable(request, number), doors.actor(request)
    if not may_sign(view, actor):
        raise NotAllowed("您的岗位不在本件的窗口发放文书，不能登记签收。")
    page = case_page(view, doors.now(), audience="desk")
    listed, refused = papers(page), None
    if not listed:
        raise NotAllowed("本件还没有出具文书，没有要签收的。")
    chosen = request.POST.get("paper", str(listed[0][0]))
    if request.method == "POST":
        try:
            _keep(request, view, actor, chosen if chosen in {str(seq) for seq, _ in listed} else "")
        except DomainError as error:
            if is_fault(error):
                raise
            refused = error
        else:
            messages.success(request, "签收已登记，和本件的材料放在一起。")
            return redirect("desk-case", number=view.number)
    doors.written_down(request, view, "签收文书")
    shown = {"page": page, "papers": listed, "chosen": chosen, "refused": refused.message if refused else ""}
    return render(request, "desk/sign.html", shown, status=status_of(refused) if refused else 200)


def _keep(request: HttpRequest, view: CaseView, actor: Actor, paper: str) -> None:
    if not paper:
        raise SignatureMissing("请选择签收的是哪一份文书。")
    uploads.take(
        file=_signed(request),
        owner=view.applicant_id or actor.id,
        slot=f"{SIGNED}{paper}",
        holder=uploads.Holder(view.region, case=view.id),
        now=doors.now(),
        by=actor.id,
    )


def _signed(request: HttpRequest) -> File[bytes]:
    scanned = request.FILES.get("scan")
    if scanned is not None:
        return scanned
    drawn = request.POST.get("drawn", "")
    if not drawn.startswith(PICTURE) or len(drawn) > LARGEST:
        raise SignatureMissing("还没有签名：请在签名板上签，或上传签了名的扫描件。")
    try:
        content = base64.b64decode(drawn.removeprefix(PICTURE), validate=True)
    except (binascii.Error, ValueError):
        raise SignatureMissing("签名没有传完整，请清除后重签。") from None
    return ContentFile(content, name="签名.png")
