"""Whether a paper is genuine: by the code on it, by its number, or by the file itself."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date

from jingban.core.checkdigit import QUERY_ALPHABET
from jingban.core.identifiers import plain
from jingban.core.localtime import local_day
from jingban.documents.actions import CODE_LENGTH, content_kept, file_of
from jingban.documents.errors import PaperAltered
from jingban.documents.models import IssuedPaper
from jingban.documents.signing import Signed, signed
from jingban.documents.told import masked_name


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the public page says; nothing of the person but a masked surname."""

    code: str
    kind: str
    number_end: str
    agency: str
    day: date
    holder: str
    mark: str
    is_void: bool
    voided_on: date | None
    is_test: bool


def code_typed(text: str) -> str:
    """A code as somebody typed it; empty where it cannot be one."""
    code = plain(text).replace("-", "")
    right = len(code) == CODE_LENGTH and all(sign in QUERY_ALPHABET for sign in code)
    return code if right else ""


def verdict(text: str) -> Verdict | None:
    """What is known of a code; none where it belongs to no paper."""
    code = code_typed(text)
    row = IssuedPaper.objects.filter(code=code).first() if code else None
    if row is None:
        return None
    return Verdict(
        code=row.code,
        kind=row.title,
        number_end=row.number[-6:],
        agency=row.agency,
        day=local_day(row.issued_at),
        holder=masked_name(content_kept(row).holder),
        mark=row.mark,
        is_void=row.is_void,
        voided_on=local_day(row.voided_at) if row.voided_at else None,
        is_test=row.is_test,
    )


@dataclass(frozen=True, slots=True)
class FileVerdict:
    """What is known of a file: its row, if it is byte for byte what was issued, and what its signature says."""

    row: IssuedPaper | None
    signature: Signed | None


def file_verdict(pdf: bytes) -> FileVerdict:
    """Hold a file against what was issued."""
    row = IssuedPaper.objects.filter(digest=hashlib.sha256(pdf).digest()).first()
    return FileVerdict(row, signed(pdf))


def by_number(number: str) -> list[IssuedPaper]:
    """Every paper of a number, in the order in which they were issued."""
    return list(IssuedPaper.objects.filter(number=number.strip()).order_by("id"))


def faults(row: IssuedPaper) -> list[str]:
    """What is wrong with a kept paper: content or file changed, signature broken."""
    found = []
    try:
        content_kept(row)
        seen = signed(file_of(row))
        if seen is None or not seen.intact:
            found.append("签名与文件不符")
    except PaperAltered as error:
        found.append(error.message)
    return found
