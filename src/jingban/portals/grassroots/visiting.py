"""Helping somebody (帮办代办) and calling on people: written down first, then gone on with as an application.

What is written down stands in ``visits``: who, whether in person or by whom and on what proof. Where an entry is
named, a draft with the same mark waits for it, prefilled; handing that in makes the case.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.files.base import ContentFile
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from jingban.access.service import Actor
from jingban.audit import service as audit
from jingban.cases import drafts
from jingban.cases.errors import DraftHandedIn, DraftNotFound
from jingban.cases.materials import FORM, known_keys
from jingban.core.errors import DomainError
from jingban.core.identifiers import mask_id, mask_phone
from jingban.core.localtime import local_day
from jingban.portals import book, doors
from jingban.portals.grassroots import posts
from jingban.portals.numbers import whole
from jingban.portals.person.counter import counter_channel
from jingban.registry import service as registry
from jingban.rulebook.errors import UnknownEntry
from jingban.uploads import service as uploads
from jingban.visits import service as visits

PAGE = 20
SIGNATURE = "data:image/png;base64,"
LARGEST_SIGNATURE = 200_000
TYPED = ("item", "name", "id_number", "phone", "how", "agent", "proof", "said", "key")
HELP = {key: visits.HOW[key] for key in ("present", "mandate")}


@dataclass(frozen=True, slots=True)
class Line:
    """A visit of the list: the numbers masked, and what became of it."""

    visit: visits.Visit
    name: str
    number: str
    item: str
    case: str
    may_continue: bool
    is_over: bool = False
    """Whether its form was not handed in in time, and is gone."""


def keep(
    actor: Actor, post: posts.Post, mark: UUID, said: visits.Said, at: datetime, now: datetime
) -> visits.Visit:
    """Write a visit down once; where it names an entry, a prefilled draft waits under the same mark.

    Errors: VisitWrong, VisitTaken, UnknownEntry.
    """
    entry = _entry(post.region, said)
    row, _ = visits.write_down(
        mark, said, worker=actor.id, region=post.region, place=post.name[:64], visited_at=at, now=now
    )
    if entry is not None and row.closed_at is None and posts.handles(entry.item, actor):
        _draft(entry, row, actor, now)
    return row


def _entry(region: str, said: visits.Said) -> book.Entry | None:
    return book.entry(region, said.tier, said.item) if said.item else None


def _draft(entry: book.Entry, row: visits.Visit, actor: Actor, now: datetime) -> None:
    """The draft of a visit: made once; what was filled in since is not written over."""
    try:
        drafts.find(row.pk, actor=actor, now=now)
    except DraftNotFound:
        asked, words = {f.key for f in entry.item.form}, row.words
        known: dict[str, str] = {
            key: words[key] for key in ("name", "id_number", "phone") if words[key] and key in asked
        }
        drafts.save(
            draft=row.pk,
            version=entry.version,
            filled=drafts.Filled(answers=known),
            actor=actor,
            seen=0,
            now=now,
            channel=counter_channel(entry.item, actor),
        )
    except DraftHandedIn:
        return


@posts.local_only
@require_http_methods(["GET", "POST"])
def help_somebody(request: HttpRequest) -> HttpResponse:
    """Who is there, in person or by whom; then the application."""
    post, actor, now = posts.here(request), doors.actor(request), doors.now()
    typed, faults = _typed(request, post), {}
    if request.method == "POST":
        try:
            row = _helped(request.POST, typed, actor, post, now)
        except (visits.VisitWrong, uploads.UploadRefused) as wrong:
            faults = wrong.details.get("faults", {"signature": wrong.message})
        except UnknownEntry:
            faults = {"item": "请选择要办的事项"}
        else:
            waits = _line(row, actor, now).may_continue
            return redirect(address(row)) if waits else redirect("grassroots-visit", mark=row.pk)
    shown: dict[str, Any] = {
        "post": post, "tiles": posts.tiles(post, actor), "typed": typed, "hows": HELP,
        "wrong": {name: faults.get(name, "") for name in (*TYPED, "signature")}, "listed": tuple(faults.items()),
    }  # fmt: skip
    return render(request, "grassroots/help.html", shown, status=422 if faults else 200)


def _typed(request: HttpRequest, post: posts.Post) -> dict[str, str]:
    """What was typed; from a list comes the name alone, since the number is read off the card of who is there."""
    typed = {name: request.POST.get(name, "").strip()[:1200] for name in TYPED}
    if request.method == "GET":
        typed["item"], typed["how"], typed["key"] = request.GET.get("item", ""), "present", str(uuid4())
        typed["name"] = _listed_name(request, post)
    return typed


def _listed_name(request: HttpRequest, post: posts.Post) -> str:
    pk = whole(request.GET.get("person", ""))
    if not pk:
        return ""
    where = registry.around(doors.actor(request), post.region, local_day(doors.now()))
    found = where.people.filter(pk=pk).first()
    return found.name if found else ""


def _helped(
    data: QueryDict, typed: dict[str, str], actor: Actor, post: posts.Post, now: datetime
) -> visits.Visit:
    tier, _, item = typed["item"].partition("/")
    if not item:
        raise UnknownEntry("没有选择事项。")
    said = visits.Said(
        tier=tier, item=item,
        **{k: typed[k] for k in ("name", "id_number", "phone", "said", "how", "agent", "proof")},
    )  # fmt: skip
    row = keep(actor, post, as_mark(typed["key"]), said, now, now)
    waits = posts.handles(book.entry(post.region, tier, item).item, actor)
    if waits and (signature := data.get("signature", "")):
        take_picture(row, FORM, "签名.png", _signed(signature), actor, now)
    return row


def as_mark(text: str) -> UUID:
    """The mark that a page sent; VisitWrong where it is none."""
    try:
        return UUID(text)
    except ValueError:
        raise visits.VisitWrong(
            "这一页过期了，请重新打开再登记。", faults={"name": "这一页过期了，请重新打开再登记"}
        ) from None


def instant(text: str) -> datetime | None:
    """An instant that a page or a device sent; nothing where it is none, or without its zone."""
    try:
        found = parse_datetime(text)
        return found.astimezone(UTC) if found is not None and found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None


def _signed(text: str) -> bytes:
    if not text.startswith(SIGNATURE) or len(text) > LARGEST_SIGNATURE:
        raise uploads.UploadRefused("签名没有收到，请重签一次或不签。", reason="picture")
    return from_base64(text.removeprefix(SIGNATURE))


def from_base64(text: str) -> bytes:
    """The bytes of a picture that a script sent."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise uploads.UploadRefused("图片没有传完整，请重新选择。", reason="picture") from None


