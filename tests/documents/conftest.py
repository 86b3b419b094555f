"""Cases with real events, so that their papers can be issued; what is remembered of versions is forgotten after."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.storage import storages

from tests.houses import House, forget_versions


@pytest.fixture(autouse=True)
def _fresh() -> Iterator[None]:
    forget_versions()
    yield
    forget_versions()
    storages._storages.pop("papers", None)


@pytest.fixture
def house(db: None) -> House:
    return House()


@pytest.fixture
def committed_house(transactional_db: None) -> House:
    return House()


def pytest_collection_modifyitems(items: list[Any]) -> None:
    here = __file__.rpartition("/")[0]
    for item in items:
        if str(item.path).startswith(here) and "no_database" not in item.keywords:
            transaction = "committed_house" in item.fixturenames
            item.add_marker(pytest.mark.django_db(databases="__all__", transaction=transaction))
