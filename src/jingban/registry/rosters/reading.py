"""Reading a spreadsheet row by row: the header found by the names of its columns, every cell as plain text."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from jingban.registry.errors import RegistryError
from jingban.registry.rosters import sheet
from jingban.registry.rosters.columns import Column, heading, known_headings

MOST_ROWS = 200_000
HEADER_WITHIN = 20
"""A title, a unit's name and notes may stand above the header, no more."""


@dataclass(frozen=True, slots=True)
class Formula:
    """A cell that is worked out from others: what stands in it is not what somebody wrote."""

    has_value: bool


Cell = str | float | bool | date | Formula
"""What a spreadsheet keeps in a cell; an empty one is an empty text."""


class RosterUnreadable(RegistryError):
    """The file is no roster: what it is instead, and how to make it one."""

    code = "roster_unreadable"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the roster: its number in the sheet, and its cells by the key of their column."""

    line: int
    cells: dict[str, Cell] = field(default_factory=dict)

    @property
    def is_blank(self) -> bool:
        return not any(cell != "" and cell != Formula(False) for cell in self.cells.values())


def digest_of(path: Path) -> bytes:
    """By which the same file is known again."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").digest()


def rows_of(path: Path, columns: tuple[Column, ...]) -> Generator[Row, None, None]:
    """The rows under the header that say anything; RosterUnreadable where there is no header.

    The sheet lies in another process: this one holds a row at a time.
    """
    names = known_headings(columns)
    places: dict[int, str] = {}
    with closing(raw_rows(path)) as rows:
        for line, cells in enumerate(rows, start=1):
            if not places:
                places = _header(cells, names, columns)
                if not places and line >= HEADER_WITHIN:
                    break
                continue
            row = Row(line, {key: cells[place] for place, key in places.items() if place < len(cells)})
            if not row.is_blank:
                yield row
    if not places:
        wanted = "、".join(column.titles[0] for column in columns if column.required)
        raise RosterUnreadable(
            f"没有找到表头。请在第一张工作表前{HEADER_WITHIN}行内写明各列名称，至少要有：{wanted}。"
        )


def _header(cells: list[Cell], names: dict[str, str], columns: tuple[Column, ...]) -> dict[int, str]:
    """Place to key, where the row is the header: it names the person and the number."""
    places = {place: names[word] for place, cell in enumerate(cells) if (word := heading(cell)) in names}
    keys = list(places.values())
    if not {"name", "id_number"} <= set(keys):
        return {}
    titles = {column.key: column.titles[0] for column in columns}
    if twice := sorted({titles[key] for key in keys if keys.count(key) > 1}):
        raise RosterUnreadable(f"有两列都是“{'、'.join(twice)}”，请删去或改名其中一列后再上传。")
    if missing := [c.titles[0] for c in columns if c.required and c.key not in keys]:
        raise RosterUnreadable(f"缺少这些列：{'、'.join(missing)}。请补上列名和内容后再上传。")
    return places


def raw_rows(path: Path) -> Generator[list[Cell], None, None]:
    """Every row of the first sheet, blank ones too."""
    command = [sys.executable, "-I", str(Path(sheet.__file__)), str(path), str(MOST_ROWS)]
    # No shell, and the program is our own; the file's name is the only foreign word.
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as reader:  # noqa: S603
        try:
            for text in reader.stdout or ():
                yield [_cell(c) if isinstance(c, dict) else c for c in json.loads(text)]
            code = reader.wait()
        finally:
            reader.kill()
    if code:
        raise RosterUnreadable(_WHY.get(code, _WHY[0]))


def _cell(said: dict[str, Any]) -> Cell:
    return date.fromisoformat(said["day"]) if "day" in said else Formula(said["formula"])


_WHY = {
    sheet.UNREADABLE: "这个文件不是能读的电子表格，请用Excel或WPS另存为.xlsx后再上传。",
    sheet.LOCKED: "这个文件加了密码，请去掉密码另存后再上传。",
    sheet.TOO_LONG: f"一份名册最多{MOST_ROWS // 10_000}万行，请分成几份上传。",
    0: "这个文件太大或格式异常，读不出来；请把内容复制到一张新表，另存为.xlsx后再上传。",
}
