"""The same certificate and list by reportlab, the usual way in Python: no seal, no signature, no PDF/A, no tags.

reportlab sets no CFF fonts, which are those that come with the install; it uses its own CID font, embedded nowhere,
and so does less than what it is held against.
"""

from __future__ import annotations

import io
import json
import time
from statistics import median

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

FONT = "STSong-Light"
pdfmetrics.registerFont(UnicodeCIDFont(FONT))
GRID = TableStyle([("FONT", (0, 0), (-1, -1), FONT, 10), ("GRID", (0, 0), (-1, -1), 0.6, colors.black)])
BODY = ParagraphStyle("body", fontName=FONT, fontSize=14, leading=24, wordWrap="CJK", firstLineIndent=28)
HEAD = ParagraphStyle("head", fontName=FONT, fontSize=22, leading=34, alignment=1)


def certificate(n: int) -> bytes:
    out = io.BytesIO()
    rows = [["姓名", f"王{n}", "性别", "女"], ["险种", "职工基本医疗保险", "缴费月数", f"{n}个月"]] * 3
    closing = "兹证明上述人员的基本医疗保险参保缴费情况属实。本凭证用于办理基本医疗保险关系转移接续。"
    SimpleDocTemplate(out, pagesize=A4).build(
        [Paragraph("参保凭证", HEAD), Table(rows, style=GRID), Spacer(1, 20), Paragraph(closing, BODY)]
    )
    return out.getvalue()


def long_list() -> bytes:
    out = io.BytesIO()
    head = ["序号", "姓名", "医疗类别", "总费用", "基金支付金额", "收款账户"]
    rows = [
        [str(n), "王秀英", "住院", f"{n * 7.1:.2f}", f"{n * 5.3:.2f}", "************0000"]
        for n in range(1000)
    ]
    SimpleDocTemplate(out, pagesize=landscape(A4)).build(
        [Paragraph("现金报销明细表", HEAD), Table([head, *rows], style=GRID, repeatRows=1)]
    )
    return out.getvalue()


def main() -> None:
    certificate(0)
    batches = []
    for _ in range(7):
        taken = []
        for n in range(40):
            begun = time.perf_counter()
            certificate(n + 1)
            taken.append(time.perf_counter() - begun)
        batches.append(median(taken))
    lists = []
    for _ in range(3):
        begun = time.perf_counter()
        pdf = long_list()
        lists.append(time.perf_counter() - begun)
    print(
        json.dumps(
            {
                "certificate_ms": min(batches) * 1000,
                "list_s": min(lists),
                "list_kb": len(pdf) / 1024,
            }
        )
    )


main()
