"""The dated figures as a region has them: its own parameter files before the national ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path

from jingban.core.parameters import NotInForce, Parameter, load_parameters
from jingban.core.paths import rulebook_root
from jingban.rulebook.digest import file_signature

NAMED = 10
"""Figures that a refusal names; of more it says how many."""


def figures(region: str, root: Path | None = None) -> dict[str, Parameter]:
    """Every parameter by name. What it was on a day is asked of the parameter itself."""
    root = root or rulebook_root()
    return _read(root, region, file_signature(root))


def illustrations(region: str, names: Iterable[str], day: date) -> tuple[str, ...]:
    """Which of these figures are only illustrations on the day, by their names: no document stands behind them.

    One that has no value on the day is none: whoever works by it is refused where it is asked for.
    """
    known = figures(region)
    return tuple(name for name in names if name in known and _is_illustration(known[name], day))


def not_by_illustrations(region: str, names: Sequence[str], act: str) -> str:
    """Why an act is refused that would go by illustrations (支付, 生成征缴单): the figures as people know them."""
    known = figures(region)
    told = [known[name].description.partition("。")[0] if name in known else name for name in names]
    listed = "；".join(told[:NAMED]) + ("等" if len(told) > NAMED else "")
    return (
        f"本地还有{len(names)}项参数是示例值（{listed}），不能据以{act}；请按正式文件核定参数并发布后再办理。"
    )


def _is_illustration(figure: Parameter, day: date) -> bool:
    try:
        return figure.status_at(day) == "illustrative"
    except NotInForce:
        return False


@lru_cache(maxsize=64)
def _read(root: Path, region: str, signature: str) -> dict[str, Parameter]:
    folder, national = (
        root / "regions" / region / "parameters",
        load_parameters(root / "national" / "parameters"),
    )
    own = load_parameters(folder) if folder.is_dir() else {}
    return {**national, **{name: found.named_as(national.get(name)) for name, found in own.items()}}
