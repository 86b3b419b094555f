"""Every screen of staff is fit for everybody (``site``)."""

from __future__ import annotations

import pytest
from screens_list import Screen

from tests.browser.site import OF_STAFF, Site, look_at

pytestmark = pytest.mark.live_effects


@pytest.mark.parametrize("screen", OF_STAFF, ids=lambda screen: screen.name)
def test_the_screen_is_fit_for_everybody(site: Site, screen: Screen) -> None:
    look_at(site, screen)
