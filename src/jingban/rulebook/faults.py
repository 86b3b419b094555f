"""pydantic's complaints as rulebook errors: file, line, what is wrong, what to do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from jingban.core.errors import FileFault
from jingban.core.yaml12 import Document
from jingban.rulebook.errors import suggestion

M = TypeVar("M", bound=BaseModel)
Report = Callable[[FileFault], None]
Place = tuple[str | int, ...]

_BRANCHES = frozenset({"str", "[key]", "Message", "Month"})
_SAYS: dict[str, tuple[str, str]] = {
    "missing": ("缺少这一项", "请补上"),
    "string_type": ("应为文字", "请加引号"),
    "int_type": ("应为整数", "请写不带引号的整数"),
    "int_parsing": ("应为整数", "请写不带引号的整数"),
    "bool_type": ("应为 true 或 false", "请写 true 或 false，不加引号"),
    "bool_parsing": ("应为 true 或 false", "请写 true 或 false，不加引号"),
    "list_type": ("应为列表", "请写成 [甲, 乙] 或每行以“- ”开头"),
    "tuple_type": ("应为列表", "请写成 [甲, 乙] 或每行以“- ”开头"),
    "dict_type": ("应为“键: 值”", "请写成“键: 值”的形式"),
    "model_type": ("应为“键: 值”", "请写成“键: 值”的形式"),
    "date_type": ("应为日期", '请写成带引号的 "2026-01-15"'),
    "date_parsing": ("应为日期", '请写成带引号的 "2026-01-15"'),
    "date_from_datetime_parsing": ("应为日期", '请写成带引号的 "2026-01-15"'),
}


def validated(model: type[M], data: Any, document: Document, at: Place, report: Report) -> M | None:
    """The model of ``data``, or every complaint told and None."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        for fault in _distinct(error):
            report(_told(model, fault, document, at))
        return None


def _distinct(error: ValidationError) -> list[Any]:
    """One fault for each place: of a union's branches only the one that came furthest counts."""
    faults = error.errors(include_url=False, include_input=True)
    deepest: dict[Place, Any] = {}
    for fault in faults:
        place = tuple(p for p in fault["loc"] if not _is_branch(p))
        known = [p for p in deepest if p[: len(place)] == place or place[: len(p)] == p]
        if known and len(known[0]) >= len(place):
            continue
        for shorter in known:
            del deepest[shorter]
        deepest[place] = {**fault, "loc": place}
    return list(deepest.values())


def _is_branch(part: str | int) -> bool:
    """Names that pydantic puts into a place for the branch of a union: no key of a file."""
    if not isinstance(part, str):
        return False
    return part in _BRANCHES or part.startswith(("tuple[", "literal[", "function-"))


def _told(model: type[BaseModel], fault: Mapping[str, Any], document: Document, at: Place) -> FileFault:
    place: Place = (*at, *fault["loc"])
    what, advice = _words(model, fault)
    shown = ".".join(str(p) for p in place)
    return document.error(place, f"{shown}：{what}" if shown else what, advice)


def _words(model: type[BaseModel], fault: Mapping[str, Any]) -> tuple[str, str]:
    kind, context, given = fault["type"], fault.get("ctx", {}), fault.get("input")
    if kind == "extra_forbidden":
        known = _keys(model, fault["loc"][:-1])
        return "不认识这个键", suggestion(str(fault["loc"][-1]), known) if known else "请检查拼写或删去"
    if kind == "literal_error":
        allowed = context.get("expected", "").replace(" or ", "、").replace(", ", "、")
        return f"不能写“{given}”", f"只能是 {allowed}"
    if kind == "value_error":
        return str(context.get("error", fault["msg"])), "请改正"
    if kind in ("greater_than_equal", "less_than_equal"):
        bound = f"不小于{context['ge']}" if "ge" in context else f"不大于{context['le']}"
        return f"{given} 超出范围", f"应{bound}"
    if kind == "string_type":
        return f"{given!r} 应为文字", "请加引号"
    return _SAYS.get(kind, (fault["msg"], "请改正"))


def _keys(model: type[BaseModel], place: Place) -> list[str]:
    """The keys that are possible at a place, as far as the type says."""
    here: Any = model
    for part in place:
        here = _child(here, part)
        if here is None:
            return []
    if not (isinstance(here, type) and issubclass(here, BaseModel)):
        return []
    return [f.alias or name for name, f in here.model_fields.items()]


def _child(here: Any, part: str | int) -> Any:
    if not (isinstance(here, type) and issubclass(here, BaseModel)):
        return here  # inside a list or a map: the type of its members was taken already
    for name, info in here.model_fields.items():
        if part in (name, info.alias):
            return _model_in(info.annotation)
    return None


def _model_in(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    for inner in getattr(annotation, "__args__", ()):
        if found := _model_in(inner):
            return found
    return None
