"""The application form of an entry, as its item declares it: how each answer is checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import date

from jingban.cases.errors import FormIncomplete
from jingban.core.crypto import blind_index
from jingban.core.errors import DomainError
from jingban.core.identifiers import CitizenId, CreditCode, ProviderCode, plain
from jingban.core.money import to_fen, to_yuan
from jingban.core.names import NameWrong, person_name
from jingban.rulebook.effective import EffectiveItem, FormField

CITIZEN_ID = "01"
"""证件种类“居民身份证”: what a number is unless the form says otherwise."""
_UNIT = re.compile(r"\w[\w（）()·&、. -]{3,69}")
"""What the name of a unit is written with: no person's has brackets or numbers."""
KEY_INFO = "key-info-change"
"""The situation of whoever changes 关键信息; the form says it by itself."""


class AnswerWrong(DomainError):
    """An answer of a form that cannot be used as it is."""

    code = "answer_wrong"


def form_of(item: EffectiveItem, situations: Collection[str] = ()) -> tuple[FormField, ...]:
    """The questions of the entry that are put in this situation."""
    return tuple(field for field in item.form if field.asked_of(situations))


def checked_form(
    item: EffectiveItem, answers: Mapping[str, str], *, situations: Collection[str] = (), on: date
) -> dict[str, str]:
    """The answers, each normalised; all faults at once, in the words of the form."""
    faults: dict[str, str] = {}
    clean: dict[str, str] = {}
    for field in form_of(item, situations):
        text = answers.get(field.key, "").strip()
        if not text:
            if field.required:
                faults[field.key] = field.left_open
            continue
        try:
            clean[field.key] = checked_answer(field, text, answers, on)
        except DomainError as error:
            faults[field.key] = error.message
    if faults:
        raise FormIncomplete(faults)
    return clean


def checked_answer(field: FormField, text: str, answers: Mapping[str, str], on: date) -> str:
    """One answer in its one written form. The kind of certificate stands in a field of its own."""
    if field.kind == "id":
        return certificate_number(kind_beside(field.key, answers), text, on=on)
    if field.kind == "choice":
        return _choice(field, text)
    kept = _CHECKS[field.kind](text, on)
    if field.kind == "day":
        _refuse_day(field, date.fromisoformat(kept), answers, on)
    return kept


def _refuse_day(field: FormField, day: date, answers: Mapping[str, str], on: date) -> None:
    """A day that cannot be; AnswerWrong. What is wrong with the day it is held against is told there."""
    if field.past and day > on:
        raise AnswerWrong(f"{field.label}不能晚于今天，请核对", field=field.key)
    if field.not_before is not None:
        first = _day_said(field.not_before.id, answers, on)
        if first is not None and day < first:
            raise AnswerWrong(f"{field.label}不能早于{field.not_before.name}，请核对", field=field.key)


def _day_said(key: str, answers: Mapping[str, str], on: date) -> date | None:
    """The day that a field says, a citizen's number the day of birth; none where it is left open or wrong."""
    text = answers.get(key, "")
    try:
        if not key.endswith("_number"):
            return date.fromisoformat(_day(text, on))
        return CitizenId.parse(text, on=on).birth_date if kind_beside(key, answers) == CITIZEN_ID else None
    except DomainError:
        return None


def kind_beside(key: str, answers: Mapping[str, str]) -> str:
    """The kind of certificate of a number: ``new_id_number`` is of the kind ``new_id_kind``."""
    return answers.get(key.removesuffix("_number") + "_kind", "").strip() or CITIZEN_ID


def certificate_number(kind: str, text: str, *, on: date) -> str:
    """A certificate's number (reference 7.5): citizens' numbers by their check digit, others by their form."""
    if kind == CITIZEN_ID:
        return CitizenId.parse(text, on=on).number
    number = plain(text)
    if not re.fullmatch(r"[A-Z0-9()]{5,20}", number):
        raise AnswerWrong("证件号码应为5至20位字母或数字，请对照证件核对。", kind=kind)
    return number


def finds_of(item: EffectiveItem, answers: Mapping[str, str]) -> dict[str, str]:
    """What the case is to be found by: kind of index to value."""
    return {f.find: answers[f.key] for f in item.form if f.find and f.key in answers}


def implied_situations(item: EffectiveItem, answers: Mapping[str, str]) -> frozenset[str]:
    """Situations that the answers themselves say, so that proof is asked for where the region's rule asks it."""
    said = {f.key: answers.get(f.key, "").strip() for f in item.form}
    found = {situation for f in item.form for situation in f.implies.get(said[f.key], ())}
    if any(f.key_info and said[f.key] for f in item.form):
        found.add(KEY_INFO)
    return frozenset(found)


def situations_told(item: EffectiveItem) -> frozenset[str]:
    """Every situation that the answers of this form can say: nobody is asked about it apart."""
    found = {situation for f in item.form for situations in f.implies.values() for situation in situations}
    if any(f.key_info for f in item.form):
        found.add(KEY_INFO)
    return frozenset(found)


