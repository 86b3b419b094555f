"""Numbers: the vectors of reference 7.1, and what a check digit must find."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from stdnum.cn import ric

from jingban.core.identifiers import (
    CREDIT_ALPHABET,
    CitizenId,
    CreditCode,
    IdentifierWrong,
    ProviderCode,
    mask_bank,
    mask_id,
    mask_phone,
)

TODAY = date(2026, 11, 22)
KNOWN = "11010519491231002X"
_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)


def id_number(region: str, born: date, serial: int) -> str:
    body = f"{region}{born:%Y%m%d}{serial:03d}"
    return body + ric.calc_check_digit(body + "0")


def credit_code(body: str) -> str:
    total = sum(CREDIT_ALPHABET.index(sign) * weight for sign, weight in zip(body, _WEIGHTS, strict=True))
    return body + CREDIT_ALPHABET[(31 - total % 31) % 31]


ids = st.builds(
    id_number,
    st.from_regex(r"[1-9][0-9]{5}", fullmatch=True),
    st.dates(date(1900, 1, 1), TODAY),
    st.integers(0, 999),
)
credit_codes = st.text(alphabet=CREDIT_ALPHABET, min_size=17, max_size=17).map(credit_code)


@pytest.mark.parametrize(
    "text",
    [
        KNOWN,
        KNOWN.lower(),
        "110105 19491231 002x",
        "１１０１０５１９４９１２３１００２Ｘ",
        f"\ufeff{KNOWN}\u3000\n",
        "110105\u200b19491231002Ｘ",
    ],
)
def test_reads_the_published_vector_however_it_is_typed(text: str) -> None:
    person = CitizenId.parse(text, on=TODAY)
    assert str(person) == KNOWN
    assert (person.birth_date, person.sex, person.region) == (date(1949, 12, 31), "女", "110105")
    assert person.masked == "110***********002X"


def test_luanzhou_birth_before_the_renaming_is_accepted() -> None:
    # stdnum's own validate refuses 130284 before 2018; a person re-registered carries it all the same.
    number = id_number("130284", date(1990, 5, 1), 12)
    assert CitizenId.parse(number, on=TODAY).region == "130284"
    assert CitizenId.parse(id_number("130223", date(1990, 5, 1), 12), on=TODAY).region == "130223"


@pytest.mark.parametrize(
    ("text", "reason", "words"),
    [
        ("", "empty", "没有填写"),
        ("110105491231002", "fifteen", "15位的旧号码"),
        (KNOWN[:-1], "length", "现在是17位"),
        ("110105194912310021", "check_digit", "第18位校验码不对，请核对身份证号"),
        ("1101051949123100X2", "sign", "第17位是“X”，只有第18位可以是字母X"),
        ("11010519491231002A", "sign", "第18位"),
        ("1101051949123100٢X", "sign", "第17位"),
        ("110105194912310①2X"[:18], "sign", "第16位"),
        ("110105194902300026", "birth_date", "1949年02月30日不存在"),
        ("110105000002300026", "birth_date", "不存在"),
        ("110105170002200026", "birth_date", "太早"),
        (id_number("130502", date(2026, 11, 23), 1), "future", "2026-11-23晚于今天"),
    ],
)
def test_says_what_is_wrong_with_an_id(text: str, reason: str, words: str) -> None:
    with pytest.raises(IdentifierWrong, match=words) as caught:
        CitizenId.parse(text, on=TODAY)
    assert caught.value.details == {"kind": "citizen_id", "reason": reason}


def test_born_today_is_not_the_future() -> None:
    assert CitizenId.parse(id_number("130502", TODAY, 1), on=TODAY).birth_date == TODAY


@given(number=ids, place=st.integers(0, 17), sign=st.sampled_from("0123456789X"))
def test_one_wrong_sign_in_an_id_is_found(number: str, place: int, sign: str) -> None:
    assume(number[place] != sign)
    assert str(CitizenId.parse(number, on=TODAY)) == number
    with pytest.raises(IdentifierWrong):
        CitizenId.parse(number[:place] + sign + number[place + 1 :], on=TODAY)


@given(text=st.text(max_size=30))
def test_any_text_is_an_id_or_a_clear_refusal(text: str) -> None:
    for parse in (CitizenId.parse, CreditCode.parse, ProviderCode.parse):
        said = ""
        try:
            parse(text)
        except IdentifierWrong as error:
            said = error.message
        assert said == "" or said.endswith("。")


@pytest.mark.parametrize(
    "code",
    [
        "91350100M000100Y43",
        "12130500MB00000210",
        "91350100m000100y43",
        " 9135 0100 M000 100Y 43",
        "９１３５０１００Ｍ０００１００Ｙ４３",
    ],
)
def test_reads_the_published_credit_codes(code: str) -> None:
    assert str(CreditCode.parse(code)) in {"91350100M000100Y43", "12130500MB00000210"}


@pytest.mark.parametrize("start", ["A1", "N1", "N2", "Y1", "91", "12", "52"])
def test_a_credit_code_may_begin_with_a_letter(start: str) -> None:
    code = credit_code(f"{start}130500MB0000023")
    assert CreditCode.parse(code).code == code


@pytest.mark.parametrize(
    ("text", "reason", "words"),
    [
        ("", "empty", "没有填写"),
        ("91350100M000100Y4", "length", "现在是17位"),
        ("91350100M000100Y44", "check_digit", "第18位校验码不对"),
        ("9135O100M000100Y43", "sign", "第5位是“O”.*是不是“0”"),
        ("9135-0100-M000100Y4é", "sign", "第18位"),
    ],
)
def test_says_what_is_wrong_with_a_credit_code(text: str, reason: str, words: str) -> None:
    with pytest.raises(IdentifierWrong, match=words) as caught:
        CreditCode.parse(text)
    assert caught.value.details == {"kind": "credit_code", "reason": reason}


@given(code=credit_codes, place=st.integers(0, 17), sign=st.sampled_from(CREDIT_ALPHABET))
def test_one_wrong_sign_in_a_credit_code_is_found(code: str, place: int, sign: str) -> None:
    assume(code[place] != sign)
    assert str(CreditCode.parse(code)) == code
    with pytest.raises(IdentifierWrong):
        CreditCode.parse(code[:place] + sign + code[place + 1 :])


def test_provider_codes() -> None:
    assert ProviderCode.parse("h13110200001 ").kind == "institution"
    assert ProviderCode.parse("P13028400012").kind == "pharmacy"
    assert ProviderCode.parse("P13028400012").region == "130284"
    for text in ("", "131102000012", "H1311020000", "D13110200001", "H131102000011"):
        with pytest.raises(IdentifierWrong):
            ProviderCode.parse(text)


def test_masks_hide_at_least_half() -> None:
    assert mask_id(KNOWN) == "110***********002X"
    assert mask_id("1234567") == "*******"
    assert mask_phone("13800005678") == "138****5678"
    assert mask_phone("0316-7273452") == "0316-*****52"
    assert mask_phone("7273452") == "*****52"
    assert mask_bank("6222 0000 0000 1234 567") == "***************4567"
    assert mask_bank("1234") == "****"


@given(text=st.text(alphabet="0123456789X-", max_size=24))
def test_no_mask_shows_more_than_seven_signs(text: str) -> None:
    assert sum(sign not in "*-" for sign in mask_id(text)) <= 7
    assert sum(sign not in "*-" for sign in mask_bank(text)) <= 4
