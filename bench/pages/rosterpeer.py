"""Beside the pasted roster: django-import-export's check of as many lines in a spreadsheet, in its own environment."""

from __future__ import annotations

import json
import os
import random
import subprocess
from datetime import date
from pathlib import Path

import xlsxwriter
from stdnum.cn import ric

TITLES = ("姓名", "证件号码", "手机号码", "起始日期", "月缴费工资（元）", "联系地址")
"""The columns of its table (bench/registers/importexport)."""


def checked(lines: int, folder: Path) -> float:
    """Seconds, without writing, on SQLite: a name, a right number, each number once. It asks no register."""
    path, draw = folder / "roster.xlsx", random.Random(lines)
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, TITLES)
        for n in range(lines):
            sheet.write_row(n + 1, 0, _line(draw, n))
    contest = Path(__file__).parents[1] / "registers" / "importexport" / "contest_importexport.py"
    plain = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "DJANGO_SETTINGS_MODULE")}
    done = subprocess.run(
        [os.environ["IMPORTEXPORT_PYTHON"], contest, path], check=True, capture_output=True, text=True, timeout=120,
        env={**plain, "DATABASE_URL": f"sqlite:///{folder}/peer.sqlite3"},
    )  # fmt: skip
    return float(json.loads(done.stdout)["check_s"])


def _line(draw: random.Random, n: int) -> tuple[str, ...]:
    """Somebody invented; one in a thousand lacks the last digit."""
    born = date.fromordinal(draw.randint(date(1970, 1, 1).toordinal(), date(2000, 12, 31).toordinal()))
    body = f"{999100 + n // 1000}{born:%Y%m%d}{n % 1000:03d}"
    number = body + str(ric.calc_check_digit(body + "0"))
    return (f"试{n}", number if n % 1000 else body, f"100{n:08d}", "2026-04-01", "5200.00", "演示路1号")
