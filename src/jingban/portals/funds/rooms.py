"""Who is in the funds room, region by region and office by office; every refusal is written down.

What somebody may do there the funds say themselves (``funds.service.allowed``); each act of theirs asks again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from jingban.access.models import User
from jingban.access.service import Actor, NotAllowed
from jingban.audit import service as audit
from jingban.benefits import service as benefits
from jingban.core.errors import DomainError
from jingban.funds import service as funds
from jingban.portals import book, doors
from jingban.portals.desk.register import forms
from jingban.portals.middleware import is_fault, status_of
from jingban.rulebook.effective import RegionCard

CLOSED = "资金室只供拨付、资金复核、负责人和监督岗位使用。"
WHOLE = "这一页看的是全地区的资金，只在一个经办处任职的不能看。"
NOT_THERE = "没有这一项，或它不属于您任职的地区；请从资金室的列表重新打开。"
LARGEST = 32 << 20
"""Bytes of a file from the bank; ten thousand answers in XML are about six million."""


class NotFound(funds.FundsError):
    """No such batch, file, request or recovery, or it is another region's."""

    code = "funds_not_found"


@dataclass(frozen=True, slots=True)
class Place:
    """A region as somebody sees it; ``offices`` only some of it, empty for the whole region."""

    actor: Actor
    card: RegionCard
    offices: tuple[str, ...] = ()

    @property
    def region(self) -> str:
        return self.card.region

    def scoped(self, rows: Any) -> Any:
        """Rows of this region, and of these offices."""
        rows = rows.filter(region=self.region)
        return rows.filter(office__in=self.offices) if self.offices else rows

    def may(self, roles: frozenset[str], office: str = "") -> bool:
        """Whether somebody holds one of the roles there; the whole region where no office is named."""
        return bool(funds.allowed(self.actor, self.region, office, roles))

    def office_name(self, office: str) -> str:
        """What people call it: a body of the region's card, or the agency itself where its guide names nobody."""
        body = self.card.bodies.get(office)
        return body.name if body is not None else self.card.full_name if office else ""


def regions_of(actor: Actor) -> tuple[str, ...]:
    """The regions in whose funds room somebody is."""
    found = {held.region for held in actor.held if held.role in funds.READERS}
    return tuple(sorted(found & set(book.regions())))


def here(request: HttpRequest, region: str = "", *, whole: bool = False) -> Place:
    """The region that a page is about; raises NotAllowed where whoever asks is not in its funds room.

    ``whole`` for pages about all of the region's money.
    """
    actor = doors.actor(request)
    mine = regions_of(actor)
    asked = region or request.POST.get("region") or request.GET.get("region") or ""
    if not mine or (asked and asked not in mine):
        raise refused(request, asked, CLOSED)
    chosen = asked or mine[0]
    held = [h for h in actor.held if h.region == chosen and h.role in funds.READERS]
    offices = () if any(not h.office for h in held) else tuple(sorted({h.office for h in held}))
    if whole and offices:
        raise refused(request, chosen, WHOLE)
    return Place(actor, book.region_card(chosen), offices)


def refused(request: HttpRequest, region: str, why: str) -> NotAllowed:
    """Write a refusal down."""
    note(request, audit.REFUSED, region, why)
    return NotAllowed(why)


def note(request: HttpRequest, kind: str, region: str, detail: str) -> None:
    who, now = doors.actor(request).id, doors.now()
    audit.record(actor=who, kind=kind, subject=f"funds:{region}"[:80], detail=detail, now=now)


def found_in(request: HttpRequest, rows: Any, pk: int, *, whole: bool = False) -> tuple[Any, Place]:
    """A row by its key with its place; NotFound also for a row of a place that is not one's own."""
    row = rows.filter(pk=pk).first()
    if row is None or row.region not in regions_of(doors.actor(request)):
        raise NotFound(NOT_THERE)
    place = here(request, row.region, whole=whole)
    if place.offices and row.office not in place.offices:
        raise NotFound(NOT_THERE)
    return row, place


ROOMS = (
    ("funds", "概况", False), ("funds-batches", "拨付批次", False), ("funds-returns", "银行回执", True),
    ("funds-corrections", "退回更正", False), ("funds-fiscal", "财政用款", False), ("funds-accounts", "账户和收入", True),
    ("funds-reconcile", "对账和月结", True), ("funds-reports", "报表", True), ("funds-recoveries", "追回和补付", False),
)  # fmt: skip
"""Pages of the room; those about all of the region's money are not for who is at one office only."""


def base(request: HttpRequest, place: Place) -> dict[str, Any]:
    """What every page of the room shows: where it is, and which pages there are."""
    cards = book.regions()
    return {
        "region": place.region,
        "card": place.card,
        "regions": [(key, cards[key].name) for key in regions_of(place.actor)],
        "tries_out": not settings.JINGBAN_FUNDS_LIVE,
        "rooms": [(name, title) for name, title, whole in ROOMS if not (whole and place.offices)],
        "pays_illustrative": benefits.pays_illustrative(),
        "room": request.resolver_match.url_name if request.resolver_match else "",
    }


def staff(view: Callable[..., HttpResponse]) -> doors.View:
    """Sign in first; then only who is in some region's funds room gets in."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not regions_of(doors.actor(request)):
            raise refused(request, "", CLOSED)
        return view(request, *args, **kwargs)

    return doors.staff_only(guarded)


Answer = Callable[[str, int], HttpResponse]
"""The page once more, with what stood in the way and the status."""


def acted(
    request: HttpRequest, region: str, act: Callable[[], str | None], to: str | tuple[str, Any], again: Answer
) -> HttpResponse:
    """Do an act and go on to a page; refused, the page that was stays and says why."""
    try:
        said = act()
    except NotAllowed as error:
        note(request, audit.REFUSED, region, error.message)
        return again(error.message, status_of(error))
    except DomainError as error:
        if is_fault(error):
            raise
        return again(error.message, 422 if error.details.get("field") else status_of(error))
    if said:
        messages.success(request, said)
    return back(to, region) if isinstance(to, str) else redirect(to[0], *to[1:])


def back(name: str, region: str) -> HttpResponse:
    """On to a list of the room, of the region that was worked on."""
    return redirect(f"{reverse(name)}?region={region}")


def kept(
    request: HttpRequest, region: str, form: forms.Filled, act: Callable[[], str]
) -> tuple[forms.Filled, int]:
    """Do what a form asks; refused, the form with the refusal at the field that it names, and the status.

    Status 0: done, and the visitor was told.
    """
    if form.faults:
        return form, 422
    try:
        messages.success(request, act())
    except DomainError as error:
        if is_fault(error):
            raise
        if isinstance(error, NotAllowed):  # whose form is not on the page either: told on a page of its own
            note(request, audit.REFUSED, region, error.message)
            raise
        return form.wrong(error), 422 if error.details.get("field") else status_of(error)
    return form, 0


def uploaded(request: HttpRequest, name: str = "file") -> bytes:
    """The file that came with a form; raises in words where there is none or it is too large."""
    upload: UploadedFile[bytes] | None = request.FILES.get(name)
    if upload is None:
        raise funds.FileWrong("请先选择文件。", field=name)
    if (upload.size or 0) > LARGEST:
        raise funds.FileWrong(f"文件超过{LARGEST >> 20}兆字节，没有读取；请分开导入。", field=name)
    content: bytes = upload.read()
    return content


def names(keys: Iterable[int | None]) -> dict[int, str]:
    """Who acted, by name; the system is nobody's row."""
    wanted = {key for key in keys if key}
    return {user.pk: str(user) for user in User.objects.filter(pk__in=wanted)} if wanted else {}
