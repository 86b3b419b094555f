"""pydantic's complaints about a file, in the words of the policy officer who wrote it."""

from __future__ import annotations

from pydantic import ValidationError

_SAYS = {
    "missing": "缺少这一项，请补上",
    "extra_forbidden": "不认识这个键，请检查拼写或删去",
    "string_type": "应是文字；数字、日期和电话请加引号",
    "int_type": "应是整数",
    "int_parsing": "应是整数",
    "date_type": '应是日期，请写成带引号的"2026-01-15"',
    "date_parsing": '应是日期，请写成带引号的"2026-01-15"',
    "date_from_datetime_parsing": '应是日期，请写成带引号的"2026-01-15"',
    "list_type": "应是一个列表",
    "tuple_type": "应是一个列表",
    "dict_type": "应是“键: 值”的形式",
    "model_type": "应是“键: 值”的形式",
}


def complaints(error: ValidationError) -> list[str]:
    """One line for each fault: where, what, what to do."""
    return [_line(item["loc"], item["type"], item["msg"], item.get("ctx", {})) for item in error.errors()]


def _line(where: tuple[int | str, ...], kind: str, message: str, context: dict[str, object]) -> str:
    path = ".".join(str(part) for part in where if part != "[key]") or "文件"
    if kind == "literal_error":
        return f"{path}：只能是 {context.get('expected')}"
    if kind == "value_error":
        return f"{path}：{context.get('error', message)}"
    return f"{path}：{_SAYS.get(kind, message)}"
