"""Cases as the portals open them."""

from __future__ import annotations

import pytest

from tests.portals.conftest import clock, entry, person  # noqa: F401  fixtures


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/supervision" in item.path.as_posix():
            item.add_marker(pytest.mark.django_db(databases="__all__"))
