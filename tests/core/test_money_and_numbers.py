"""Money, check digits, query codes."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from jingban.core.checkdigit import (
    QUERY_ALPHABET,
    QueryCodeWrong,
    check_digit,
    is_valid,
    normalise_query_code,
    query_code,
    with_check_digit,
)
from jingban.core.money import AmountWrong, in_capitals, round_fen, show_yuan, to_fen, to_yuan


@pytest.mark.parametrize(
    ("yuan", "fen"),
    [
        ("0", 0),
        ("0.005", 1),
        ("0.0049", 0),
        ("1.005", 101),
        ("-0.005", -1),
        (188, 18800),
        (Decimal("0.01"), 1),
    ],
)
def test_yuan_become_fen_half_up(yuan: Decimal | int | str, fen: int) -> None:
    assert to_fen(yuan) == fen


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (0, "零元整"),
        (5, "伍分"),
        (30, "叁角"),
        (1_000, "壹拾元整"),
        (140_950, "壹仟肆佰零玖元伍角"),
        (600_714, "陆仟零柒元壹角肆分"),
        (32_504, "叁佰贰拾伍元零肆分"),
        (1_640_902, "壹万陆仟肆佰零玖元零贰分"),
        (10_700_053, "壹拾万柒仟元伍角叁分"),
        (1_050_000, "壹万零伍佰元整"),
        (10_000_000_000, "壹亿元整"),
        (120_034_005_006_00, "壹仟贰佰亿叁仟肆佰万伍仟零陆元整"),
        (-1_234, "负壹拾贰元叁角肆分"),
    ],
)
def test_an_amount_in_capitals(fen: int, words: str) -> None:
    """《正确填写票据和结算凭证的基本规定》; the examples of its third article among them."""
    assert in_capitals(fen) == words


@given(fen=st.integers(0, 10**15))
def test_capitals_never_start_or_double_a_nought(fen: int) -> None:
    words = in_capitals(fen)
    assert "零零" not in words
    assert not any(f"零{unit}" in words for unit in "拾佰仟万亿角分")
    assert fen == 0 or not words.startswith("零")


@given(fen=st.integers(-(10**15), 10**15))
def test_fen_survive_the_way_to_yuan_and_back(fen: int) -> None:
    assert to_fen(to_yuan(fen)) == fen
    assert to_fen(show_yuan(fen).replace(",", "")) == fen


@given(amount=st.decimals(-(10**9), 10**9, places=4))
def test_a_reversal_mirrors_its_amount(amount: Decimal) -> None:
    assert round_fen(-amount) == -round_fen(amount)


def test_money_is_never_guessed() -> None:
    assert show_yuan(123450) == "1,234.50"
    for text in ("一百", "", "NaN", "1e5", "1_000", "１", "1" * 17, Decimal("NaN"), Decimal("1e999"), 10**17):
        with pytest.raises(AmountWrong):
            to_fen(text)
    for value in (0.1, True):
        with pytest.raises(TypeError):
            to_fen(value)  # type: ignore[arg-type]


digits = st.text(alphabet="0123456789", min_size=1, max_size=24)


def test_check_digit_of_the_literature() -> None:
    assert check_digit("572") == "4"  # Damm 2004
    assert with_check_digit("131081-260212-000123") == "131081-260212-000123" + check_digit(
        "131081260212000123"
    )


@given(body=digits, place=st.integers(0, 24), digit=st.sampled_from("0123456789"))
def test_every_wrong_digit_is_found(body: str, place: int, digit: str) -> None:
    number = with_check_digit(body)
    assert is_valid(number)
    place %= len(number)
    assume(number[place] != digit)
    assert not is_valid(number[:place] + digit + number[place + 1 :])


@given(body=digits, place=st.integers(0, 23))
def test_every_exchange_of_neighbours_is_found(body: str, place: int) -> None:
    number = with_check_digit(body)
    place %= len(number) - 1
    assume(number[place] != number[place + 1])
    assert not is_valid(number[:place] + number[place + 1] + number[place] + number[place + 2 :])


def test_what_is_no_number_is_not_valid() -> None:
    assert not any(is_valid(text) for text in ("", "0", "-", "12a4", "１２", "٣٤"))
    with pytest.raises(ValueError, match="digits"):
        check_digit("LZ-1")


def test_query_codes_can_be_read_out() -> None:
    codes = {query_code() for _ in range(500)}
    assert len(codes) == 500
    assert not set("".join(codes)) & set("01OILQSZBDEPTVGN")
    assert len(set(QUERY_ALPHABET)) == 20
    code = codes.pop()
    assert normalise_query_code(f" {code[:3].lower()}-{code[3:6]} {code[6:]}\n") == code
    for wrong in ("", code[:-1], code + "2", "O" + code[1:]):
        with pytest.raises(QueryCodeWrong, match="9位"):
            normalise_query_code(wrong)
