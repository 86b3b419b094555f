"""Electronic invoices as XML: 医疗收费电子票据 (财政部《财政电子票据数据规范》) and 数电票 (全面数字化的电子发票).

Only what a claim needs is read. The file is parsed without entities: a document type is refused, so nothing is
expanded and nothing is fetched.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from xml.parsers.expat import ExpatError, ParserCreate

from jingban.benefits.errors import InvoiceWrong
from jingban.core.errors import DomainError
from jingban.core.money import to_fen

LARGEST, DEEPEST, MOST = 2_000_000, 24, 60_000
_DAY = re.compile(r"(\d{4})-?(\d{2})-?(\d{2})")
_NOT_XML = "这个文件不是可以读取的电子票据（XML），请上传从票夹或税务平台下载的原文件，或者手工录入。"

MEDICAL, DIGITAL = "medical-e", "vat-e"
LONGEST = {
    "number": ("票据号码", 30),
    "code": ("票据代码", 20),
    "issuer": ("开票单位", 120),
    "payer": ("交款人", 64),
}
"""Signs that a receipt's words have at most; the database takes no more."""


@dataclass(slots=True)
class Node:
    """An element: its text, and its children by name in order."""

    name: str
    text: str = ""
    children: list[Node] = field(default_factory=list)

    def all(self, path: str) -> list[Node]:
        found = [self]
        for step in path.split("/"):
            found = [child for node in found for child in node.children if child.name == step]
        return found

    def said(self, path: str) -> str:
        """The text at a path below; blank where there is none."""
        return next((node.text.strip() for node in self.all(path)), "")


@dataclass(frozen=True, slots=True)
class Item:
    """A line of an invoice."""

    code: str
    name: str
    quantity: Decimal
    price: Decimal
    amount: int


@dataclass(frozen=True, slots=True)
class EInvoice:
    """What an electronic invoice says; amounts in fen."""

    kind: str
    code: str
    number: str
    issuer: str
    issuer_code: str
    payer: str
    payer_code: str
    issued_on: date
    amount: int
    items: tuple[Item, ...]


def read(content: bytes) -> EInvoice:
    """Read a file. Raises InvoiceWrong: not an invoice, a red one (negative), or sums that do not match its lines."""
    root = parse(content)
    if root.name == "EInvoice" and root.all("EInvoiceData/Main"):
        found = _medical(root)
    elif root.name == "EInvoice" and root.all("EInvoiceData") and root.all("TaxSupervisionInfo"):
        found = _digital(root)
    else:
        raise InvoiceWrong("认不出这种电子票据，只能读取医疗收费电子票据和数电票；其他票据请手工录入。")
    if not found.number or not found.issuer:
        raise InvoiceWrong("电子票据里没有票据号码或开票单位，文件可能不完整，请重新下载。")
    for name, (what, most) in LONGEST.items():
        if len(getattr(found, name)) > most:
            raise InvoiceWrong(f"电子票据的{what}过长（超过{most}个字），文件可能被改动，请重新下载原文件。")
    if found.amount <= 0:
        raise InvoiceWrong("这是红字（冲销）票据或金额为零的票据，不能用于报销，请提供有效的票据。")
    items = sum(item.amount for item in found.items)
    if found.items and items != found.amount:
        raise InvoiceWrong(
            f"电子票据的明细合计{_yuan(items)}元，与票面金额{_yuan(found.amount)}元不一致，文件可能被改动，请重新下载原文件。"
        )
    return found


