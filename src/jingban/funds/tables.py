"""Tables from a bank: comma-separated text under a known header, in UTF-8 or the older GB 18030."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Mapping

from jingban.funds.errors import FileWrong

LARGEST = 32 << 20
_LONGEST = 1000


def rows(
    content: bytes, columns: Mapping[str, str], *, required: Collection[str]
) -> list[tuple[int, dict[str, str]]]:
    """Each line with its number (the header is line 1), its cells by our names; blank lines are left out.

    Raises where the file is no such table: unreadable, or a needed column is missing or there twice.
    """
    reader = csv.reader(io.StringIO(_text(content), newline=""), strict=True)
    try:
        header = [cell.strip() for cell in next(reader, [])]
        names = _names(header, columns, required)
        return [
            (reader.line_num, _row(names, cells)) for cells in reader if any(cell.strip() for cell in cells)
        ]
    except csv.Error as error:
        raise FileWrong(f"第{reader.line_num}行不是完整的表格行，没有读取：{error}。") from None


def _text(content: bytes) -> str:
    if len(content) > LARGEST:
        raise FileWrong(f"文件超过{LARGEST >> 20}兆字节，没有读取；请分开导入。")
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise FileWrong("文件不是文本表格（CSV），没有读取；请向银行索取原文件。")


def _names(header: list[str], columns: Mapping[str, str], required: Collection[str]) -> list[str]:
    names = [columns.get(cell, "") for cell in header]
    titles = {key: title for title, key in columns.items()}
    twice = {titles[name] for name in names if name and names.count(name) > 1}
    missing = [titles[key] for key in required if key not in names]
    if twice or missing:
        what = f"缺少{'、'.join(missing)}" if missing else f"{'、'.join(sorted(twice))}出现两次"
        raise FileWrong(f"表头{what}，没有读取；应有的列：{'、'.join(columns)}。")
    return names


def _row(names: list[str], cells: list[str]) -> dict[str, str]:
    return {name: cell.strip()[:_LONGEST] for name, cell in zip(names, cells, strict=False) if name} | {
        name: "" for name in names[len(cells) :] if name
    }
