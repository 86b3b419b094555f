"""The tax department's word that a levy was paid: signed, proved, kept, answered, and put into the registers.

It comes over its own line (POST) or in a file; either way it is the same signed receipt, and nobody of the agency
types in what it says. The rules for receipts twice, out of order or wrong: docs/algorithms/levies.md.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q
from pydantic import Field, ValidationError

from jingban.core.localtime import local_day
from jingban.core.signing import canonical
from jingban.exchange.agencies import Party, agency, own_agency
from jingban.exchange.envelope import LARGEST, Envelope, checked_sender, read_envelope
from jingban.exchange.errors import AgencyWrong, EnvelopeWrong, NotAddressee, SenderUnknown, SignatureWrong
from jingban.exchange.inbox import REFUSALS, Answer
from jingban.exchange.kinds import Amount, Day, Part
from jingban.exchange.models import Agency, State, TaxOffice, TaxReceipt
from jingban.processes.state import SYSTEM
from jingban.registry.service import Origin, Source, confirm_levy
from jingban.rulebook.cache import regions

KIND = "tax-receipt"
VERSION = 1


class Receipt(Part):
    """What a receipt says; its own number (回执编号) is the envelope's."""

    levy_number: str = Field(title="征缴单号", pattern=r"^[!-~]{1,40}$")
    paid_on: Day = Field(title="到账日")
    amount: Amount = Field(title="金额（元，两位小数）")


def take_receipt(data: Mapping[str, Any], *, now: datetime) -> Answer:
    """Take one signed receipt in: prove it, keep it with what it did, and say so; the same one twice is one.

    Raises EnvelopeWrong, SenderUnknown, SignatureWrong or NotAddressee for what is kept nowhere. What is proved but
    cannot be applied (an unknown, void or paid levy, another amount) is kept and answered ``refused``, in words.
    """
    envelope = read_envelope(data)
    sender = checked_sender(data, envelope.from_code, now)
    _hold_office(sender, envelope.to_code, now)
    receipt = _checked(envelope)
    try:
        with transaction.atomic():
            return _known(envelope) or _taken(envelope, receipt, data, now)
    except IntegrityError:
        # The same receipt at the same instant: the other one won, this is its answer too.
        found = _known(envelope)
        if found is None:
            raise
        return found


def take_file(file: Path, *, now: datetime) -> Iterator[tuple[int, bool, str]]:
    """Receipts from a file, one signed JSON a line: the line's number, whether it was applied, and what to say.

    A line that is none, or not proved, stops no other one. The file again changes nothing.
    """
    with file.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                answer = take_receipt(_parsed(line), now=now)
            except (EnvelopeWrong, SenderUnknown, SignatureWrong, NotAddressee) as error:
                yield number, False, error.message
            else:
                yield number, answer.state == State.APPLIED, answer.words


def _parsed(line: bytes) -> dict[str, Any]:
    try:
        data = json.loads(line) if len(line) <= LARGEST else None
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        raise EnvelopeWrong("这一行不是签名回执，没有收下；请向税务部门要原文件。")
    return data


def name_tax_office(code: str, region: str, *, now: datetime, end_on: date | None = None) -> Party:
    """Let the receipts of an agency on record count as the tax department's for a region; or until which day.

    Raises AgencyWrong where there is no such agency or region.
    """
    day = local_day(now)
    row, party = Agency.objects.filter(code=code).first(), agency(code, day)
    if row is None or party is None:
        raise AgencyWrong(
            f"没有登记代码为“{code}”的机构；请先用 jingban exchange add-agency 登记它和它的公钥。"
        )
    if party.is_local:
        raise AgencyWrong("本系统的经办机构不能作为税务部门：开征缴单和确认到账不能是一家。")
    if region not in regions():
        raise AgencyWrong(f"没有地区“{region}”，可选：{'、'.join(sorted(regions()))}。")
    if end_on is not None and end_on < day:
        raise AgencyWrong("止期不能早于今天。")
    TaxOffice.objects.update_or_create(
        agency=row,
        region=region,
        defaults={"end_on": end_on},
        create_defaults={"start_on": day, "end_on": end_on},
    )
    return party


def _hold_office(sender: Party, region: str, now: datetime) -> None:
    """A proved agency is not yet the tax department of the region."""
    day = local_day(now)
    if own_agency(region, day) is None:
        raise NotAddressee(f"“{region}”不在本系统，回执没有收下；请核对发送的地区。")
    held = Q(start_on__lte=day) & (Q(end_on__isnull=True) | Q(end_on__gte=day))
    if not TaxOffice.objects.filter(held, agency__code=sender.code, region=region).exists():
        raise SenderUnknown(f"“{sender.name}”没有登记为该地区的税务部门，回执没有收下；请先由经办机构登记。")


def _checked(envelope: Envelope) -> Receipt:
    if (envelope.kind, envelope.version) != (KIND, VERSION):
        raise EnvelopeWrong(f"这里只收税务到账回执（{KIND}，第{VERSION}版），没有收下；请核对种类和版本。")
    if not envelope.number.strip():
        raise EnvelopeWrong("回执没有收下：没有回执编号。请改正后重发。")
    try:
        return Receipt.model_validate(envelope.body)
    except ValidationError as error:
        names = dict.fromkeys(str(e["loc"][0])[:40] for e in error.errors())
        titles = [f.title if (f := Receipt.model_fields.get(n)) and f.title else n for n in names]
        raise EnvelopeWrong(f"回执没有收下，填写有误：{'、'.join(titles)}。请改正后重发。") from None


def _known(envelope: Envelope) -> Answer | None:
    row = TaxReceipt.objects.filter(uuid=envelope.uuid).first()
    if row is None:
        return None
    if bytes(row.digest).hex() != envelope.digest:
        raise EnvelopeWrong("这个标识已用于另一张内容不同的回执，没有收下；请换新的标识重发。")
    return _answer(row)


def _taken(envelope: Envelope, receipt: Receipt, data: Mapping[str, Any], now: datetime) -> Answer:
    try:
        with transaction.atomic():
            applied, words = _confirmed(envelope, receipt, now)
    except REFUSALS as error:
        applied, words = False, error.message[:300]
    row = TaxReceipt.objects.create(
        uuid=envelope.uuid,
        from_code=envelope.from_code,
        region=envelope.to_code,
        number=envelope.number,
        levy_number=receipt.levy_number,
        envelope=canonical(data).decode(),
        digest=bytes.fromhex(envelope.digest),
        applied=applied,
        words=words,
        received_at=now,
    )
    return _answer(row)


def _confirmed(envelope: Envelope, receipt: Receipt, now: datetime) -> tuple[bool, str]:
    """The register keeps a receipt number once for a levy, also one that a clerk typed in from paper before."""
    notice = confirm_levy(
        Origin(envelope.to_code, SYSTEM, now, Source.TAX),
        receipt.levy_number,
        paid_on=receipt.paid_on,
        message=envelope.number,
        amount=Decimal(receipt.amount),
        signed=True,
    )
    return notice.applied, notice.answer


def _answer(row: TaxReceipt) -> Answer:
    state = State.APPLIED if row.applied else State.REFUSED
    return Answer(row.uuid, row.from_code, row.region, state, row.words)
