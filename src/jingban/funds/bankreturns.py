"""What the bank answered, as lines: read from pain.002 or from a table. Pure; nothing is looked up or booked here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from jingban.core.errors import DomainError
from jingban.core.money import to_fen
from jingban.funds import iso, tables
from jingban.funds.errors import FileWrong

MOST_LINES = 50_000
PAID, FAILED, NOTED, ODD = "paid", "failed", "noted", "odd"
_DONE = frozenset({"ACSC", "ACCC"})
_NOT_DONE = frozenset({"RJCT", "CANC"})
_PARTLY = "PART"
_SPACE = {"p": iso.namespace(iso.PAIN_002)}
_WORDS = {
    "AC01": "账号有误",
    "AC03": "收款账号有误",
    "AC04": "账户已销户",
    "AC06": "账户已冻结",
    "AG01": "账户不允许收款",
    "AM04": "付款账户余额不足",
    "AM05": "重复的付款",
    "BE01": "户名与账号不符",
    "MD07": "收款人已死亡",
    "RC01": "开户行有误",
}
"""Reasons of ISO 20022 (external code sets) that a clerk must act on, in Chinese; others are shown as they came."""
COLUMNS = {"笔号": "id", "结果": "result", "金额": "amount", "原因": "reason", "银行流水号": "reference"}
_RESULTS = {"成功": PAID, "失败": FAILED, "处理中": NOTED}


@dataclass(frozen=True, slots=True)
class Line:
    """One answer. ``result`` is paid, failed, noted (under way at the bank), or odd with why in ``reason``."""

    number: int
    end_to_end_id: str
    result: str
    fen: int | None = None
    reason: str = ""
    bank_reference: str = ""


@dataclass(frozen=True, slots=True)
class Whole:
    """One answer for every payment of a message of ours, or of the block of it that leaves one account."""

    message_id: str
    block_id: str
    result: str
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """A file of answers: payment by payment, and what is answered whole."""

    kind: str
    message_id: str
    lines: tuple[Line, ...]
    wholes: tuple[Whole, ...] = ()


def read(content: bytes) -> Report:
    """A report of the bank, whichever format it has; raises where the file as a whole cannot be read."""
    if not content.strip():
        raise FileWrong("文件是空的，没有读取；请向银行索取原文件。")
    report = _pain(content) if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else _table(content)
    if len(report.lines) > MOST_LINES:
        raise FileWrong(f"文件超过{MOST_LINES}行，没有读取；请请银行分开发送。")
    if not report.lines and not report.wholes:
        raise FileWrong("文件里没有一笔回执，没有读取；请核对是不是回执文件。")
    return report


def _pain(content: bytes) -> Report:
    root = iso.parsed(content, iso.PAIN_002)
    lines = tuple(
        _line(number, node) for number, node in enumerate(root.iterfind(".//p:TxInfAndSts", _SPACE), start=1)
    )
    return Report("pain.002", _text(root, "p:CstmrPmtStsRpt/p:GrpHdr/p:MsgId"), lines, tuple(_wholes(root)))


def _line(number: int, node: Any) -> Line:
    return Line(
        number,
        _text(node, "p:OrgnlEndToEndId"),
        _status(_text(node, "p:TxSts")),
        _amount(node),
        _reason(node),
        _text(node, "p:AcctSvcrRef") or _text(node, "p:StsId"),
    )


def _wholes(root: Any) -> Iterator[Whole]:
    """What is answered without its payments: blocks with a status of their own, or else the message as a whole.

    The nearer answer counts: a payment's before its block's, a block's before the message's (ISO 20022, pain.002).
    """
    group = root.find("p:CstmrPmtStsRpt/p:OrgnlGrpInfAndSts", _SPACE)
    message_id, has_near = _text(group, "p:OrgnlMsgId"), False
    for block in root.iterfind("p:CstmrPmtStsRpt/p:OrgnlPmtInfAndSts", _SPACE):
        status, block_id = _text(block, "p:PmtInfSts"), _text(block, "p:OrgnlPmtInfId")
        if block.find("p:TxInfAndSts", _SPACE) is not None:
            has_near = True
        elif status:
            has_near = True
            yield Whole(message_id, block_id, _status_of_many(status, block_id), _why(block, status))
    if not has_near and (status := _text(group, "p:GrpSts")):
        yield Whole(message_id, "", _status_of_many(status, message_id), _why(group, status))


def _status_of_many(code: str, named: str) -> str:
    if code == _PARTLY:
        raise FileWrong(
            f"回执说{named}只有一部分付款成功（PART），却没有逐笔列出，没有读取；请向银行索取带各笔结果的回执。"
        )
    return _status(code)


def _why(node: Any, status: str) -> str:
    return _reason(node) or ("银行整批退回" if _status(status) == FAILED else "")


def _text(node: Any, path: str) -> str:
    return str(node.findtext(path, default="", namespaces=_SPACE) or "").strip()


def _status(code: str) -> str:
    return PAID if code in _DONE else FAILED if code in _NOT_DONE else NOTED


def _amount(node: Any) -> int | None:
    found = node.find("p:OrgnlTxRef/p:Amt/p:InstdAmt", _SPACE)
    if found is None:
        return None
    # Another currency is another amount: it fits no payment of ours.
    return to_fen(found.text.strip()) if found.get("Ccy") == "CNY" else -1


def _reason(node: Any) -> str:
    said: list[str] = []
    for why in node.iterfind("p:StsRsnInf", _SPACE):
        code = why.findtext("p:Rsn/p:Cd", default="", namespaces=_SPACE)
        own = why.findtext("p:Rsn/p:Prtry", default="", namespaces=_SPACE)
        said += [_WORDS.get(code, code), own]
        said += [more.text or "" for more in why.iterfind("p:AddtlInf", _SPACE)]
    return "，".join(part.strip() for part in said if part and part.strip())[:200]


def _table(content: bytes) -> Report:
    rows = tables.rows(content, COLUMNS, required=("id", "result", "amount"))
    return Report("csv", "", tuple(_lines(rows)))


def _lines(rows: list[tuple[int, dict[str, str]]]) -> Iterator[Line]:
    for number, row in rows:
        result, fen, reason = _RESULTS.get(row["result"], ODD), None, row.get("reason", "")
        if result == ODD:
            reason = f"结果“{row['result'][:20]}”不认识，应为成功、失败或处理中"
        try:
            fen = to_fen(row["amount"].replace(",", ""))
        except DomainError as error:
            result, reason = ODD, error.message
        yield Line(number, row["id"][:64], result, fen, reason[:200], row.get("reference", "")[:64])
