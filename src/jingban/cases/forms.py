"""The application form of an entry: what is asked, by whom the entry is for, and how it is checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from jingban.cases.errors import FormIncomplete
from jingban.core.errors import DomainError
from jingban.core.identifiers import CitizenId, CreditCode, ProviderCode, plain


@dataclass(frozen=True, slots=True)
class Field:
    """One question. ``find`` names the blind index under which cases are found by the answer."""

    key: str
    label: str
    hint: str = ""
    required: bool = True
    find: str | None = None
    kind: str = "text"


_NAME = Field("name", "姓名", "与证件一致；姓名间隔号用“·”", find="name")
_NUMBER = Field("id_number", "身份证号码", "18位，末位可以是X", find="id", kind="id")
_PHONE = Field("phone", "手机号码", "用来接收办理通知", kind="phone")
_NOTE = Field("note", "需要说明的情况", "没有可以不填", required=False, kind="long")

FORMS: dict[str, tuple[Field, ...]] = {
    "person": (_NAME, _NUMBER, _PHONE, _NOTE),
    "unit": (
        Field("unit_name", "单位名称", "与营业执照或批准文件一致", find="name"),
        Field("credit_code", "统一社会信用代码", "18位数字或字母", find="id", kind="credit"),
        Field("name", "经办人姓名"),
        _PHONE,
        _NOTE,
    ),
    "provider": (
        Field("provider_name", "机构名称", find="name"),
        Field(
            "provider_code",
            "定点医药机构代码",
            "H或P开头，尚未定点的可以不填",
            required=False,
            kind="provider",
        ),
        Field("name", "经办人姓名"),
        _PHONE,
        _NOTE,
    ),
    "report": (
        Field("accused", "被举报对象", "单位名称或个人姓名"),
        Field("clues", "线索和证据说明", kind="long"),
        Field("name", "举报人姓名", "愿意领取奖励的请实名；匿名可以不填", required=False),
        Field("phone", "联系电话", required=False, kind="phone"),
    ),
}


def form_of(subject: str) -> tuple[Field, ...]:
    """The questions for entries about a person, a unit, a provider or a report."""
    return FORMS[subject]


def checked_form(subject: str, answers: Mapping[str, str], *, on: date) -> dict[str, str]:
    """The answers, each normalised; all faults at once, in the words of the form."""
    faults: dict[str, str] = {}
    clean: dict[str, str] = {}
    for field in form_of(subject):
        text = answers.get(field.key, "").strip()
        if not text:
            if field.required:
                faults[field.key] = f"请填写{field.label}"
            continue
        try:
            clean[field.key] = _CHECKS.get(field.kind, _as_is)(text, on)
        except DomainError as error:
            faults[field.key] = error.message
    if faults:
        raise FormIncomplete(faults)
    return clean


def finds_of(subject: str, answers: Mapping[str, str]) -> dict[str, str]:
    """What the case is to be found by: kind of index to value."""
    return {f.find: answers[f.key] for f in form_of(subject) if f.find and f.key in answers}


class PhoneWrong(DomainError):
    code = "phone_wrong"


def _as_is(text: str, on: date) -> str:
    if len(text) > 500:
        raise FormIncomplete({"text": "内容太长，请控制在500字以内"})
    return text


def _phone(text: str, on: date) -> str:
    digits = plain(text).replace("-", "").replace(" ", "")
    if not (digits.isascii() and digits.isdigit() and 7 <= len(digits) <= 12):
        raise PhoneWrong("电话号码应为7至12位数字，请核对")
    return digits


_CHECKS: dict[str, Callable[[str, date], str]] = {
    "id": lambda text, on: CitizenId.parse(text, on=on).number,
    "credit": lambda text, on: CreditCode.parse(text).code,
    "provider": lambda text, on: ProviderCode.parse(text).code,
    "phone": _phone,
}
