"""What letters say: one closed schema for each kind and version (reference 2.3); nothing unknown is taken."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import ErrorDetails

from jingban.cases.forms import CITIZEN_ID, certificate_number
from jingban.core.errors import DomainError
from jingban.core.names import person_name
from jingban.exchange.errors import LetterRefused
from jingban.registry.service import RegistryError, Sheet, checked_sheet

CONTACT: Final = "contact-letter"
SHEET: Final = "info-sheet"
FUNDS: Final = "transfer-funds"
"""The messages of ``messages.yaml`` that are letters between agencies."""
ARRIVED: Final = "arrived"
NO_BALANCE: Final = "no-balance"
REFUSED: Final = "refused"


def _day(value: Any) -> Any:
    if not isinstance(value, str | date):
        raise ValueError("应是日期，例如2026-03-02")
    return value


def _named(text: str) -> str:
    try:
        return person_name(text)
    except DomainError as error:
        raise ValueError(error.message) from error


def _printable(text: str) -> str:
    """No signs that no paper shows and some databases refuse."""
    if any(ord(sign) < 32 and sign != "\n" for sign in text):
        raise ValueError("有不能显示的字符")
    return text


Line = Annotated[str, Field(max_length=120), AfterValidator(_printable)]
Long = Annotated[str, Field(max_length=2000), AfterValidator(_printable)]
Name = Annotated[str, AfterValidator(_named)]
Place = Annotated[str, Field(pattern=r"^[1-9][0-9]{5}$")]
Amount = Annotated[str, Field(pattern=r"^[0-9]{1,12}\.[0-9]{2}$")]
Day = Annotated[date, BeforeValidator(_day)]
Insurance = Literal["employee", "resident"]


class Part(BaseModel):
    """Frozen, and closed: an unknown field is a fault, never ignored."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Office(Part):
    """An agency as a letter names it."""

    name: Annotated[str, Field(title="机构名称", min_length=1, max_length=80), AfterValidator(_printable)]
    admin_code: Place = Field(title="行政区划代码")
    code: Line = Field("", title="机构代码")
    contact: Line = Field("", title="联系人")
    phone: Line = Field("", title="电话")
    address: Line = Field("", title="地址")


class Who(Part):
    """The person the letter is about."""

    name: Name = Field(title="姓名")
    id_kind: Line = Field(CITIZEN_ID, title="证件种类")
    id_number: Line = Field(title="证件号码")
    phone: Line = Field("", title="手机号码")


class Payee(Part):
    """Where the transferor pays the balance to: the account of the transferee agency."""

    name: Line = Field("", title="户名")
    bank: Line = Field("", title="开户行")
    account: Annotated[str, Field(title="账号", pattern=r"^([0-9]{8,32})?$")] = ""


class ContactLetter(Part):
    """《联系函》: the agency that a person moves to asks the one that the person leaves."""

    letter_number: Line = Field(title="函号")
    person: Who = Field(title="人员")
    from_insurance: Insurance | None = Field(None, title="转出险种")
    to_insurance: Insurance = Field(title="申请转入的险种")
    transferor: Office = Field(title="转出地机构")
    transferee: Office = Field(title="转入地机构")
    payee: Payee = Field(Payee(), title="收款账户")
    move_account: Annotated[bool, Field(title="是否转移个人账户", strict=True)] = True
    date: Day = Field(title="日期")


class InfoSheet(Part):
    """《信息表》: what the agency that is left says of the person, or why it does not let the person go."""

    result: Literal["arrived", "no-balance", "refused"] = Field(title="结果")
    letter_number: Line = Field(title="所答复的函号")
    person: Who = Field(title="人员")
    transferor: Office = Field(title="转出地机构")
    transferee: Office = Field(title="转入地机构")
    sheet: Sheet | None = Field(None, title="信息表")
    reason: Long = Field("", title="理由")
    date: Day = Field(title="日期")


class TransferFunds(Part):
    """The balance of the personal account has been paid over."""

    result: Literal["arrived"] = Field(ARRIVED, title="结果")
    letter_number: Line = Field(title="所答复的函号")
    person: Who = Field(title="人员")
    amount: Amount = Field(title="划转金额")
    paid_on: Day = Field(title="划转日期")
    transferor: Office = Field(title="转出地机构")
    transferee: Office = Field(title="转入地机构")