def stated_facts(item: EffectiveItem, answers: Mapping[str, str]) -> dict[str, str]:
    """Facts of the procedure that the answers state (which way an off-site filing goes)."""
    return {
        fact: values[text]
        for f in item.form
        for fact, values in f.states.items()
        if (text := answers.get(f.key, "").strip()) in values
    }


def facts_told(item: EffectiveItem) -> frozenset[str]:
    """Every fact that the answers of this form state."""
    return frozenset(fact for f in item.form for fact in f.states)


def _choice(field: FormField, text: str) -> str:
    if text not in field.choices:
        raise AnswerWrong(f"请选择：{'、'.join(field.choices.values())}", field=field.key)
    return text


def _text(text: str, on: date) -> str:
    if len(text) > 500:
        raise AnswerWrong("内容太长，请控制在500字以内")
    return text


def _holder(text: str, on: date) -> str:
    """Whose account it is: a person, or a unit, whose name has brackets and numbers too."""
    try:
        return person_name(text)
    except NameWrong:
        said = " ".join(text.split())
        if not _UNIT.fullmatch(said):
            raise
        return said


def _phone(text: str, on: date) -> str:
    digits = plain(text).replace("-", "").replace(" ", "")
    if not (digits.isascii() and digits.isdigit() and 7 <= len(digits) <= 12):
        raise AnswerWrong("电话号码应为7至12位数字，请核对")
    return digits


def _day(text: str, on: date) -> str:
    match = re.fullmatch(r"(\d{4})\D?(\d{1,2})\D?(\d{1,2})日?", plain(text), re.ASCII)
    try:
        day = date(*map(int, match.groups())) if match else None
    except ValueError:
        day = None
    if day is None or not 1900 <= day.year <= 2199:
        raise AnswerWrong("应为年月日，例如 2026-09-30")
    return day.isoformat()


def _month(text: str, on: date) -> str:
    match = re.fullmatch(r"(\d{4})\D?(0?[1-9]|1[0-2])月?", plain(text), re.ASCII)
    if match is None:
        raise AnswerWrong("应为年月，例如 2026-09")
    return f"{match[1]}-{int(match[2]):02d}"


def _year(text: str, on: date) -> str:
    year = plain(text).removesuffix("年")
    if not re.fullmatch(r"20\d\d", year, re.ASCII):
        raise AnswerWrong("应为四位年度，例如 2027")
    return year


def _number(text: str, on: date) -> str:
    digits = plain(text)
    if not re.fullmatch(r"[0-9]{1,9}", digits, re.ASCII):
        raise AnswerWrong("应为不小于零的整数")
    return str(int(digits))


def _amount(text: str, on: date) -> str:
    fen = to_fen(plain(text).replace(",", ""))
    if fen < 0:
        raise AnswerWrong("金额不能小于零")
    return str(to_yuan(fen))


def _bank(text: str, on: date) -> str:
    digits = plain(text).replace("-", "")
    if not re.fullmatch(r"[0-9]{8,32}", digits, re.ASCII):
        raise AnswerWrong("银行账号应为8至32位数字，请对照银行卡核对")
    return digits


def _places(text: str, on: date) -> str:
    codes = [plain(part) for part in re.split("[、,，;；\\s]+", text) if part]
    if not codes or any(not re.fullmatch(r"[1-9][0-9]{5}", code, re.ASCII) for code in codes):
        raise AnswerWrong("应为6位行政区划代码，例如 110000；多个用顿号隔开")
    return "、".join(dict.fromkeys(codes))


def _diseases(text: str, on: date) -> str:
    codes = [plain(part) for part in re.split("[、,，;；\\s]+", text) if part]
    if not codes or any(not re.fullmatch(r"M[0-9]{5}", code, re.ASCII) for code in codes):
        raise AnswerWrong("应为病种编码，M加5位数字，例如 M03900；多个用顿号隔开")
    return "、".join(dict.fromkeys(codes))


_CHECKS: dict[str, Callable[[str, date], str]] = {
    "text": _text,
    "long": _text,
    "name": lambda text, on: person_name(text),
    "holder": _holder,
    "credit": lambda text, on: CreditCode.parse(text).code,
    "provider": lambda text, on: ProviderCode.parse(text).code,
    "phone": _phone,
    "day": _day,
    "month": _month,
    "year": _year,
    "number": _number,
    "amount": _amount,
    "bank": _bank,
    "places": _places,
    "diseases": _diseases,
}


def blind_finds(item: EffectiveItem, answers: Mapping[str, str]) -> tuple[tuple[str, bytes], ...]:
    """What the case is found by from now on, blindly."""
    return tuple((kind, blind_index(kind, text)) for kind, text in finds_of(item, answers).items() if text)
