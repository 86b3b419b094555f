"""One invoice is paid once, across all cases and regions: held by a bill, released when the bill or the case comes to nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from jingban.benefits import einvoice
from jingban.benefits.drafts import INVOICES, InvoiceDraft, content, written
from jingban.benefits.errors import InvoiceAltered, InvoiceUsed
from jingban.benefits.models import Bill, Decision, Invoice
from jingban.cases.models import Case
from jingban.core.identifiers import plain
from jingban.core.money import show_yuan
from jingban.rulebook.cache import regions

_SIGNS = re.compile(r"[^0-9A-Z]")
_LOOKS_LIKE = str.maketrans({"O": "0", "I": "1", "L": "1", "S": "5", "Z": "2"})
NATIONAL = 20
"""Digits of a number that is unique in the whole country (数电票)."""
LONG_ENOUGH = 8
"""Digits by which the end of a longer number is known again: as many as the shortest that bears a code has (增值税发票)."""
TAIL = 4
"""Signs at the end of a number by which its likes are looked for."""
CODED = frozenset({einvoice.MEDICAL, einvoice.DIGITAL, "medical", "vat"})
"""Kinds that bear a code beside the number, unless the number is one of the whole country."""


def key_of(invoice: InvoiceDraft) -> bytes:
    """What makes it the same invoice, however it is typed: code and number; a paper without a code, by who issued it.

    The kind is left out: a printed electronic receipt is the electronic one. A number of the whole country needs nothing
    else, whatever is typed beside it; code and number that are as long together may be typed as one.
    """
    number, code = _plain(invoice.number), _plain(invoice.code)
    if len(number) < NATIONAL <= len(code) + len(number):
        number = code + number
    is_national = len(number) >= NATIONAL
    code = "" if is_national else code
    by = "" if code or is_national else _issuer(invoice.issuer)
    return sha256(f"{code}|{number}|{by}".encode()).digest()


def is_told_apart(invoice: InvoiceDraft) -> bool:
    """Whether code and number tell it from every other, or it is of abroad, where there are no codes.

    Typed without its code it would count as another invoice.
    """
    return invoice.kind not in CODED or bool(_plain(invoice.code)) or len(_plain(invoice.number)) >= NATIONAL


def has_number(invoice: InvoiceDraft) -> bool:
    """Whether its number says anything."""
    return bool(_plain(invoice.number))


def digest_of(invoice: InvoiceDraft) -> bytes:
    """What a copy says of it: another amount or day under the same number is an altered one."""
    return sha256(f"{invoice.amount}|{invoice.day.isoformat()}".encode()).digest()


def from_file(content: bytes) -> tuple[InvoiceDraft, einvoice.EInvoice]:
    """An electronic invoice, read: what the bill keeps of it, and all of it for filling in the lines."""
    read = einvoice.read(content)
    draft = InvoiceDraft(
        kind=read.kind,
        code=read.code,
        number=read.number,
        amount=read.amount,
        day=read.issued_on,
        issuer=read.issuer,
        payer=read.payer,
        is_read=True,
    )
    return draft, read


def hold(bill: Bill, drafts: Iterable[InvoiceDraft], *, purpose: str, now: datetime) -> list[Invoice]:
    """Hold invoices for a bill. Raises InvoiceUsed or InvoiceAltered in plain words."""
    drafts = tuple(drafts)
    _queue(drafts)
    made: list[Invoice] = []
    for draft in drafts:
        _refuse(draft, purpose, now)
        try:
            with transaction.atomic():
                made.append(_made(bill, draft, purpose))
        except IntegrityError:  # another clerk was quicker
            held = Invoice.objects.filter(key=key_of(draft), purpose=purpose, released_at__isnull=True)
            raise _used(draft, held.first(), purpose) from None
    return made


def release(bill: Bill, now: datetime) -> None:
    """The bill holds them no more: they may be brought again."""
    Invoice.objects.filter(bill=bill, released_at__isnull=True).update(released_at=now)


def release_of(case_id: int, now: datetime) -> None:
    """A revoked benefit has come back whole: its receipts may be brought again. Their traces stay."""
    Invoice.objects.filter(case=case_id, released_at__isnull=True).update(released_at=now)


@dataclass(frozen=True, slots=True)
class Trace:
    """Where an invoice was brought: the region by name, the case, and whether it is held there still."""

    invoice: Invoice
    region: str
    case: int
    number: str
    is_held: bool
    is_same: bool
    """Whether amount and day are those asked for; an altered copy is not."""


def traces(asked: InvoiceDraft) -> list[Trace]:
    """Where an invoice was brought in any region, the latest first (票据查验). An amount of 0 is any."""
    found = Invoice.objects.filter(key=key_of(asked)).select_related("case").order_by("-id")
    return [
        Trace(
            invoice=row,
            region=card.name if (card := regions().get(row.region)) else row.region,
            case=row.case_id,
            number=row.case.number,
            is_held=row.released_at is None,
            is_same=not asked.amount or row.amount_fen == asked.amount,
        )
        for row in found
    ]


def _queue(drafts: Iterable[InvoiceDraft]) -> None:
    """Let whoever brings the same receipts, or ones that look like them, wait until this transaction has ended.

    The unique key knows a receipt again that was typed as it was before; one that was typed otherwise is looked for among
    those that are written. Always in one order, so that two never wait for each other.
    """
    if connection.vendor != "postgresql":  # SQLite's transactions begin IMMEDIATE: writers queue anyhow
        return
    marks = {mark for draft in drafts for mark in (key_of(draft), _like(draft))}
    turns = sorted({int.from_bytes(mark[:8], signed=True) for mark in marks})
    with connection.cursor() as cursor:
        for turn in turns:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [turn])


def _refuse(draft: InvoiceDraft, purpose: str, now: datetime) -> None:
    key, digest = key_of(draft), digest_of(draft)
    for known in Invoice.objects.filter(key=key).select_related("bill").order_by("-id"):
        held = known.released_at is None and not _let_go(known, now)
        # What was typed and taken out again may have been a slip; what stands, or was read from the file, is not.
        if bytes(known.digest) != digest and (held or known.is_read):
            raise _altered(draft, known)
        if held and known.purpose == purpose:
            raise _used(draft, known, purpose)
        if held and _is_of_another(draft, known):
            raise _of_another(draft, known)
    _suspect(draft, now)


def _suspect(draft: InvoiceDraft, now: datetime) -> None:
    """The same number and day, and amount or issuer, under another code is a slip of typing, or somebody tries it twice.

    So is a number with its code typed before it. Two that were both read from their files are told apart, save by the
    code alone: nobody gives one number twice on a day, and a code is soon changed in a file.
    """
    key, number = key_of(draft), _plain(draft.number)
    same_issuer = Q(issuer=draft.issuer.strip(), number__endswith=number[-TAIL:])
    held = Invoice.objects.filter(issued_on=draft.day, released_at__isnull=True)
    for known in held.filter(Q(amount_fen=draft.amount) | same_issuer).order_by("-id"):
        if bytes(known.key) == key or not _is_alike(number, _plain(known.number)):
            continue
        same = (known.amount_fen, _issuer(known.issuer)) == (draft.amount, _issuer(draft.issuer))
        both_read = known.is_read and draft.is_read
        if both_read and not same:
            continue
        if not _let_go(known, now):
            raise _suspected(draft, known, both_read=both_read)


def _like(draft: InvoiceDraft) -> bytes:
    """What all that look like it have in common."""
    tail = _plain(draft.number).translate(_LOOKS_LIKE)[-TAIL:].zfill(TAIL)
    return sha256(f"{draft.day.isoformat()}|{tail}".encode()).digest()


def _is_alike(one: str, other: str) -> bool:
    """Whether two numbers are one, be it that noughts or the code stand before one of them, or a letter for a digit."""
    short, long = sorted((one.translate(_LOOKS_LIKE), other.translate(_LOOKS_LIKE)), key=len)
    return short.lstrip("0") == long.lstrip("0") or (len(short) >= LONG_ENOUGH and long.endswith(short))


def _let_go(invoice: Invoice, now: datetime) -> bool:
    """Release an invoice whose case ended without anything paid: refused, withdrawn, lapsed."""
    case = Case.objects.filter(pk=invoice.case_id).values_list("outcome", flat=True).first()
    standing = Decision.objects.filter(case=invoice.case_id, undone_at__isnull=True).exists()
    if case in (None, "granted") or standing:
        return False
    Invoice.objects.filter(pk=invoice.pk, released_at__isnull=True).update(released_at=now)
    return True


def _made(bill: Bill, draft: InvoiceDraft, purpose: str) -> Invoice:
    return Invoice.objects.create(
        purpose=purpose,
        region=bill.region,
        case_id=bill.case_id,
        bill=bill,
        kind=draft.kind,
        code=draft.code.strip(),
        number=draft.number.strip(),
        issuer=draft.issuer.strip(),
        issued_on=draft.day,
        amount_fen=draft.amount,
        key=key_of(draft),
        digest=digest_of(draft),
        is_read=draft.is_read,
    )


def _used(draft: InvoiceDraft, known: Invoice | None, purpose: str) -> InvoiceUsed:
    where = "" if known is None else f"，用在{_where(known)}"
    what = "救助" if purpose == "aid" else "报销"
    return InvoiceUsed(
        f"{INVOICES[draft.kind]}{draft.number}已经用于{what}{where}；一张票据只能{what}一次，请核对票据。",
        field="invoices",
        number=draft.number,
    )


def _altered(draft: InvoiceDraft, known: Invoice) -> InvoiceAltered:
    return InvoiceAltered(
        f"票据{draft.number}已登记过，金额{show_yuan(known.amount_fen)}元、开票日期{known.issued_on}"
        f"（{_where(known)}），这次是{show_yuan(draft.amount)}元、{draft.day}，两者不一致；"
        "请核对原件，疑似涂改的按规定移交核查。",
        field="invoices",
        number=draft.number,
    )


def _suspected(draft: InvoiceDraft, known: Invoice, *, both_read: bool) -> InvoiceUsed:
    what = "请核对原件，按票面填写代码和开票单位，有电子票据文件的请上传文件。"
    if both_read:
        what = (
            "两张都读自电子票据文件，请到财政（税务）部门的票据查验平台查验真伪，疑似涂改的按规定移交核查。"
        )
    same, other = "金额", "票据代码或开票单位"
    if known.amount_fen != draft.amount:
        same, other = "开票单位", "票据代码和金额"
    return InvoiceUsed(
        f"票据{draft.number}和{_where(known)}登记的一张号码、{same}、开票日期都相同，只是{other}不同"
        f"（那一张：代码{known.code or '无'}，{known.issuer}，{show_yuan(known.amount_fen)}元），疑似同一张票据；{what}",
        field="invoices",
        number=draft.number,
    )


def _of_another(draft: InvoiceDraft, known: Invoice) -> InvoiceAltered:
    return InvoiceAltered(
        f"票据{draft.number}在{_where(known)}登记过，那时的交款人不是“{draft.payer}”；"
        "请核对原件，疑似涂改的按规定移交核查。",
        field="invoices",
        number=draft.number,
    )


def _is_of_another(draft: InvoiceDraft, known: Invoice) -> bool:
    """Whether it had another name on it: the names are sealed with the bill, in the order of its receipts."""
    place = Invoice.objects.filter(bill=known.bill_id, pk__lt=known.pk).count()
    return written(content(known.bill).payers[place]) != written(draft.payer)


def _issuer(text: str) -> str:
    return "".join(text.split())


def _where(known: Invoice) -> str:
    number = Case.objects.filter(pk=known.case_id).values_list("number", flat=True).first()
    card = regions().get(known.region)
    return f"{card.name if card else known.region}的办件{number}"


def _plain(text: str) -> str:
    """Full-width signs are the same signs (``core.identifiers``)."""
    return _SIGNS.sub("", plain(text))
