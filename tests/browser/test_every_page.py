"""Every screen of those who are no staff is fit for everybody (``site``)."""

from __future__ import annotations

import pytest
from screens_list import Screen, forgotten

from tests.browser.site import OF_OTHERS, Site, look_at

pytestmark = pytest.mark.live_effects


@pytest.mark.parametrize("screen", OF_OTHERS, ids=lambda screen: screen.name)
def test_the_screen_is_fit_for_everybody(site: Site, screen: Screen) -> None:
    look_at(site, screen)


def test_the_first_stop_leads_past_the_head(site: Site) -> None:
    site.come(OF_OTHERS[0], "standard", {})
    site.page.keyboard.press("Tab")
    site.page.keyboard.press("Enter")
    assert site.page.evaluate("document.activeElement.id") == "main"


def test_no_address_is_forgotten() -> None:
    """Each is a screen, or stands in ``NO_SCREEN`` with the reason why it is none."""
    assert not forgotten()
