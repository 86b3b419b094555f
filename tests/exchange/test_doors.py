"""The doors: the receiving endpoint, the commands, the timer of the server."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from click.testing import CliRunner, Result
from django.test import Client

from jingban.cli import main
from jingban.core.localtime import SHANGHAI
from jingban.core.signing import signing_ring
from jingban.exchange import transport, views
from jingban.exchange.envelope import LARGEST, checked_sender
from jingban.exchange.errors import DeliveryFailed
from jingban.exchange.models import Letter
from jingban.server import commands as server
from tests.builders import MONDAY
from tests.exchange import scene
from tests.exchange.foreign import Foreign

pytestmark = pytest.mark.django_db(databases=["default", "audit"])


@pytest.fixture
def other(both: None) -> Foreign:
    return Foreign().introduce()


def _post(data: Any, **rest: Any) -> Any:
    text = data if isinstance(data, bytes) else json.dumps(data).encode()
    return Client(enforce_csrf_checks=True).post(
        "/exchange/letters", text, content_type="application/json", **rest
    )


def test_a_letter_is_answered_with_a_signature(other: Foreign) -> None:
    letter = other.contact(1)
    response = _post(letter)
    answer = response.json()
    assert (response.status_code, answer["state"], answer["uuid"]) == (200, "applied", letter["uuid"])
    assert checked_sender(answer, "puyang", MONDAY).code == "puyang"
    again = _post(letter).json()
    assert (again["state"], again["words"]) == (answer["state"], answer["words"])
    assert Letter.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "status"),
    [
        (b"", 400),
        (b"[1]", 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        (b"{}", 400),
        (b'{"a":"' + b"x" * LARGEST + b'"}', 400),
    ],
)
def test_what_is_no_letter_is_refused(other: Foreign, text: bytes, status: int) -> None:
    response = _post(text)
    assert (response.status_code, bool(response.json()["words"])) == (status, True)


def test_each_refusal_has_its_status(other: Foreign) -> None:
    letter = other.contact(1)
    stranger = Foreign(code="stranger")
    assert _post(stranger.contact(1)).status_code == 403
    assert _post({**letter, "signature": base64.b64encode(b"0" * 64).decode()}).status_code == 403
    assert _post(other.contact(1, to="nowhere")).status_code == 404
    assert Client().get("/exchange/letters").status_code == 405
    assert not Letter.objects.exists()


def test_a_fault_of_ours_is_no_page_with_details(other: Foreign, monkeypatch: pytest.MonkeyPatch) -> None:
    from jingban.core.crypto import SealBroken

    def broken(*_: Any, **__: Any) -> None:
        raise SealBroken("第1号密钥打不开")

    monkeypatch.setattr(views, "take_in", broken)
    response = _post(other.contact(1))
    assert (response.status_code, response.json()["words"]) == (500, "系统出错，函件没有收下，请稍后重发。")


def test_a_fault_of_ours_names_nobody_in_the_log(
    other: Foreign, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from jingban.registry.transfers import FeesRunning

    def running(*_: Any, **__: Any) -> None:
        raise FeesRunning("试某某在转出地没有停保")

    monkeypatch.setattr(views, "take_in", running)
    assert _post(other.contact(1)).status_code == 500
    assert "FeesRunning[fees_running] at exchange/test_doors.py" in caplog.text
    assert "试某某" not in caplog.text


# The line itself


class _Line(BaseHTTPRequestHandler):
    """Answers each POST with what the test laid out."""

    replies: list[tuple[int, bytes]] = []
    seen: list[tuple[str, bytes]] = []

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append((self.path, body))
        status, text = self.replies.pop(0)
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def line() -> Iterator[str]:
    _Line.replies, _Line.seen = [], []
    found = HTTPServer(("127.0.0.1", 0), _Line)
    thread = threading.Thread(target=found.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{found.server_port}"
    found.shutdown()
    thread.join()
    found.server_close()


def test_the_envelope_goes_out_as_its_canonical_text(line: str) -> None:
    _Line.replies = [(200, b'{"state":"applied"}')]
    assert transport.post(line + "/base", {"b": "余", "a": 1}) == {"state": "applied"}
    assert _Line.seen == [("/base/exchange/letters", '{"a":1,"b":"余"}'.encode())]


@pytest.mark.parametrize(
    ("status", "text", "words"),
    [
        (403, '{"words":"没有登记"}'.encode(), "状态403）：没有登记"),
        (500, b"{}", "没有说明"),
        (200, b"<html>", "认不出来"),
        (200, b"[]", "认不出来"),
        (302, b"{}", "状态302"),
        (200, b"x" * (transport.LARGEST_ANSWER + 1), "太长"),
    ],
)
def test_an_answer_that_is_none_is_a_failure_in_words(
    line: str, status: int, text: bytes, words: str
) -> None:
    _Line.replies = [(status, text)]
    with pytest.raises(DeliveryFailed, match=words):
        transport.post(line, {})


def test_nobody_there(line: str) -> None:
    with pytest.raises(DeliveryFailed, match="连不上"):
        transport.post("http://127.0.0.1:1", {})
    with pytest.raises(DeliveryFailed, match="连不上"):
        transport.post(line.replace("http", "https"), {})


# The commands


def _run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["exchange", *arguments], catch_exceptions=False)


def test_agencies_are_recorded_and_listed(both: None) -> None:
    assert _run("key").output.strip() == signing_ring().current.public.text
    done = _run("add-agency", "qingshan", "--name", "青山县医疗保障局", "--admin-code", "370199",
                "--url", "https://qs.example", "--key", Foreign().key.public.text, "--key-from", "2026-01-01")  # fmt: skip
    assert done.output == "已登记：qingshan 青山县医疗保障局（370199）\n"
    listed = _run("agencies").output
    assert "370199  qingshan        青山县医疗保障局  https://qs.example  公钥 " in listed
    assert "130284  luanzhou        滦州市医疗保障局  本系统  公钥 " in listed
    refused = _run("add-agency", "qingshan", "--url", "http://qs.example")
    assert (refused.exit_code, "要用 https" in refused.output) == (2, True)


def test_letters_are_delivered_listed_and_shown(both: None) -> None:
    scene.settle("luanzhou", 1, now=MONDAY, start_on=date(2026, 3, 1))
    view = scene.act(scene.apply("luanzhou", 1, come_from="puyang", now=MONDAY), "accept", now=MONDAY)
    scene.act(view, "send", now=MONDAY)
    assert _run("deliver").output == "写成1封，送出1封，未成0封。\n"
    listed = _run("letters").output
    assert listed.count("《联系函》") == 2
    number = Letter.objects.filter(direction="out").get().number
    shown = _run("show", number).output
    assert f"办件：{view.number}" in shown
    assert "状态：已发出" in shown
    assert scene.who("luanzhou", 1).name not in listed + shown, "nothing personal on the command line"
    assert _run("letters", "--state", "paper").output == ""
    assert "没有函号" in _run("show", "LX0").output


def test_a_delivery_that_fails_says_so_by_its_status(both: None) -> None:
    scene.settle("luanzhou", 1, now=MONDAY, start_on=date(2026, 3, 1))
    view = scene.act(
        scene.apply("luanzhou", 1, come_from="puyang", now=MONDAY, from_place="110000、410928"),
        "accept",
        now=MONDAY,
    )
    scene.act(view, "send", now=MONDAY)
    done = _run("deliver", "--all")
    assert (done.exit_code, done.output) == (1, "写成0封，送出0封，未成1封。\n")


# The timer


def test_the_servers_timer_delivers(both: None) -> None:
    scene.settle("luanzhou", 1, now=MONDAY, start_on=date(2026, 3, 1))
    view = scene.act(scene.apply("luanzhou", 1, come_from="puyang", now=MONDAY), "accept", now=MONDAY)
    scene.act(view, "send", now=MONDAY)
    server._deliver(datetime.now(SHANGHAI))
    assert scene.answer_case("puyang").step == "check"


def test_the_timer_goes_on_after_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(server, "TICK_SECONDS", 0.001)
    rounds = [RuntimeError("bug"), None, SystemExit()]
    seen: list[datetime] = []

    def work(now: datetime) -> None:
        seen.append(now)
        if (error := rounds[len(seen) - 1]) is not None:
            raise error

    with pytest.raises(SystemExit):
        server._every_half_minute(work)
    assert len(seen) == 3
    assert seen[0] <= seen[2] <= seen[0] + timedelta(seconds=30)
