"""The web server behind the proxy with TLS: who asks is believed of the proxy, and of nobody else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection, HTTPResponse
from threading import Thread
from typing import Any

import pytest
from click.testing import CliRunner
from django.core.cache import cache
from django.core.wsgi import get_wsgi_application
from django.db import connection
from waitress import wasyncore

from jingban.server import commands
from jingban.server.commands import listening, migrate

PAGE = "/static/portals/jingban.css"
"""A page that asks no database: the server's threads have none in the tests."""


@contextmanager
def served() -> Iterator[tuple[int, list[str]]]:
    """The port, and the addresses from which visitors came."""
    came: list[str] = []
    django = get_wsgi_application()

    def application(environ: dict[str, Any], start: Any) -> Any:
        came.append(environ["REMOTE_ADDR"])
        return django(environ, start)

    server = listening(application, "127.0.0.1", 0)
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server.effective_port, came
    finally:
        # In its own thread: a socket closed under a waiting select is a fault of the thread.
        server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map))
        thread.join(timeout=5)


def asked(port: int, **headers: str) -> HTTPResponse:
    with closing(HTTPConnection("127.0.0.1", port, timeout=20)) as line:
        line.request("GET", PAGE, headers={name.replace("_", "-"): value for name, value in headers.items()})
        answer = line.getresponse()
        answer.read()
        return answer


@pytest.fixture(autouse=True)
def _as_in_production(settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")


def test_what_the_proxy_says_is_believed() -> None:
    with served() as (port, came):
        assert asked(port).status == 301
        assert asked(port, X_Forwarded_Proto="http").status == 301
        answer = asked(port, X_Forwarded_Proto="https", X_Forwarded_For="198.51.100.9, 203.0.113.7")
        assert answer.status == 200, "https at the proxy is not sent to https again"
        assert came == ["127.0.0.1", "127.0.0.1", "203.0.113.7"], "the last hop, which the proxy itself wrote"


def test_what_somebody_else_says_is_not(settings: Any) -> None:
    settings.JINGBAN_TRUSTED_PROXY = "192.0.2.1"
    with served() as (port, came):
        assert asked(port, X_Forwarded_Proto="https", X_Forwarded_For="203.0.113.7").status == 301
        assert came == ["127.0.0.1"]


PRODUCTION = {
    "DATABASE_URL": "postgres://u:p@localhost/x", "JINGBAN_SECRET_KEY": "x", "JINGBAN_KEYS": "{}",
    "JINGBAN_SIGNING_KEYS": "{}", "JINGBAN_HOSTS": "yb.example", "JINGBAN_SMS": "agency.sms.Line", "JINGBAN_FUNDS_LIVE": "1",
}  # fmt: skip


def said_by(script: str, **env: str) -> subprocess.CompletedProcess[str]:
    """What a fresh process says, with these settings and no others."""
    return subprocess.run(
        [sys.executable, "-c", script],
        env={"PATH": os.environ["PATH"], **env},
        capture_output=True,
        check=False,
        text=True,
    )


def test_production_sends_no_message_to_the_console_unless_that_was_said() -> None:
    script = "import jingban.settings.production as p; print(p.JINGBAN_SMS)"
    silent = said_by(script, **{key: text for key, text in PRODUCTION.items() if key != "JINGBAN_SMS"})
    assert silent.returncode != 0
    assert "请设置环境变量 JINGBAN_SMS" in silent.stderr
    console = "jingban.messaging.backends.Console"
    assert said_by(script, **{**PRODUCTION, "JINGBAN_SMS": console}).stdout.strip() == console


def test_production_is_told_whether_money_moves() -> None:
    script = "import jingban.settings.production as p; print(p.JINGBAN_FUNDS_LIVE)"
    silent = said_by(script, **{key: text for key, text in PRODUCTION.items() if key != "JINGBAN_FUNDS_LIVE"})
    assert silent.returncode != 0
    assert "请设置环境变量 JINGBAN_FUNDS_LIVE" in silent.stderr
    assert "只能写 1 或 0" in said_by(script, **{**PRODUCTION, "JINGBAN_FUNDS_LIVE": "yes"}).stderr
    for said, live in (("1", "True"), ("0", "False")):
        assert said_by(script, **{**PRODUCTION, "JINGBAN_FUNDS_LIVE": said}).stdout.strip() == live


def test_whoever_starts_a_house_that_only_tries_out_is_warned(settings: Any, capsys: Any) -> None:
    commands._warn_of_trying_out()
    assert capsys.readouterr().err == ""
    settings.JINGBAN_FUNDS_LIVE = False
    commands._warn_of_trying_out()
    assert "JINGBAN_FUNDS_LIVE 没有打开" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("env", "site"),
    [
        ({}, "http://127.0.0.1:8123"),
        ({"JINGBAN_SITE": "https://other.example"}, "https://other.example"),
        ({**PRODUCTION, "DJANGO_SETTINGS_MODULE": "jingban.settings.production"}, "https://yb.example"),
    ],
)
def test_papers_lead_to_where_the_site_is_served(env: dict[str, str], site: str, tmp_path: Any) -> None:
    script = (
        "from jingban.server.commands import say_where; say_where('0.0.0.0', 8123);"
        "from jingban.core.boot import boot; boot();"
        "from django.conf import settings; print(settings.JINGBAN_SITE)"
    )
    told = said_by(script, JINGBAN_VAR=str(tmp_path), **env)
    assert told.stdout.strip() == site, told.stderr


def test_production_counts_in_the_database() -> None:
    told = said_by(
        "import json, jingban.settings.production as p; print(json.dumps([p.CACHES, p.JINGBAN_TRUSTED_PROXY]))",
        **PRODUCTION,
    )
    caches, proxy = json.loads(told.stdout)
    assert caches["default"]["BACKEND"] == "jingban.core.counting.CountingCache"
    assert proxy == "127.0.0.1"


@pytest.mark.django_db(databases="__all__")
def test_migrate_makes_the_table_of_counts(settings: Any, tmp_path: Any) -> None:
    settings.STATIC_ROOT = tmp_path / "static"
    settings.CACHES = {"default": {"BACKEND": "jingban.core.counting.CountingCache", "LOCATION": "counts"}}
    for _ in range(2):
        done = CliRunner().invoke(migrate)
        assert done.output == "数据库已就绪。\n", repr(done.exception)
    assert "counts" in connection.introspection.table_names()
    cache.set("a", 1)
    assert cache.get("a") == 1
