"""One invoice is paid once, across all cases and regions: held by a bill, released when the bill or the case comes to nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.db import IntegrityError, transaction

from jingban.benefits import einvoice
from jingban.benefits.drafts import INVOICES, InvoiceDraft
from jingban.benefits.errors import InvoiceAltered, InvoiceUsed
from jingban.benefits.models import Bill, Decision, Invoice
from jingban.cases.models import Case
from jingban.core.money import show_yuan
from jingban.rulebook.cache import regions

_SIGNS = re.compile(r"[^0-9A-Z]")
NATIONAL = 20
"""Digits of a number that is unique in the whole country (数电票)."""


def key_of(invoice: InvoiceDraft) -> bytes:
    """What makes it the same invoice, however it is typed: code and number; a paper without a code, by who issued it.

    The kind is left out: a printed electronic receipt is the electronic one.
    """
    code, number = _plain(invoice.code), _plain(invoice.number)
    by = "" if code or len(number) >= NATIONAL else "".join(invoice.issuer.split())
    return sha256(f"{code}|{number}|{by}".encode()).digest()


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
    made: list[Invoice] = []
    for draft in drafts:
        _refuse(draft, purpose, now)
        try:
            with transaction.atomic():
                made.append(_made(bill, draft, purpose))
        except IntegrityError:  # another clerk was quicker
            held = Invoice.objects.filter(key=key_of(draft), purpose=purpose, released_at__isnull=True)
            raise _used(draft, held.first()) from None
    return made


def release(bill: Bill, now: datetime) -> None:
    """The bill holds them no more: they may be brought again."""
    Invoice.objects.filter(bill=bill, released_at__isnull=True).update(released_at=now)


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


def _refuse(draft: InvoiceDraft, purpose: str, now: datetime) -> None:
    key, digest = key_of(draft), digest_of(draft)
    for known in Invoice.objects.filter(key=key).order_by("-id"):
        held = known.released_at is None and not _let_go(known, now)
        # What was typed and taken out again may have been a slip; what stands, or was read from the file, is not.
        if bytes(known.digest) != digest and (held or known.is_read or draft.is_read):
            raise _altered(draft, known)
        if held and known.purpose == purpose:
            raise _used(draft, known)


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


def _used(draft: InvoiceDraft, known: Invoice | None) -> InvoiceUsed:
    where = "" if known is None else f"，用在{_where(known)}"
    return InvoiceUsed(
        f"{INVOICES[draft.kind]}{draft.number}已经用于报销{where}；一张票据只能报销一次，请核对票据。",
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


def _where(known: Invoice) -> str:
    number = Case.objects.filter(pk=known.case_id).values_list("number", flat=True).first()
    card = regions().get(known.region)
    return f"{card.name if card else known.region}的办件{number}"


def _plain(text: str) -> str:
    return _SIGNS.sub("", text.upper())
