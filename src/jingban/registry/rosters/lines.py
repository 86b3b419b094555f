"""One line of a roster: every cell made text, every answer checked as the form would check it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from math import isfinite

from jingban.cases.forms import CITIZEN_ID, checked_answer
from jingban.core.errors import DomainError
from jingban.core.identifiers import CitizenId
from jingban.registry.rosters.columns import Column
from jingban.registry.rosters.reading import Cell, Formula

_LOST_DIGITS = re.compile(r"[0-9](\.[0-9]+)?E\+?[0-9]+", re.IGNORECASE)
_EXACT = 10**15
"""A spreadsheet keeps fifteen digits of a number; what is longer has lost its end."""


class CellWrong(DomainError):
    """A cell that does not hold what its column asks for."""

    code = "cell_wrong"


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it was read: normalised answers, or the texts of the cells where something is wrong."""

    line: int
    said: dict[str, str] = field(default_factory=dict)
    faults: tuple[str, ...] = ()

    @property
    def why(self) -> str:
        return "；".join(fault.rstrip("。") for fault in self.faults)


def read_line(line: int, cells: Mapping[str, Cell], columns: Iterable[Column], on: date) -> Line:
    """All answers of a line, or every fault of it at once."""
    texts, faults = _texts(cells, columns)
    said: dict[str, str] = {}
    for column in columns:
        text = texts.get(column.key)
        if not text:
            if column.required and text is not None:
                faults.append(f"没有填写{column.titles[0]}")
            continue
        try:
            said[column.key] = checked_answer(column.field, text, texts, on)
        except DomainError as error:
            faults.append(f"{column.titles[0]}：{error.message}")
    if not faults:
        faults = _against_number(said, on)
    return Line(line, texts if faults else said, tuple(faults))


def _texts(cells: Mapping[str, Cell], columns: Iterable[Column]) -> tuple[dict[str, str], list[str]]:
    """The cells as texts; a choice as its code. A required column that is not there counts as blank.

    A cell that cannot be text is told once, and its key is left out of the texts.
    """
    texts: dict[str, str] = {}
    faults: list[str] = []
    for column in columns:
        try:
            text = as_text(cells.get(column.key, ""), column.field.kind)
        except CellWrong as error:
            faults.append(f"{column.titles[0]}：{error.message}")
            continue
        texts[column.key] = column.code_of(text) if column.field.choices and text else text
    return texts, faults


def as_text(cell: Cell, kind: str) -> str:
    """What a cell says, for a question of this kind; CellWrong where the spreadsheet has spoilt it."""
    if isinstance(cell, Formula):
        raise CellWrong(_FORMULA)
    if isinstance(cell, bool):
        raise CellWrong("这一格是“是/否”值，请改成文本")
    if isinstance(cell, date):
        if kind not in ("day", "month"):
            raise CellWrong("这一格被表格当成了日期，请把这一列设为“文本”格式后重新填写")
        return cell.isoformat() if kind == "day" else f"{cell:%Y-%m}"
    if isinstance(cell, int | float):
        return _number(cell, kind)
    text = cell.strip()
    if text.startswith("="):
        raise CellWrong(_FORMULA)
    if kind in ("id", "phone"):
        text = text.lstrip("'‘’`")
        if _LOST_DIGITS.fullmatch(text):
            raise CellWrong(_NUMBER_LOST)
    return text


_FORMULA = "这一格是公式，请复制这一列，用“选择性粘贴—数值”粘回原处后再上传"
_NUMBER_LOST = "号码被表格变成了数字，末几位可能已经丢失，请把这一列设为“文本”格式后对照证件重新填写"


def _number(cell: float, kind: str) -> str:
    if kind in ("id", "name"):
        raise CellWrong(_NUMBER_LOST if kind == "id" else "姓名是一个数字，请按证件填写")
    if not isfinite(cell) or abs(cell) >= _EXACT:
        raise CellWrong("数字太大或不是数字，请核对")
    if kind in ("amount", "text", "long"):
        return f"{cell:.6f}".rstrip("0").rstrip(".")
    if cell != int(cell):
        raise CellWrong("应为整数，请核对")
    text = str(int(cell))
    if kind == "day" and len(text) != 8:
        raise CellWrong("日期请设为日期格式，或写成 2026-09-30")
    return text


def _against_number(said: Mapping[str, str], on: date) -> list[str]:
    """What stands beside a citizen's number must agree with it; other papers need sex and birth date said."""
    if said.get("id_kind", CITIZEN_ID) != CITIZEN_ID:
        missing = [name for key, name in (("sex", "性别"), ("born_on", "出生日期")) if not said.get(key)]
        if missing:
            return [f"身份证以外的证件要填写{'和'.join(missing)}"]
        return ["出生日期晚于今天，请核对"] if said["born_on"] > on.isoformat() else []
    number = CitizenId(said["id_number"])
    sex = "male" if number.sex == "男" else "female"
    faults = []
    if said.get("sex", sex) != sex:
        faults.append(f"性别与身份证号码不符，号码上是{number.sex}，请核对")
    if said.get("born_on", number.birth_date.isoformat()) != number.birth_date.isoformat():
        faults.append(f"出生日期与身份证号码不符，号码上是{number.birth_date.isoformat()}，请核对")
    return faults
