"""The first sheet of a spreadsheet, one line of JSON a row. Run as a program of its own by ``reading``.

Of its own, because a spreadsheet of a few kilobytes can claim cells that fill any memory (the reader lays out
every cell between A1 and the last one): here that ends this process, not the server. It imports nothing of Jingban.
"""

from __future__ import annotations

import json
import resource
import sys
from datetime import date, datetime, time, timedelta

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

MEMORY = 1536 << 20
SECONDS = 120
COLUMNS = 60
UNREADABLE, LOCKED, TOO_LONG = 3, 4, 5


def main(path: str, most_rows: int) -> int:
    """Print every row, blank ones too, so that a row keeps its number; the exit code says what went wrong."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        sheet = CalamineWorkbook.from_path(path).get_sheet_by_index(0)
    except PasswordError:
        return LOCKED
    except CalamineError:
        return UNREADABLE
    if sheet.end is not None and sheet.end[0] >= most_rows:
        return TOO_LONG
    for row in sheet.iter_rows():
        print(json.dumps([plain(cell) for cell in row[:COLUMNS]], ensure_ascii=True, separators=(",", ":")))
    return 0


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
