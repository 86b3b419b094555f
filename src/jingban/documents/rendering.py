"""From content to a PDF/A-2b: Typst sets it by the template of the rulebook; nothing in the data runs as code."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import segno
import typst
from django.conf import settings

from jingban.core.paths import rulebook_root
from jingban.documents import fonts
from jingban.documents.content import Content
from jingban.documents.errors import TemplateFault
from jingban.documents.seals import seal

MOST_TAGGED = 300
"""Rows up to which a table is tagged for screen readers; tags make a long list five times as big."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is set: the content and all that is printed beside it."""

    template: Path
    title: str
    number: str
    content: Content
    code: str
    mark: str
    at: datetime
    is_sealed: bool
    is_test: bool
    by_hand: bool = False
    is_void: bool = False


def rendered(sheet: Sheet) -> bytes:
    """The PDF/A-2b. Raises SignsMissing before an empty box could be printed, TemplateFault for a wrong template."""
    table = sheet.content.table
    try:
        found = typst.compile(
            sheet.template,
            root=rulebook_root(),
            font_paths=fonts.typefaces(),
            ignore_system_fonts=True,
            sys_inputs={"data": _data(sheet)},
            format="pdf",
            pdf_standards="a-2b",
            timestamp=sheet.at.replace(microsecond=0),  # Typst takes whole seconds only
            pdf_tags=table is None or len(table.rows) <= MOST_TAGGED,
        )
    except RuntimeError as error:  # a TypstError, or a template that is not there
        why = getattr(error, "message", str(error))
        raise TemplateFault(
            f"文书模板 {sheet.template.name} 排不出来：{why}。请核对最近改过的模板。"
        ) from error
    if not isinstance(found, bytes):
        raise TemplateFault(f"文书模板 {sheet.template.name} 没有排出文件，请核对模板。")
    return found


def _data(sheet: Sheet) -> str:
    content = sheet.content
    text = json.dumps({**content.model_dump(mode="json"), "day": cn(content.day)}, ensure_ascii=False)
    beside = "".join((sheet.title, sheet.number, sheet.code))
    if sheet.by_hand:
        text = fonts.with_blanks(text)
    fonts.hold_printable(text + beside)
    return json.dumps(
        {
            "content": json.loads(text),
            "title": sheet.title,
            "number": sheet.number,
            "code": spoken(sheet.code),
            "mark": sheet.mark,
            "qr": qr(sheet.code),
            "seal": seal(content.sender, test=sheet.is_test) if sheet.is_sealed else None,
            "test": sheet.is_test,
            "void": sheet.is_void,
            "handwritten": sheet.by_hand,
        },
        ensure_ascii=False,
    )


def address(code: str) -> str:
    """The public page of a paper."""
    return f"{settings.JINGBAN_SITE.rstrip('/')}/verify/{code}/"


def spoken(code: str) -> str:
    """A code in groups of four, as it is printed and read out."""
    return "-".join(code[n : n + 4] for n in range(0, len(code), 4))


def qr(code: str) -> str:
    """The QR code to the public page as SVG."""
    out = io.BytesIO()
    # Any mask can be read; to weigh all eight takes longer than to set the paper.
    segno.make(address(code), error="m", micro=False, mask=3).save(out, kind="svg", border=1, xmldecl=False)
    return out.getvalue().decode()


def cn(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
