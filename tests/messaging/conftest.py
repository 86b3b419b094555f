"""Cases as the portals open them, and a line that says what went out."""

from __future__ import annotations

import pytest

from tests.portals.conftest import clock, entry, person  # noqa: F401  fixtures


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/messaging" in item.path.as_posix():
            item.add_marker(pytest.mark.django_db(databases="__all__"))


class Wire:
    """A line of the tests."""

    def __init__(self) -> None:
        self.out: list[tuple[str, str, str]] = []
        self.is_down = False

    def send(self, to: str, title: str, text: str) -> None:
        if self.is_down:
            raise OSError("no line")
        self.out.append((to, title, text))


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch) -> Wire:
    made = Wire()
    monkeypatch.setattr("jingban.messaging.sending.line", lambda channel: made)
    return made
