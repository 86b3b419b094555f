"""Where the rulebook lies."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from jingban.core.errors import DomainError

ENVIRONMENT = "JINGBAN_RULEBOOK"


class RulebookNotFound(DomainError):
    """No folder with a ``national`` part was found."""

    code = "rulebook_not_found"


def rulebook_root() -> Path:
    """The rulebook folder: the Django setting, else the environment, else the project's own folder."""
    named = _from_settings() or os.environ.get(ENVIRONMENT)
    if named:
        root = Path(named)
        if not (root / "national").is_dir():
            raise RulebookNotFound(
                f"{ENVIRONMENT} 指定的规则目录“{root}”里没有 national 文件夹，请改为 rulebook 目录的路径。",
                path=str(root),
            )
        return root
    for start in (Path(__file__).resolve(), Path.cwd() / "here"):
        for folder in start.parents:
            if (folder / "rulebook" / "national").is_dir():
                return folder / "rulebook"
    raise RulebookNotFound(
        f"找不到规则目录 rulebook。请在项目目录中运行，或用环境变量 {ENVIRONMENT} 指明它的位置。"
    )


def _from_settings() -> str | None:
    # Django is asked only when it is already running: `jingban workdays` must start without it.
    conf = sys.modules.get("django.conf")
    if conf is None or not conf.settings.configured:
        return None
    named = getattr(conf.settings, ENVIRONMENT, None)
    return str(named) if named else None
