"""The receipts of a bill as they are typed, or read from the electronic file.

What was read travels signed: it stands as it was read, whoever sends the page back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from django.core import signing
from pydantic import TypeAdapter, ValidationError

from jingban.benefits.service import INVOICES, LONGEST_ON_RECEIPT, InvoiceDraft, invoice_code_missing
from jingban.core.errors import DomainError
from jingban.core.money import show_yuan, to_fen
from jingban.portals.desk.benefit.lines import day_of

TITLES = {
    "kind": "票据种类", "code": "票据代码", "number": "票据号码", "amount": "金额（元）", "day": "开票日期",
    "issuer": "开票单位", "payer": "交款人",
}  # fmt: skip
DEFAULT = "medical"
MOST = 100
SALT = "jingban.einvoice"
_DRAFT = TypeAdapter(InvoiceDraft)
_MONEY = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,2})?")


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt as it was typed, or the sealed words of one that was read."""

    line: int
    cells: Mapping[str, str] = field(default_factory=dict)
    token: str = ""
    read: InvoiceDraft | None = None

    @property
    def is_blank(self) -> bool:
        return self.read is None and not any(self.cells.get(key) for key in ("number", "amount", "code"))


@dataclass(frozen=True, slots=True)
class ReceiptCell:
    """A cell as an input."""

    line: int
    key: str
    value: str
    fault: str = ""

    @property
    def id(self) -> str:
        return f"invoice.{self.line}.{self.key}"

    @property
    def title(self) -> str:
        return TITLES[self.key]

    @property
    def choices(self) -> Mapping[str, str]:
        return INVOICES if self.key == "kind" else {}

    @property
    def mode(self) -> str:
        return {"amount": "decimal", "day": "numeric"}.get(self.key, "")


@dataclass(frozen=True, slots=True)
class ReceiptRow:
    """A receipt as the page shows it: inputs, or what the file says."""

    line: int
    cells: tuple[ReceiptCell, ...]
    token: str = ""
    read: InvoiceDraft | None = None
    faults: tuple[str, ...] = ()

    @property
    def words(self) -> tuple[str, ...]:
        if self.read is None:
            return ()
        one = self.read
        return (
            INVOICES[one.kind], one.code, one.number, show_yuan(one.amount), one.day.isoformat(), one.issuer, one.payer,
        )  # fmt: skip

    @property
    def named(self) -> tuple[tuple[str, str], ...]:
        return tuple(zip(TITLES.values(), self.words, strict=False))


def sealed(draft: InvoiceDraft, case: int) -> str:
    """A receipt that was read, for the page to carry."""
    return signing.dumps(_DRAFT.dump_python(draft, mode="json"), salt=f"{SALT}:{case}", compress=True)


def unsealed(token: str, case: int) -> InvoiceDraft | None:
    """The same, read back; nothing where somebody altered it."""
    try:
        return _DRAFT.validate_python(signing.loads(token, salt=f"{SALT}:{case}"))
    except (signing.BadSignature, ValidationError):
        return None


def judged(
    receipts: Sequence[Receipt], *, issuer: str, ended_on: date | None
) -> tuple[list[InvoiceDraft], dict[int, dict[str, str]]]:
    """The receipts that are right, and what is wrong with the others by line and cell.

    What is left blank is the institution of the bill and the day on which it ended.
    """
    found: list[InvoiceDraft] = []
    faults: dict[int, dict[str, str]] = {}
    for one in receipts:
        if one.read is not None:
            found.append(one.read)
            continue
        draft, wrong = _draft(one.cells, issuer, ended_on)
        if draft is None:
            faults[one.line] = wrong
        else:
            found.append(draft)
    return found, faults


def _draft(
    cells: Mapping[str, str], issuer: str, ended_on: date | None
) -> tuple[InvoiceDraft | None, dict[str, str]]:
    wrong: dict[str, str] = {}
    number, amount = cells.get("number", ""), cells.get("amount", "").replace(",", "")
    issuer = cells.get("issuer") or issuer
    if not number:
        wrong["number"] = "请填写票据号码"
    if not _MONEY.fullmatch(amount):
        wrong["amount"] = f"金额“{amount[:20]}”应为数字，最多两位小数" if amount else "请填写票据金额"
        if amount.startswith("-"):
            wrong["amount"] = f"金额“{amount[:20]}”应大于零；红字（退费）票据不能报销，请按退费后的票据录入"
    if not issuer:
        wrong["issuer"] = "请填写开票单位"
    day = ended_on
    if cells.get("day"):
        try:
            day = day_of(cells["day"])
        except DomainError as error:
            wrong["day"] = error.message
    if day is None:
        wrong.setdefault("day", "请填写开票日期")
    if not cells.get("payer"):
        wrong["payer"] = "请填写交款人（票面上的姓名）"
    for key, (_, most) in LONGEST_ON_RECEIPT.items():
        if len(cells.get(key, "")) > most:
            wrong[key] = f"{TITLES[key]}最多{most}个字，请按票面核对"
    draft = InvoiceDraft(
        number=number,
        amount=0 if "amount" in wrong else to_fen(amount),
        day=day or date.min,
        issuer=issuer,
        kind=cells.get("kind") or DEFAULT,
        code=cells.get("code", ""),
        payer=cells.get("payer", ""),
    )
    if number and (why := invoice_code_missing(draft)):
        wrong.setdefault("number" if draft.kind == "vat-e" else "code", why)
    return (None if wrong else draft), wrong


def cells_of(draft: InvoiceDraft) -> dict[str, str]:
    """A typed receipt as it stands in the page, for correcting it."""
    return {
        "kind": draft.kind,
        "code": draft.code,
        "number": draft.number,
        "amount": show_yuan(draft.amount).replace(",", ""),
        "day": draft.day.isoformat(),
        "issuer": draft.issuer,
        "payer": draft.payer,
    }


def row_of(one: Receipt, faults: Mapping[str, str]) -> ReceiptRow:
    """The receipt as the page shows it."""
    said = {"kind": DEFAULT, **one.cells}
    cells = tuple(ReceiptCell(one.line, key, said.get(key, ""), faults.get(key, "")) for key in TITLES)
    return ReceiptRow(one.line, () if one.read else cells, one.token, one.read, tuple(faults.values()))
