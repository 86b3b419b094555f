"""What a page costs at the server: queries, milliseconds, bytes; beside a bare view with the same template."""

from __future__ import annotations

import gzip
import http.client
import os
import re
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.template import Context, loader
from django.test import Client
from django.test.signals import template_rendered
from django.test.utils import (
    CaptureQueriesContext,
    override_settings,
    setup_test_environment,
    teardown_test_environment,
)
from django.urls import include, path
from million import NOW, user
from table import Figure

from jingban.portals import doors

QUERIES, MILLISECONDS, BYTES = 12, 60, 60
WARM_UP, MARKS = 5, ("BEGIN", "COMMIT")
urlpatterns: list[Any] = []
"""The floor's own addresses: this module is its ROOT_URLCONF."""


def stop_the_clock() -> None:
    """The doors ask for the time in one place; it stands where the cases were due."""
    doors.now = lambda: NOW


def desk(numbers: list[str], each: int, *, tell: bool = False) -> list[Figure]:
    """The queue and the case, at the window and at the review, as a whole page and as the part that htmx asks.

    ``tell``: print what is asked of the databases, with its seconds."""
    clerk, reviewer = signed_in("clerk"), signed_in("reviewer")
    waiting, accepted = numbers[: len(numbers) // 2], numbers[-50:]
    far = f"/desk/?after={(NOW.date()).isoformat()}.1"
    asked: list[tuple[str, Client, Callable[[int], str], dict[str, str]]] = [
        ("queue", clerk, lambda n: "/desk/", {}),
        ("queue of a reviewer with more places", reviewer, lambda n: "/desk/", {}),
        ("queue, due today", clerk, lambda n: "/desk/?when=today", {}),
        ("queue, in the middle of the million", clerk, lambda n: far, {"HX-Request": "true"}),
        ("case, beside its queue", clerk, lambda n: f"/desk/case/{waiting[n % len(waiting)]}/", {}),
        ("case, the part alone", clerk, lambda n: f"/desk/case/{waiting[n % len(waiting)]}/", {"HX-Request": "true"}),
        ("case, at the review", reviewer, lambda n: f"/desk/case/{accepted[n % len(accepted)]}/", {}),
        ("list beside a case", clerk, lambda n: f"/desk/?at={waiting[n % len(waiting)]}", {"HX-Request": "true"}),
    ]  # fmt: skip
    found = []
    for name, client, address, headers in asked:
        client.get("/desk/?when=any&tab=mine")  # the session keeps the tab that was looked at last
        found += _page(name, client, address, headers, each, tell=tell)
    return found


def _page(
    name: str,
    client: Client,
    address: Callable[[int], str],
    headers: dict[str, str],
    each: int,
    *,
    tell: bool,
) -> list[Figure]:
    def get(n: int) -> HttpResponse:
        answer = client.get(address(n), headers=headers)
        if answer.status_code != 200:
            raise SystemExit(f"{address(n)}: {answer.status_code}")
        return answer

    taken, busy = timed(get, each)
    with _queries() as asked:
        get(each + WARM_UP)
        said = asked()
    if tell:
        print(f"\n{name}", *(f"{one['time']} {one['sql'][:230]}" for one in said), sep="\n  ")
    floor = _floor(get, each)
    slow = quantiles(taken, n=20)[-1]
    return [
        Figure(
            f"{name}: p95",
            slow,
            "ms",
            MILLISECONDS,
            "bare view",
            floor,
            f"p50 {median(taken):.1f}, of it processor {median(busy):.1f}",
        ),
        Figure(f"{name}: queries", len(said), "", QUERIES),
    ]


def timed(call: Callable[[int], object], each: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each call, after a few that do not count; and those that this process was at work, which others
    on the machine touch less."""
    taken, busy = [], []
    for n in range(each + WARM_UP):
        begun, worked = time.perf_counter(), time.process_time()
        call(n)
        taken.append((time.perf_counter() - begun) * 1000)
        busy.append((time.process_time() - worked) * 1000)
    return taken[WARM_UP:], busy[WARM_UP:]


@contextmanager
def _queries() -> Iterator[Callable[[], list[dict[str, str]]]]:
    """Statements sent to both databases; where a transaction begins and ends is none."""
    with (
        CaptureQueriesContext(connections["default"]) as main,
        CaptureQueriesContext(connections["audit"]) as audit,
    ):
        yield lambda: [
            one for one in (*main.captured_queries, *audit.captured_queries) if one["sql"] not in MARKS
        ]


def _floor(get: Callable[[int], HttpResponse], each: int) -> float:
    """The same template with the same words, all of them constant, by a view that does nothing else: no session, no
    rights, no database. Nothing in Django is quicker than this."""
    kept: list[tuple[str, dict[str, Any]]] = []

    def rendered(sender: object, template: Any, context: Any, **_: object) -> None:
        if not kept:
            kept.append((template.name, context.flatten()))

    setup_test_environment(debug=False)  # only so that templates say what they were given
    template_rendered.connect(rendered)
    get(0)
    template_rendered.disconnect(rendered)
    teardown_test_environment()
    name, words = kept[0]
    whole = loader.get_template(name).template

    def bare(_: HttpRequest) -> HttpResponse:
        return HttpResponse(whole.render(Context(words)))

    urlpatterns[:] = [
        path("floor/", bare),
        path("", include("jingban.portals.urls")),
    ]  # templates link to the rest
    with override_settings(ROOT_URLCONF=__name__, MIDDLEWARE=[]), _queries() as asked:
        client = Client()
        taken = median(timed(lambda n: client.get("/floor/"), each)[0])
        if asked():
            raise SystemExit(f"{name}: the floor asked the database")
    return taken


def signed_in(part: str) -> Client:
    client = Client()
    client.force_login(user(part))
    return client


def first_page(root: Path) -> list[Figure]:
    """The first page as the server of ``make run`` sends it: the page and all it names, headers included."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port = asked.getsockname()[1]
    log = Path(os.environ["JINGBAN_BENCH_WORK"]) / "server.log"
    command = [str(root / ".venv/bin/jingban"), "serve"]
    with log.open("wb") as out:
        server = subprocess.Popen([*command, "--no-timer", "--port", str(port)], stdout=out, stderr=out)
    try:
        page = _asked(port, "/", 60)
        named = re.findall(rb"""(?:href|src)=["'](/static/[^"'?]+)""", page[1])
        parts = [page, *(_asked(port, name.decode(), 5) for name in dict.fromkeys(named))]
    finally:
        server.terminate()
        server.wait(20)
    sent = sum(heads + len(body) for heads, body in parts)
    packed = sent - len(page[1]) + len(gzip.compress(page[1]))
    note = f"{len(parts)} files; {packed / 1000:.1f} behind a proxy that packs pages"
    return [Figure("first page on the wire", sent / 1000, "kB", BYTES, note=note)]


def _asked(port: int, address: str, patience: float) -> tuple[int, bytes]:
    """Bytes of the answer's head, and its body as it was sent."""
    until = time.monotonic() + patience
    while True:
        try:
            line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            line.request("GET", address, headers={"Accept-Encoding": "gzip, br"})
            answer = line.getresponse()
            body = answer.read()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.3)
            continue
        if answer.status != 200:
            raise SystemExit(f"{address}: {answer.status}")
        return len(str(answer.headers)) + 17, body
