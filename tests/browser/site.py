"""The demo's house, served and led in once a file, and every screen held against what every page must be: axe finds
nothing, nothing scrolls sideways, every control is big enough to hit, and all of it works by keyboard.

The list is that of ``make screens``. It stands in two files, so that two workers have a half each.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connections
from django.test import TransactionTestCase
from django.utils import timezone
from playwright.sync_api import Browser, ConsoleMessage, Error, Page
from pytest_django import DjangoDbBlocker
from pytest_django.live_server_helper import LiveServer
from screens_cases import House
from screens_list import REGION, SCREENS, STATES, UNFOLD, Screen, come_to, cookies_of

from jingban.rulebook import publish
from jingban.rulebook.cache import effective_all
from jingban.server import demo
from tests.browser.keyboard import keyboard_faults
from tests.browser.looks import AXE, axe_faults, is_refusal, sideways, small_targets
from tests.houses import forget_versions

EVERY = [screen for screen in (*SCREENS, *STATES) if isinstance(screen, Screen)]
STAFF = {"clerk", "reviewer", "cashier", "checker", "head", "admin"}
OF_STAFF = [screen for screen in EVERY if screen.who in STAFF]
OF_OTHERS = [screen for screen in EVERY if screen.who not in STAFF]
NARROW, WIDE, UPRIGHT = (360, 740), (1280, 800), (1080, 1600)
DRESSES = {"standard": (NARROW, ""), "large": (NARROW, "large"), "contrast": (WIDE, "contrast")}
"""The window of each visit, and the cookie that switches the edition on; a machine stands upright in all of them."""
AWAY = "/verify/"
"""Where the window waits between two tests: a page that asks nothing more once it is there."""
BY_KEYBOARD = ("standard", "contrast")


@dataclass(frozen=True, slots=True)
class Site:
    """The served house, what was led in it, and the window in which everybody sits in turn."""

    address: str
    found: dict[str, Any]
    page: Page

    def come(self, screen: Screen, dress: str, cookies: Mapping[str, str]) -> None:
        """The visitor of this screen sits down at a window of the right size and comes to it."""
        (width, height), edition = DRESSES[dress]
        if screen.machine:
            width, height = UPRIGHT
        self.page.set_viewport_size({"width": width, "height": height})
        self.page.context.clear_cookies()
        sent = {**cookies, edition: "1"} if edition else cookies
        self.page.context.add_cookies([{"name": n, "value": v, "url": self.address} for n, v in sent.items()])
        come_to(self.page, screen, self.address, self.found)


class Emptied(TransactionTestCase):
    """What a test that commits does behind itself (tests/conftest.py)."""

    __test__ = False
    databases = frozenset(
        connections
    )  # ``"__all__"`` is made into the names only where a runner begins a class


@pytest.fixture(scope="module")
def site(browser: Browser, django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Site]:
    """What ``make run`` sets up, with cases led to where their pages have something to show; emptied at the end."""
    with django_db_blocker.unblock():
        server = LiveServer("localhost", start=False)
        server.start()
        server.thread.httpd.daemon_threads = False  # so that stopping it waits for the last answer
        try:
            forget_versions()
            found = _led()
            with browser.new_context(
                locale="zh-CN", timezone_id="Asia/Shanghai", reduced_motion="reduce"
            ) as window:
                window.set_default_timeout(20_000)
                window.add_init_script(AXE)  # sent once, not with every page
                yield Site(server.url, found, window.new_page())
        finally:
            server.stop()
            cache.clear()  # how often a sign-in failed here is nobody else's
            forget_versions()
            Emptied("run")._fixture_teardown()


def _led() -> dict[str, Any]:
    """The demo's house, made by another thread: papers are signed by asyncio, and Playwright's loop runs in this one."""
    held, now = {one.alias: one for one in connections.all()}, timezone.now()

    def made() -> dict[str, Any]:
        for alias, one in held.items():
            connections[alias] = one
        publish.publish(effective_all(), now=now)
        demo.load(now=now)
        demo.people(count=demo.PEOPLE, seed=demo.SEED, now=now)
        return House(REGION, now).lead()

    with ThreadPoolExecutor(1) as other:
        return other.submit(made).result()


def look_at(site: Site, screen: Screen) -> None:
    """Everything in every dress; AssertionError with all that is wrong."""
    visitor, faults = cookies_of(screen), list[str]()

    def heard(message: ConsoleMessage) -> None:
        if message.type == "error" and not is_refusal(message, site.page):
            faults.append(message.text)

    def broke(error: Error) -> None:
        faults.append(str(error))

    site.page.on("console", heard)
    site.page.on("pageerror", broke)
    try:
        for dress in DRESSES if screen in SCREENS else ("standard", "large"):
            site.come(screen, dress, visitor)
            faults += [f"{dress}：{fault}" for fault in _faults(site.page, screen, dress)]
    finally:
        site.page.goto(site.address + AWAY)
        site.page.remove_listener("console", heard)
        site.page.remove_listener("pageerror", broke)
    assert not faults, "\n".join([screen.title, *faults])


def _faults(page: Page, screen: Screen, dress: str) -> list[str]:
    told = sideways(page)
    page.evaluate(UNFOLD)  # what is folded away is looked at too
    told += axe_faults(page) + sideways(page)
    told += small_targets(page, 60 if screen.machine or dress == "large" else 44)
    if dress in BY_KEYBOARD:
        told += keyboard_faults(page)
    return list(dict.fromkeys(told))
