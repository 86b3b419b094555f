"""A list of expenses pasted from a spreadsheet or uploaded as one: by its own header where there is one."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path

from django.core.files.uploadedfile import UploadedFile

from jingban.benefits.service import BillWrong
from jingban.portals.desk.benefit.lines import LONGEST, Typed
from jingban.registry import service as registry

ORDER = ("day", "code", "name", "quantity", "price", "amount")
"""The columns of a table without a header."""
HEADINGS = {
    "day": ("日期", "费用日期", "收费日期", "发生日期", "时间"),
    "code": ("目录编码", "编码", "项目编码", "医保编码", "国家编码", "国家医保编码"),
    "name": ("项目名称", "名称", "项目", "费用名称", "药品名称"),
    "quantity": ("数量", "次数"),
    "price": ("单价", "单价元", "价格"),
    "amount": ("金额", "金额元", "费用", "合计金额"),
}
KEYS = {title: key for key, titles in HEADINGS.items() for title in titles}
HEADER_WITHIN = 20
LARGEST = 10 << 20
MOST = 3000
"""Lines of a bill (``benefits.checking.MOST_LINES``)."""


def pasted(text: str, first: int) -> list[Typed]:
    """The lines of a pasted text. Raises BillWrong where they are too many."""
    return _lines([row for row in registry.split_pasted(text) if any(cell.strip() for cell in row)], first)


def uploaded(upload: UploadedFile[bytes], first: int) -> list[Typed]:
    """The lines of the first sheet of a file. Raises BillWrong, or what the spreadsheet is instead."""
    if (upload.size or 0) > LARGEST:
        raise BillWrong(f"文件超过{LARGEST >> 20}MB，请分成几份上传。")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"sheet{Path(upload.name or '').suffix[:8]}"
        with path.open("wb") as file:
            for chunk in upload.chunks():
                file.write(chunk)
        with closing(registry.sheet_rows(path)) as rows:
            found = [
                [registry.cell_text(cell, "text") for cell in row]
                for row in islice(rows, MOST + HEADER_WITHIN + 2)
            ]
    return _lines([row for row in found if any(row)], first)


def _lines(rows: Sequence[Sequence[str]], first: int) -> list[Typed]:
    keys: Sequence[str | None] = ORDER
    for place, row in enumerate(rows[:HEADER_WITHIN]):
        if header := _header(row):
            keys, rows = header, rows[place + 1 :]
            break
    if len(rows) > MOST:
        raise BillWrong(f"一张账单最多{MOST}条明细，请按出院结算分开录入。")
    found = [
        {key: cell.strip()[:LONGEST] for key, cell in zip(keys, row, strict=False) if key and cell.strip()}
        for row in rows
    ]
    kept = [cells for cells in found if cells and not _is_sum(cells)]
    return [Typed(first + place, cells) for place, cells in enumerate(kept)]


def _header(row: Sequence[str]) -> list[str | None]:
    """The keys of a header: a row that names the amount or the name, and another column."""
    keys = [KEYS.get(_word(cell)) for cell in row]
    known = {key for key in keys if key}
    return keys if len(known) > 1 and known & {"amount", "name"} else []


def _word(cell: str) -> str:
    return "".join(sign for sign in cell if sign not in "（）()*：: \u3000\n")


def _is_sum(cells: dict[str, str]) -> bool:
    """The last line of a printed list (合计) is none of its lines."""
    return _word(cells.get("name") or cells.get("day") or cells.get("code") or "") in ("合计", "总计", "小计")
