"""The first sheet of a spreadsheet, one line of JSON a row. Run as a program of its own by ``reading``.

Of its own, because a spreadsheet of a few kilobytes can claim cells that fill any memory (the reader lays out
every cell between A1 and the last one): here that ends this process, not the server. It imports nothing of Jingban.
"""

from __future__ import annotations

import json
import re
import resource
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

MEMORY = 1536 << 20
SECONDS = 120
COLUMNS = 60
UNREADABLE, LOCKED, TOO_LONG, TOO_LARGE = 3, 4, 5, 6
UNPACKED = 800 << 20
"""Bytes that a packed file may unfold to; 200,000 rows are about 150 million."""
CHUNK, LONGEST_NAME = 1 << 20, 80
_FIRST_SHEET = re.compile(rb'<(?:\w+:)?sheet\b[^>]*\br:id="([^"]+)"')
_FORMULA = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})([0-9]{1,7})"[^>]*>\s*<(?:\w+:)?f[\s/>]')


def main(path: str, most_rows: int) -> int:
    """Print every row, blank ones too, so that a row keeps its number; the exit code says what went wrong."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if unpacked(path) > UNPACKED:
        return TOO_LARGE
    try:
        sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0)
    except PasswordError:
        return LOCKED
    except CalamineError:
        return UNREADABLE
    if sheet.end is not None and sheet.end[0] >= most_rows:
        return TOO_LONG
    worked_out = formulas(path)
    for number, row in enumerate(sheet.iter_rows()):
        cells = [plain(cell) for cell in row[:COLUMNS]]
        for place in worked_out.get(number, ()):
            if place < len(cells):
                cells[place] = {"formula": cells[place] != ""}
        print(json.dumps(cells, ensure_ascii=True, separators=(",", ":")))
    return 0


def unpacked(path: str) -> int:
    """What a packed file says it unfolds to; one that lies about it meets the memory limit."""
    if not zipfile.is_zipfile(path):
        return 0
    with zipfile.ZipFile(path) as pack:
        return sum(part.file_size for part in pack.infolist())


def formulas(path: str) -> dict[int, list[int]]:
    """Row to places of the first sheet that hold a formula, both from nought; of .xlsx only, whose reader tells
    the value that was worked out last and not that it was."""
    found: dict[int, list[int]] = {}
    for column, row in _formula_cells(path):
        place = 0
        for letter in column:
            place = place * 26 + letter - 64
        found.setdefault(int(row) - 1, []).append(place - 1)
    return found


def _formula_cells(path: str) -> Iterator[tuple[bytes, bytes]]:
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as pack:
        name = _first_sheet(pack)
        if name not in pack.namelist():
            return
        with pack.open(name) as part:
            rest = b""
            while chunk := part.read(CHUNK):
                text = rest + chunk
                cell = max(text.rfind(b"<c "), text.rfind(b":c "))
                last = text.rfind(b"<", 0, cell + 1) if cell >= 0 else max(len(text) - LONGEST_NAME, 0)
                last = max(last, 0)
                if b"<f" in text or b":f" in text:  # quick, and most rosters hold none
                    yield from _FORMULA.findall(text[:last])  # the last cell may go on in the next chunk
                rest = text[last:]
            yield from _FORMULA.findall(rest)


def _first_sheet(pack: zipfile.ZipFile) -> str:
    """The part that holds the first sheet, as the workbook lists them."""
    try:
        book, ties = pack.read("xl/workbook.xml"), pack.read("xl/_rels/workbook.xml.rels")
    except KeyError:
        return ""
    tie = _FIRST_SHEET.search(book)
    for found in re.findall(rb"<(?:\w+:)?Relationship\b[^>]*>", ties):
        said = dict(re.findall(rb'(\w+)="([^"]*)"', found))
        if tie and said.get(b"Id") == tie[1]:
            target = said.get(b"Target", b"").decode()
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return ""


def plain(cell: object) -> object:
    """A cell as JSON has it; a day is wrapped, so that it is not taken for text."""
    if isinstance(cell, datetime):
        return {"day": cell.date().isoformat()}
    if isinstance(cell, date):
        return {"day": cell.isoformat()}
    if isinstance(cell, time | timedelta):
        return str(cell)
    return cell


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2])))