Body = ContactLetter | InfoSheet | TransferFunds
NAMES = {CONTACT: "《联系函》", SHEET: "《信息表》", FUNDS: "转移资金通知"}
PREFIXES = {CONTACT: "LX", SHEET: "XB", FUNDS: "HZ"}
"""Before the numbers of letters: 联系函、信息表、划转."""
SCHEMAS: dict[str, dict[int, type[ContactLetter] | type[InfoSheet] | type[TransferFunds]]] = {
    CONTACT: {1: ContactLetter},
    SHEET: {1: InfoSheet},
    FUNDS: {1: TransferFunds},
}
LATEST = {kind: max(versions) for kind, versions in SCHEMAS.items()}


def checked_body(kind: str, version: int, data: Any, *, on: date) -> Body:
    """The body by its schema; what is unknown or missing is a LetterRefused that names every fault."""
    if kind not in SCHEMAS:
        raise LetterRefused(
            f"不认识的信函种类“{kind[:24]}”，可收：{'、'.join(NAMES.values())}。", field="kind"
        )
    if version not in SCHEMAS[kind]:
        known = "、".join(f"第{v}版" for v in SCHEMAS[kind])
        raise LetterRefused(
            f"{NAMES[kind]}是第{version}版，本机构只认识{known}；请改用{known}重发，或寄纸质件。",
            field="version",
        )
    schema = SCHEMAS[kind][version]
    try:
        body = schema.model_validate(data)
        certificate_number(body.person.id_kind, body.person.id_number, on=on)
    except ValidationError as error:
        raise LetterRefused(_told(kind, _faults(schema, error.errors()))) from None
    except DomainError as error:
        raise LetterRefused(_told(kind, [f"证件号码：{error.message}"]), field="id_number") from None
    if faults := list(_contradictions(body)):
        raise LetterRefused(_told(kind, faults))
    return body


def _told(kind: str, faults: Iterable[str]) -> str:
    return f"{NAMES[kind]}填写有误：{'；'.join(text.rstrip('。') for text in faults)}。请改正后重发。"


def _contradictions(body: Body) -> Iterable[str]:
    """What each field allows but all together do not."""
    if not isinstance(body, InfoSheet):
        return
    if body.result == REFUSED:
        if not body.reason.strip():
            yield "不予转出的要写明理由"
        return
    if body.sheet is None:
        yield "没有附信息表"
        return
    if body.sheet.letter_number != body.letter_number:
        yield "信息表上的函号与来函不一致"
    if (body.sheet.person.id_kind, body.sheet.person.id_number) != (
        body.person.id_kind,
        body.person.id_number,
    ):
        yield "信息表上的人员与来函不一致"
    if body.sheet.result != body.result:
        yield "结果与信息表的划转金额不一致"
    try:
        checked_sheet(body.sheet.model_dump(mode="json"))
    except RegistryError as error:
        yield error.message


_SAYS = {
    "missing": "没有填写",
    "extra_forbidden": "不认识这一项",
    "string_type": "应是文字",
    "string_too_long": "太长",
    "string_too_short": "没有填写",
    "string_pattern_mismatch": "格式不对",
    "date_type": "应是日期，例如2026-03-02",
    "date_parsing": "应是日期，例如2026-03-02",
    "date_from_datetime_parsing": "应是日期，例如2026-03-02",
    "int_type": "应是整数",
    "bool_type": "应是true或false",
    "less_than_equal": "太大",
    "greater_than_equal": "太小",
    "tuple_type": "应是一个列表",
    "too_long": "条数太多",
    "model_type": "应是“键: 值”的形式",
}


def _faults(schema: type[Part], errors: Iterable[ErrorDetails]) -> list[str]:
    return [f"{_path(schema, error['loc'])}：{_said(error)}" for error in errors]


def _said(error: ErrorDetails) -> str:
    context = error.get("ctx", {})
    if error["type"] == "literal_error":
        return f"只能是{context.get('expected')}"
    if error["type"] == "value_error":
        return str(context.get("error", error["msg"]))
    return _SAYS.get(error["type"], "填写有误")


def _path(schema: type[Part], where: tuple[int | str, ...]) -> str:
    """The way to a field in its printed names, so that whoever filled the form finds it."""
    names: list[str] = []
    here: Any = schema
    for part in where:
        if isinstance(part, int):
            names.append(f"第{part + 1}条")
            continue
        field = getattr(here, "model_fields", {}).get(part)
        names.append(field.title if field is not None and field.title else str(part)[:40])
        here = _inner(field.annotation) if field is not None else None
    return "的".join(names) or "内容"


def _inner(annotation: Any) -> Any:
    """The model inside a field's type, also inside a list of it."""
    if isinstance(annotation, type):
        return annotation
    return next((p for p in getattr(annotation, "__args__", ()) if isinstance(p, type)), None)
