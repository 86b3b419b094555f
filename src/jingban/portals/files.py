"""Uploaded files, delivered only to those who may see the case they belong to, or whose draft they lie in."""

from __future__ import annotations

from urllib.parse import quote
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from jingban.access.service import NotAllowed
from jingban.audit import service as audit
from jingban.cases.view import read
from jingban.portals import doors
from jingban.uploads import service as uploads

SANDBOX = "default-src 'none'; sandbox; frame-ancestors 'self'"
"""Whatever a browser might take the file for, it runs nothing and belongs to no site."""
VIEWER = "frame-ancestors 'self'"
"""Chromium refuses to show a PDF under ``sandbox`` or ``object-src 'none'``; the PDFs kept hold nothing that runs."""


@login_required
@require_safe
def upload(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The file, to be looked at in the page (``?download`` to be saved). Who reads another one's is written down."""
    found, who = uploads.find(pk), doors.actor(request)

    def may_see(case: int) -> bool:
        return bool(doors.may_see(who, read(case)[0]))

    try:
        content = uploads.open_for(who, found, may_see=may_see)
    except NotAllowed as refused:
        subject, detail = f"upload:{found.pk}", refused.message
        audit.record(actor=who.id, kind=audit.REFUSED, subject=subject, detail=detail, now=doors.now())
        raise
    if found.case is not None:
        doors.written_down(request, read(found.case)[0], f"材料{found.slot}")
    return _delivered(found, content, download="download" in request.GET)


def _delivered(found: uploads.Upload, content: bytes, *, download: bool) -> HttpResponse:
    answer = HttpResponse(content, content_type=found.content_type)
    way = "attachment" if download else "inline"
    answer.headers["Content-Disposition"] = f"{way}; filename*=UTF-8''{quote(found.name)}"
    answer.headers["Content-Security-Policy"] = SANDBOX if download or found.is_picture else VIEWER
    answer.headers["X-Content-Type-Options"] = "nosniff"
    answer.headers["X-Frame-Options"] = "SAMEORIGIN"
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