def parse(content: bytes) -> Node:
    """The elements of a small XML file without attributes and name spaces; anything that could expand is refused."""
    if len(content) > LARGEST:
        raise InvoiceWrong(f"电子票据文件超过{LARGEST // 1_000_000}兆，请核对是否选错文件。")
    top = Node("")
    stack, count = [top], 0
    parser = ParserCreate()
    parser.buffer_text = True  # else each line end is handed over, and copied with all before it, by itself

    def begun(name: str, _: object) -> None:
        nonlocal count
        count += 1
        if len(stack) > DEEPEST or count > MOST:
            raise InvoiceWrong(_NOT_XML)
        node = Node(name.rpartition(":")[2])
        stack[-1].children.append(node)
        stack.append(node)

    def refused(*_: object) -> None:
        raise InvoiceWrong("电子票据文件里有不允许的声明（DOCTYPE），没有读取；请上传原文件。")

    def text(data: str) -> None:
        stack[-1].text += data

    parser.StartElementHandler = begun
    parser.EndElementHandler = lambda _: stack.pop()
    parser.CharacterDataHandler = text
    parser.StartDoctypeDeclHandler = refused
    parser.EntityDeclHandler = refused
    try:
        parser.Parse(content, True)
    except (ExpatError, ValueError, LookupError):
        raise InvoiceWrong(_NOT_XML) from None
    return top.children[0]


def _medical(root: Node) -> EInvoice:
    main, details = root.all("EInvoiceData/Main")[0], root.all("EInvoiceData/Details/Item")
    return EInvoice(
        kind=MEDICAL,
        code=main.said("EInvoiceCode"),
        number=main.said("EInvoiceNumber"),
        issuer=main.said("InvoicingParty/InvoicingPartyName"),
        issuer_code=main.said("InvoicingParty/InvoicingPartyCode"),
        payer=main.said("PayerParty/PayerPartyName"),
        payer_code=main.said("PayerParty/PayerPartyCode"),
        issued_on=_day(main.said("IssueDate")),
        amount=_fen(main.said("TotalAmount"), "总金额"),
        items=tuple(
            Item(
                code=node.said("ItemCode"),
                name=node.said("ItemName"),
                quantity=_number(node.said("ItemQuantity") or "1", "数量"),
                price=_number(node.said("ItemStd") or node.said("ItemAmount"), "标准"),
                amount=_fen(node.said("ItemAmount"), "项目金额"),
            )
            for node in details
        ),
    )


def _digital(root: Node) -> EInvoice:
    data, seen = root.all("EInvoiceData")[0], root.all("TaxSupervisionInfo")[0]
    return EInvoice(
        kind=DIGITAL,
        code="",
        number=seen.said("InvoiceNumber") or root.said("Header/EIid"),
        issuer=data.said("SellerInformation/SellerName"),
        issuer_code=data.said("SellerInformation/SellerIdNum"),
        payer=data.said("BuyerInformation/BuyerName"),
        payer_code=data.said("BuyerInformation/BuyerIdNum"),
        issued_on=_day(seen.said("IssueTime") or data.said("BasicInformation/RequestTime")),
        amount=_fen(data.said("BasicInformation/TotalTax-includedAmount"), "价税合计"),
        items=tuple(
            Item(
                code="",
                name=node.said("ItemName"),
                quantity=_number(node.said("Quantity") or "1", "数量"),
                price=_number(node.said("UnPrice") or node.said("Amount"), "单价"),
                amount=_with_tax(node),
            )
            for node in data.all("IssuItemInformation")
        ),
    )


def _with_tax(node: Node) -> int:
    if total := node.said("TotaltaxIncludedAmount"):
        return _fen(total, "含税金额")
    return _fen(node.said("Amount"), "金额") + _fen(node.said("ComTaxAm") or "0", "税额")


def _day(text: str) -> date:
    found = _DAY.match(text)
    try:
        return date(*map(int, found.groups())) if found else date.fromisoformat(text)
    except ValueError:
        raise InvoiceWrong(f"电子票据的开票日期“{text[:20]}”不对，请重新下载原文件。") from None


def _fen(text: str, what: str) -> int:
    number = _number(text, what)
    if number.scaleb(2) != number.scaleb(2).to_integral_value():
        raise InvoiceWrong(f"电子票据的{what}“{text}”不足一分，请重新下载原文件。")
    return to_fen(number)


def _number(text: str, what: str) -> Decimal:
    try:
        # As money is read: plain digits only, no exponents.
        to_fen(text)
    except DomainError:
        raise InvoiceWrong(f"电子票据的{what}“{text[:20]}”不是数，请重新下载原文件。") from None
    return Decimal(text)


def _yuan(fen: int) -> str:
    return f"{Decimal(fen).scaleb(-2):.2f}"
