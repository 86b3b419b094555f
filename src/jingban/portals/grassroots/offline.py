"""Calling on people without a connection: the page that works alone, its service worker, and taking in what it kept.

The page itself holds nothing personal, so that the service worker may keep it: who is signed in, the token against
forged requests and the list of entries come by ``session``, and what is written down stays on the device, encrypted,
until ``upload`` says that it has arrived (docs/algorithms/offline.md).
"""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_GET, require_POST

from jingban.access.service import Actor
from jingban.cases.materials import slots
from jingban.core.errors import DomainError
from jingban.portals import doors
from jingban.portals.context import SITE_NAME
from jingban.portals.grassroots import posts, visiting
from jingban.portals.middleware import is_fault, status_of
from jingban.visits import service as visits

KEPT = (
    "vendor/bootstrap/bootstrap.min.css",
    "portals/jingban.css",
    "portals/large.css",
    "portals/contrast.css",
    "portals/grassroots.css",
    "portals/grassroots-visits.js",
    "portals/icon.svg",
)
"""What the page needs beside itself."""
WORKER = "portals/grassroots-worker.js"
FIELDS = ("name", "id_number", "phone", "said", "how", "agent", "proof")


@require_GET
def shell(request: HttpRequest) -> HttpResponse:
    """The page without anybody's data: the same for whoever asks, signed in or not."""
    return render(request, "grassroots/offline.html", {"site_name": SITE_NAME, "hows": visits.HOW})


@lru_cache(maxsize=1)
def version() -> str:
    """Changes with the page, with anything that it needs, and with the worker: then devices fetch them anew."""
    body = hashlib.sha256(
        render_to_string("grassroots/offline.html", {"site_name": SITE_NAME, "hows": visits.HOW}).encode()
    )
    for name in (*KEPT, WORKER):
        body.update(_content(name).encode())
    return body.hexdigest()[:12]


def _content(name: str) -> str:
    found = finders.find(name)
    if not isinstance(found, str):
        raise LookupError(f"static file {name} is missing")
    return Path(found).read_text(encoding="utf-8")


@require_GET
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker. Served from here, since it may only stand before addresses below its own."""
    kept = {
        "version": version(),
        "page": reverse("grassroots-offline"),
        "files": [static(name) for name in KEPT],
    }
    script = f"self.KEPT = {json.dumps(kept)};\n{_content(WORKER)}"
    return HttpResponse(
        script, content_type="text/javascript; charset=utf-8", headers={"Cache-Control": "no-cache"}
    )


@require_GET
def session(request: HttpRequest) -> HttpResponse:
    """Who is signed in, a token for uploading, and the entries to choose from."""
    if refused := _refused(request):
        return refused
    actor = doors.actor(request)
    mine = posts.posts(actor)
    return JsonResponse(
        {
            "worker": actor.id,
            "name": actor.name,
            "token": get_token(request),
            "posts": [{"region": post.region, "name": post.name} for post in mine],
            "items": [
                item
                for region in dict.fromkeys(post.region for post in mine)
                for item in _items(region, mine, actor)
            ],
        }
    )


def _items(region: str, mine: tuple[posts.Post, ...], actor: Actor) -> list[dict[str, Any]]:
    post = next(post for post in mine if post.region == region)
    return [
        {
            "key": f"{region}/{tile.key}",
            "name": tile.item.name,
            # Photographs lie in the draft of an application, which begins only where the entry is handled.
            "slots": [
                {"key": key, "name": material.name} for key, material in slots(tile.item) if tile.handled
            ],
        }
        for tile in posts.tiles(post, actor)
    ]


def _refused(request: HttpRequest) -> JsonResponse | None:
    """Why this visitor may not; as data, since a script reads it."""
    if not request.user.is_authenticated:
        return JsonResponse({"state": "signin", "message": "请重新登录，登录后自动上传。"}, status=401)
    if not posts.posts(doors.actor(request)):
        return JsonResponse({"state": "refused", "message": posts.ELSEWHERE}, status=403)
    return None


@require_POST
def upload(request: HttpRequest) -> HttpResponse:
    """Take in one visit; the same mark twice is one visit. The answer says whether the device may forget it."""
    if refused := _refused(request):
        return refused
    actor, now = doors.actor(request), doors.now()
    try:
        row, photos = _taken(actor, _read(request), now)
    except DomainError as wrong:
        if is_fault(wrong):
            raise
        return JsonResponse({"state": "wrong", "message": wrong.message}, status=status_of(wrong))
    return JsonResponse({"state": "accepted", "mark": str(row.pk), "photos": photos})


def _read(request: HttpRequest) -> dict[str, Any]:
    try:
        sent = json.loads(request.body)
    except RequestDataTooBig:
        raise visits.VisitWrong("照片合起来太大，请删去一两张再传。", faults={"photo": "照片太大"}) from None
    except ValueError:
        sent = None
    if not isinstance(sent, dict):
        raise visits.VisitWrong("没有收完整，请再传一次。", faults={})
    return sent


def _taken(actor: Actor, sent: dict[str, Any], now: datetime) -> tuple[visits.Visit, int]:
    if sent.get("worker") != actor.id:
        raise visits.VisitTaken("这条是另一位同事登记的，请由本人登录后上传。")
    region, tier, item = _entry_key(sent)
    mine = posts.posts(actor)
    post = next((post for post in mine if region in ("", post.region)), None)
    if post is None:
        raise visits.VisitWrong(
            "您现在不在这个地区的服务点，请改选要办的事。", faults={"item": "请改选要办的事"}
        )
    said = visits.Said(tier=tier, item=item, **{name: _text(sent, name) for name in FIELDS})
    at = visiting.instant(_text(sent, "visited_at")) or now
    photos = _photos(sent, bool(item))
    row = visiting.keep(actor, post, visiting.as_mark(_text(sent, "mark")), said, at, now)
    for number, (slot, content) in enumerate(photos, 1):
        visiting.take_picture(row, slot, f"走访照片{number}.jpg", content, actor, now)
    return row, len(photos)


def _entry_key(sent: dict[str, Any]) -> tuple[str, str, str]:
    region, _, rest = _text(sent, "item").partition("/")
    tier, _, item = rest.partition("/")
    return region, tier, item


def _text(sent: dict[str, Any], name: str) -> str:
    value = sent.get(name, "")
    return value[:2000] if isinstance(value, str) else ""


def _photos(sent: dict[str, Any], with_item: bool) -> list[tuple[str, bytes]]:
    """Photographs by the material that they show."""
    photos = sent.get("photos") or []
    if not isinstance(photos, list) or len(photos) > visits.PHOTOS or (photos and not with_item):
        raise visits.VisitWrong(f"照片最多{visits.PHOTOS}张，并且要先选事项。", faults={"photo": "照片太多"})
    return [
        (_text(photo, "slot"), visiting.from_base64(str(photo.get("data", ""))))
        for photo in photos
        if isinstance(photo, dict)
    ]
