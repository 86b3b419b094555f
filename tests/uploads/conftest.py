"""A folder of its own for the files of each test, as an installation has one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from jingban.settings.base import upload_storage


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, settings: Any) -> Path:
    place = tmp_path / "uploads"
    settings.STORAGES = {**settings.STORAGES, "uploads": upload_storage(str(place))}
    return place
