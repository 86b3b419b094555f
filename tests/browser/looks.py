"""How every page is looked at: sizes, editions, axe, sideways scroll, small targets, the keyboard."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from django.test import Client
from playwright.sync_api import ConsoleMessage, Locator, Page

from jingban.access.models import User

VENDOR = Path(__file__).parent / "vendor" / "axe"
AXE = (VENDOR / "axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SIZES = {"desktop": (1280, 800), "phone": (390, 844), "narrow": (360, 740)}
REFUSED = re.compile("status of (401|403|404|409|422|429)")
EDITIONS: dict[str, tuple[str, ...]] = {"standard": (), "large": ("large",), "contrast": ("contrast",)}
"""Each edition and the cookies that switch it on."""

RUN = """async ({locale, tags, within}) => {
  axe.reset();
  axe.configure({locale});
  const found = await axe.run(within || document,
    {runOnly: {type: "tag", values: tags}, rules: {"target-size": {enabled: true}},
     resultTypes: ["violations"], preload: false});
  return found.violations.map((v) => [v.id, v.help, v.nodes.map((n) => n.target.join(" ") + " " + n.failureSummary)]);
}"""
SMALL = """(least) => [...document.querySelectorAll(
    "button,input:not([type=hidden]),select,textarea,summary,a.btn,a.lk,nav a,.row-a,.tile")]
  .filter((e) => e.offsetParent && !e.closest(".visually-hidden,.visually-hidden-focusable,.paper"))
  .map((e) => (/^(checkbox|radio)$/.test(e.type) && e.closest(".form-check")) || e)
  .map((e) => [e.getBoundingClientRect(), (e.className || e.tagName) + " " + e.textContent.trim().slice(0, 20)])
  .filter(([box]) => Math.min(box.height, box.width) < least - 0.5)
  .map(([box, name]) => `${name}: ${Math.round(box.width)}x${Math.round(box.height)}`)"""


@cache
def _locale() -> Any:
    return json.loads((VENDOR / "zh_CN.json").read_text(encoding="utf-8"))


def axe_faults(page: Page, within: str | None = None) -> list[str]:
    """What axe-core finds on the page as it stands, in Chinese.

    The script comes in over the debugging door, which the page's own policy does not close: nothing of the policy has
    to be switched off for it.
    """
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(f"() => {{ {AXE} }}")
    found = page.evaluate(RUN, {"locale": _locale(), "tags": TAGS, "within": within})
    return [f"{rule}（{text}）\n    " + "\n    ".join(nodes) for rule, text, nodes in found]


def is_refusal(message: ConsoleMessage, page: Page) -> bool:
    """A page that says no is an answer, which Chromium logs as a failed load; the tests look at what it says.

    What a page asks for and does not find is a fault. A request that was on its way when a test cut the line is not:
    nothing but ``set_offline`` gives this word, and whether the page bears it is what such a test asks.
    """
    if "net::ERR_INTERNET_DISCONNECTED" in message.text:
        return True
    found = REFUSED.search(message.text)
    return found is not None and (found[1] != "404" or message.location.get("url") == page.url)


def until(page: Page, so: Callable[[], bool]) -> None:
    """Let the page go on until something outside of it is so."""
    for _ in range(200):
        if so():
            return
        page.wait_for_timeout(100)
    raise AssertionError("it did not come to that")


def settled(page: Page) -> None:
    """Wait until the page's scripts listen and the parts that come after it are there: what is typed or pressed before is
    lost. Whoever comes by a link or a button waits for something of the new page first."""
    page.wait_for_load_state()
    page.wait_for_function("() => !document.querySelector('.htmx-request')")


def sideways(page: Page) -> list[str]:
    """How much wider the page is than its window; nothing where it is not."""
    wide = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
    return [f"{page.url}: {wide[0]} px wide in {wide[1]} px"] if wide[0] > wide[1] else []


def no_sideways_scroll(page: Page) -> None:
    """The page is no wider than its window."""
    assert not sideways(page)


def small_targets(page: Page, least: int = 44) -> list[str]:
    """Controls lower or narrower than so many CSS pixels (links inside running text are not meant)."""
    return list(page.evaluate(SMALL, least))


def switch(page: Page, *editions: str) -> None:
    """Switch the large-type (``large``) or the high-contrast edition (``contrast``) on, as their cookies do."""
    page.context.add_cookies([{"name": name, "value": "1", "url": BASE[page.context]} for name in editions])


BASE: dict[Any, str] = {}
"""The address of the test server by browser context, kept by the fixture ``page``."""


def sign_in(page: Page, user: User) -> None:
    """The visitor is this user from the next page on."""
    client = Client()
    client.force_login(user)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": BASE[page.context]}]
    )


def tab_to(page: Page, target: Locator, most: int = 120) -> None:
    """Come to a control by the Tab key alone, as somebody without a mouse does."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if target.evaluate("e => e === document.activeElement"):
            return
    raise AssertionError(f"{target} was not reached in {most} tabs")