def take_picture(
    row: visits.Visit, slot: str, name: str, content: bytes, actor: Actor, now: datetime
) -> None:
    """A picture into the draft that waits under the visit's mark; the same one again is the same upload."""
    item = book.entry(row.region, row.tier, row.item).item
    if not posts.handles(item, actor):
        why = "这一项不在本服务点受理，照片请在申请时提交"
        raise visits.VisitWrong(f"{why}。", faults={"photo": why})
    if slot not in known_keys(item):
        raise visits.VisitWrong("请选择照片是哪一样材料。", faults={"photo": "请选择照片是哪一样材料"})
    uploads.take(
        file=ContentFile(content, name=name),
        owner=actor.id,
        slot=slot,
        holder=uploads.Holder(row.region, draft=row.pk),
        now=now,
        still_open=partial(drafts.still_open, row.pk),
    )


def address(row: visits.Visit) -> str:
    """Where the application of a visit is gone on with; the form itself says which step is first."""
    return reverse("apply-step", args=[row.region, row.tier, row.item, row.pk, "first"])


@posts.local_only
@require_GET
def mine(request: HttpRequest) -> HttpResponse:
    """The own visits, the newest first."""
    actor, now = doors.actor(request), doors.now()
    before = instant(request.GET.get("before", "").replace(" ", "+"))
    found = visits.of_worker(actor.id, most=PAGE + 1, before=before)
    rows = [_line(row, actor, now) for row in found[:PAGE]]
    audit.record(actor=actor.id, kind=audit.READ, subject="visits", detail=f"走访列表{len(rows)}条", now=now)
    older = found[PAGE - 1].visited_at.isoformat() if len(found) > PAGE else ""
    return render(request, "grassroots/visits.html", {"rows": rows, "older": older})


def _line(row: visits.Visit, actor: Actor, now: datetime) -> Line:
    words, case = row.words, row.case
    waiting, is_over = bool(row.item) and row.closed_at is None, False
    if waiting:
        try:
            # An entrustment may have ended since: then the form would file in the worker's own name.
            waiting = posts.handles(book.entry(row.region, row.tier, row.item).item, actor)
            drafts.find(row.pk, actor=actor, now=now)
        except DraftHandedIn as done:
            case, waiting = str(done.details["number"]), False
        except DraftNotFound:
            is_over, waiting = waiting, False
        except DomainError:
            waiting = False
    number = mask_id(words["id_number"]) or "没有证件号码"
    return Line(row, words["name"], number, _item_name(row), case, waiting, is_over)


def _item_name(row: visits.Visit) -> str:
    if not row.item:
        return "只登记走访"
    try:
        return book.entry(row.region, row.tier, row.item).item.name
    except DomainError:
        return "事项已调整，请从指南重新选择"


@posts.local_only
@require_GET
def visit(request: HttpRequest, mark: UUID) -> HttpResponse:
    """One visit with everything that was written down, and what to do next."""
    actor, now = doors.actor(request), doors.now()
    row = visits.find(mark, worker=actor.id)
    line, words = _line(row, actor, now), row.words
    audit.record(actor=actor.id, kind=audit.READ, subject=f"visit:{row.pk}", now=now)
    shown = {
        "line": line, "row": row, "words": words, "phone": mask_phone(words["phone"]) if words["phone"] else "",
        "address": address(row) if line.may_continue else "",
        "photos": uploads.of_draft(row.pk),
    }  # fmt: skip
    return render(request, "grassroots/visit.html", shown)


@posts.local_only
@require_POST
def close(request: HttpRequest, mark: UUID) -> HttpResponse:
    """Nothing more to be done about it."""
    visits.close(mark, worker=doors.actor(request).id, note=request.POST.get("note", ""), now=doors.now())
    messages.success(request, "已了结。")
    return redirect("grassroots-visits")
