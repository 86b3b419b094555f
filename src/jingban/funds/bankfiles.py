"""The file that pays a batch: ISO 20022 pain.001, or a plain table. Made once, from what was approved; pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from lxml import etree

from jingban.core.localtime import local_time
from jingban.core.money import to_yuan
from jingban.funds import iso
from jingban.funds.models import FileKind
from jingban.funds.payees import Payee

COLUMNS = ("批次号", "付款账户", "笔号", "收款户名", "收款账号", "开户行", "金额", "用途")


@dataclass(frozen=True, slots=True)
class Transfer:
    """One payment as the bank sees it."""

    end_to_end_id: str
    payee: Payee
    fen: int
    purpose: str


@dataclass(frozen=True, slots=True)
class Block:
    """What leaves one of the agency's accounts."""

    id: str
    debtor: Payee
    transfers: tuple[Transfer, ...]

    @property
    def fen(self) -> int:
        return sum(transfer.fen for transfer in self.transfers)


@dataclass(frozen=True, slots=True)
class Order:
    """A batch as its file says it. The same order gives the same bytes."""

    message_id: str
    agency: str
    made_at: datetime
    pay_on: date
    blocks: tuple[Block, ...]


def content(order: Order, kind: str) -> bytes:
    """The file in the format that the bank takes."""
    return _pain(order) if kind == FileKind.PAIN else _table(order)


def _pain(order: Order) -> bytes:
    space = iso.namespace(iso.PAIN_001)
    root = etree.Element(f"{{{space}}}Document", nsmap={None: space})
    body = _in(root, "CstmrCdtTrfInitn")
    head = _in(body, "GrpHdr")
    _text(head, "MsgId", order.message_id)
    _text(head, "CreDtTm", local_time(order.made_at).replace(microsecond=0).isoformat())
    _sums(head, [transfer for block in order.blocks for transfer in block.transfers])
    _text(_in(head, "InitgPty"), "Nm", order.agency)
    for block in order.blocks:
        _block(_in(body, "PmtInf"), block, order)
    iso.validated(root, iso.PAIN_001)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _block(node: Any, block: Block, order: Order) -> None:
    _text(node, "PmtInfId", block.id)
    _text(node, "PmtMtd", "TRF")
    _text(node, "BtchBookg", "true")
    _sums(node, block.transfers)
    _text(_in(node, "ReqdExctnDt"), "Dt", order.pay_on.isoformat())
    _text(_in(node, "Dbtr"), "Nm", block.debtor.name)
    _account(_in(node, "DbtrAcct"), block.debtor.account)
    _agent(_in(node, "DbtrAgt"), block.debtor.bank)
    for transfer in block.transfers:
        _transfer(_in(node, "CdtTrfTxInf"), transfer)


def _transfer(node: Any, transfer: Transfer) -> None:
    _text(_in(node, "PmtId"), "EndToEndId", transfer.end_to_end_id)
    amount = _text(_in(node, "Amt"), "InstdAmt", _yuan(transfer.fen))
    amount.set("Ccy", "CNY")
    _agent(_in(node, "CdtrAgt"), transfer.payee.bank)
    _text(_in(node, "Cdtr"), "Nm", transfer.payee.name)
    _account(_in(node, "CdtrAcct"), transfer.payee.account)
    _text(_in(node, "RmtInf"), "Ustrd", transfer.purpose)


def _sums(node: Any, transfers: Sequence[Transfer]) -> None:
    _text(node, "NbOfTxs", str(len(transfers)))
    _text(node, "CtrlSum", _yuan(sum(transfer.fen for transfer in transfers)))


def _account(node: Any, number: str) -> None:
    _text(_in(_in(node, "Id"), "Othr"), "Id", number)


def _agent(node: Any, bank: str) -> None:
    _text(_in(node, "FinInstnId"), "Nm", bank)


def _in(parent: Any, name: str) -> Any:
    return etree.SubElement(parent, f"{{{iso.namespace(iso.PAIN_001)}}}{name}")


def _text(parent: Any, name: str, text: str) -> Any:
    node = _in(parent, name)
    node.text = text
    return node


def _table(order: Order) -> bytes:
    """UTF-8 with a mark, so that a table program reads the names; one line a payment."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for block in order.blocks:
        for transfer in block.transfers:
            payee = transfer.payee
            writer.writerow(
                (
                    order.message_id,
                    block.debtor.account,
                    transfer.end_to_end_id,
                    payee.name,
                    payee.account,
                    payee.bank,
                    _yuan(transfer.fen),
                    transfer.purpose,
                )
            )
    return out.getvalue().encode("utf-8-sig")


def _yuan(fen: int) -> str:
    return f"{to_yuan(fen):.2f}"
