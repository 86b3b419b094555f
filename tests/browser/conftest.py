"""A page in headless Chromium: Debian's own browser, driven by Playwright; a failure leaves a trace."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Lock
from typing import Any

import pytest
from django.contrib.staticfiles.handlers import StaticFilesHandler
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright

from tests.browser.looks import BASE, EDITIONS, SIZES, axe_faults, is_refusal, switch
from tests.browser.site import site  # noqa: F401  the fixture of the two files that see every page

REPORTS = Path(__file__).resolve().parents[2] / "build" / "tests"
# Without these Chromium asks hosts of its own all the time, which a closed network refuses.
QUIET = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]

PATIENCE = 20_000
"""Milliseconds; only what never comes waits so long, and a machine that does ten other things is slow."""
expect.set_options(timeout=PATIENCE)


def chromium() -> str | None:
    """The browser to drive, as scripts/test.sh looks for it."""
    names = (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if name and (path := shutil.which(name))), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            stays = "site" in item.fixturenames  # what a test writes there is taken back, its data stay
            item.add_marker(pytest.mark.django_db(transaction=not stays, databases="__all__"))


@pytest.fixture(scope="session", autouse=True)
def one_request_at_a_time() -> Iterator[Lock]:
    """The server's threads share the one connection to the database in memory, which bears no two at once; a page that
    loads several parts asks for them together."""
    lock, served = Lock(), StaticFilesHandler.__call__

    def in_turn(handler: StaticFilesHandler, environ: Any, start_response: Any) -> Any:
        with lock:
            return served(handler, environ, start_response)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StaticFilesHandler, "__call__", in_turn)
        yield lock


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    if path is None:
        pytest.skip("no Chromium: apt-get install -y chromium")
    # Playwright keeps an event loop in this thread, and Django would take its tests for asynchronous code.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    root = ["--no-sandbox"] if os.geteuid() == 0 else []  # Chromium's sandbox does not work for root
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=QUIET + root)
        yield browser
        browser.close()
    if before is None:
        del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report


FAILED = pytest.StashKey[bool]()


@pytest.fixture
def page(
    browser: Browser, live_server: object, one_request_at_a_time: Lock, request: pytest.FixtureRequest
) -> Iterator[Page]:
    """A fresh visitor at the test server; an error in the console or a failed request fails the test."""
    context = browser.new_context(base_url=str(live_server), locale="zh-CN", timezone_id="Asia/Shanghai")
    context.set_default_timeout(PATIENCE)
    context.tracing.start(snapshots=True)  # a picture of every frame would cost a tenth of the run
    page = context.new_page()
    BASE[context] = str(live_server)
    problems: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type == "error" and not is_refusal(message, page):
            problems.append(message.text)

    page.on("console", heard)
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    failed = request.node.stash.get(FAILED, True) or bool(problems)
    context.tracing.stop(path=REPORTS / f"{request.node.name}.trace.zip" if failed else None)
    BASE.pop(context)
    context.close()
    with one_request_at_a_time:  # what is being answered still is done before the tables are emptied
        pass
    assert not problems


@pytest.fixture
def size(page: Page, request: pytest.FixtureRequest) -> str:
    """The window has this size, a parameter of the test: ``looks.SIZES``."""
    width, height = SIZES[request.param]
    page.set_viewport_size({"width": width, "height": height})
    return str(request.param)


@pytest.fixture
def edition(page: Page, request: pytest.FixtureRequest) -> str:
    """The visitor has this edition switched on, a parameter of the test: ``looks.EDITIONS``."""
    switch(page, *EDITIONS[request.param])
    return str(request.param)


@pytest.fixture
def axe(page: Page) -> Callable[..., None]:
    """Call it on every page of a journey: axe-core must find nothing (WCAG 2.0 to 2.2, A and AA)."""

    def check(within: str | None = None) -> None:
        faults = axe_faults(page, within)
        assert not faults, f"{page.url}\n" + "\n".join(faults)

    return check
