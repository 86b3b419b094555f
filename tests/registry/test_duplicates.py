"""Duplicates: which numbers are near, which pairs are found, what merging moves and what it refuses."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st
from stdnum.cn import ric

from jingban.registry import accounts, contributions, duplicates, enrolments, guards, persons
from jingban.registry.changes import opened
from jingban.registry.duplicates import NotOnePerson
from jingban.registry.models import (
    BankAccount,
    Change,
    DuplicatePair,
    IdentityDocument,
    Kinship,
    OffsiteFiling,
    Person,
    Recognition,
)
from jingban.registry.origin import Origin
from jingban.registry.rules.initials import initials
from jingban.registry.rules.overlaps import shared_days
from jingban.registry.rules.similar import near, suspects
from jingban.registry.sealing import number_digest, sealed
from tests.registry import factories as make

BORN = date(1980, 5, 1)


def full(body: str) -> str:
    """A citizen's number with the check digit that fits."""
    return body + str(ric.calc_check_digit(body + "0"))


ONE = full("99900019800501003")
ONE_DIGIT = full("99900019800501007")
EXCHANGED = full("99900019800501030")
OLD = "999000800501003"
FAR = full("99900119800501201")


# Numbers


@pytest.mark.parametrize(
    ("other", "why"),
    [
        (ONE, "same-number"),
        (ONE_DIGIT, "one-digit"),
        (EXCHANGED, "exchanged"),
        (OLD, "old-number"),
        (FAR, None),
        (full("99900019800510003"), "exchanged"),
        (full("99900019800510030"), None),
        ("H12345678", None),
        ("", None),
    ],
)
def test_near_numbers(other: str, why: str | None) -> None:
    assert near(ONE, other) == why
    assert near(other, ONE) == why


def test_an_old_number_of_another_person_is_not_near() -> None:
    assert near(full("99900019800501003"), "999000800501004") == "one-digit"
    assert near(full("99900018800501003"), OLD) == "one-digit", "an old number is of the twentieth century"
    assert near("H12345678", "H12345687") == "exchanged", "numbers of other papers have slips too"


DIGITS = st.text("0123456789", min_size=17, max_size=17)


@given(body=DIGITS, place=st.integers(0, 16), digit=st.sampled_from("0123456789"))
def test_one_changed_digit_is_always_found(body: str, place: int, digit: str) -> None:
    other = body[:place] + digit + body[place + 1 :]
    assert near(full(body), full(other)) == ("same-number" if other == body else "one-digit")


@given(body=DIGITS, place=st.integers(0, 15))
def test_two_exchanged_neighbours_are_always_found(body: str, place: int) -> None:
    other = body[:place] + body[place + 1] + body[place] + body[place + 2 :]
    assert near(full(body), full(other)) == ("same-number" if other == body else "exchanged")


@given(numbers=st.dictionaries(st.integers(1, 9), st.sets(st.sampled_from([ONE, ONE_DIGIT, OLD, FAR]))))
def test_suspects_are_pairs_in_order(numbers: dict[int, set[str]]) -> None:
    found = suspects(numbers)
    assert all(a < b for a, b, _ in found)
    assert len({(a, b) for a, b, _ in found}) == len(found)
    apart = {(a, b) for a in numbers for b in numbers if a < b} - {(a, b) for a, b, _ in found}
    for a, b in apart:
        assert not any(near(x, y) for x in numbers[a] for y in numbers[b])


def test_days_that_two_rows_share() -> None:
    class Row:
        def __init__(self, start: str, end: str = "") -> None:
            self.start_on = date.fromisoformat(start)
            self.end_on = date.fromisoformat(end) if end else None

    january = Row("2026-01-01", "2026-01-31")
    assert shared_days(january, Row("2026-02-01")) is None
    assert shared_days(january, Row("2026-01-31")) == (date(2026, 1, 31), date(2026, 1, 31))
    assert shared_days(Row("2026-01-01"), Row("2025-01-01")) == (date(2026, 1, 1), None)


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("张小凤", "ZXF"),
        ("曾小凤", "ZXF"),
        ("单于飞", "CYF"),
        ("单飞", "SF"),
        ("阿依古丽·买买提", "AYGLMMT"),
        ("Ana María López", "AML"),
        ("𠅤", "X"),
        ("\ue000明", "M"),
    ],
)
def test_initials(name: str, letters: str) -> None:
    assert initials(name) == letters


# Finding


@pytest.fixture
def origin(db: None) -> Origin:
    return make.origin()


def twin(origin: Origin, number: str, *, name: str = "张小凤", **rest: Any) -> Person:
    return persons.register(origin, persons.Newcomer(name=name, number=number, **rest))


def paper(person: Person, number: str, kind: str, end_on: date | None = None) -> IdentityDocument:
    return IdentityDocument.objects.create(
        **make.origin(person.region).columns(), person=person, kind=kind, start_on=BORN, end_on=end_on,
        number=sealed(person.region, "identitydocument.number", number), digest=number_digest(kind, number),
    )  # fmt: skip


def found() -> list[tuple[int, int, str]]:
    return list(DuplicatePair.objects.order_by("first", "second").values_list("first", "second", "why"))


def test_pairs_of_one_name_and_birth_date_with_near_numbers(origin: Origin) -> None:
    one, near_one, far = (twin(origin, number) for number in (ONE, ONE_DIGIT, FAR))
    twin(origin, EXCHANGED, name="李小凤")
    old = twin(origin, OLD, kind="07", sex="male", born_on=BORN)
    elsewhere = make.origin("luanzhou")
    twin(elsewhere, full("99900019800501009"))
    assert duplicates.find(make.REGION, origin.at) == 3
    assert found() == [
        (one.pk, near_one.pk, "one-digit"),
        (one.pk, old.pk, "old-number"),
        (near_one.pk, old.pk, "one-digit"),
    ]
    assert far.pk not in {pk for pair in found() for pk in pair[:2]}
    assert duplicates.words(DuplicatePair.objects.order_by("id").first()).startswith("姓名、出生日期相同")  # type: ignore[arg-type]
    assert duplicates.find(make.REGION, origin.at) == 0, "a pair is told once"
    assert len(duplicates.undecided(make.REGION)) == 3
    assert duplicates.undecided(make.REGION, 2) == duplicates.undecided(make.REGION)[:2]
    assert duplicates.count_undecided(make.REGION) == 3
    assert duplicates.undecided("luanzhou") == []


def test_one_number_under_two_people(origin: Origin) -> None:
    one, other = twin(origin, ONE), twin(origin, FAR, name="李大明")
    paper(other, ONE, "07")
    third, fourth = make.person(origin, 3), make.person(origin, 4)
    paper(fourth, make.new_number(3), "01", end_on=date(2020, 1, 1))
    assert duplicates.find(make.REGION, origin.at) == 2
    assert found() == [(one.pk, other.pk, "same-number"), (third.pk, fourth.pk, "same-number")]


def test_looking_for_pairs_asks_no_more_of_a_larger_register(origin: Origin) -> None:
    def asked() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            duplicates.find(make.REGION, origin.at)
        return len(queries)

    twin(origin, ONE)
    twin(origin, ONE_DIGIT)
    asked()
    few = asked()
    for n in range(10, 40):
        make.person(origin, n)
        make.person(origin, n + 100, name=make.new_name(n))
    asked()
    assert asked() <= few + 1


# Deciding


def pair_of(origin: Origin) -> tuple[DuplicatePair, Person, Person]:
    kept, gone = twin(origin, ONE), twin(origin, ONE_DIGIT)
    duplicates.find(make.REGION, origin.at)
    return DuplicatePair.objects.get(), kept, gone


def test_two_people_are_never_shown_again(origin: Origin) -> None:
    pair, *_ = pair_of(origin)
    decided = duplicates.decide_distinct(origin, pair, " 核对了两人的身份证原件 ")
    assert (decided.decision, decided.reason) == ("distinct", "核对了两人的身份证原件")
    assert (decided.decided_by, decided.decided_at) == (origin.actor, origin.at)
    assert duplicates.undecided(make.REGION) == []
    assert duplicates.find(make.REGION, origin.at) == 0
    with pytest.raises(NotOnePerson, match="已经有结论：不是同一人"):
        duplicates.decide_merge(origin, pair, pair.first, "又看了一次")


def _months(origin: Origin, person: Person) -> None:
    contributions.add(
        origin, person, insurance="310", first=date(2026, 1, 1), last=date(2026, 2, 1), place="410928"
    )


def _money(origin: Origin, person: Person) -> None:
    accounts.credit(origin, person, Decimal("0.01"), kind="test", reference="a")


@pytest.mark.parametrize("stake", [_months, _money])
@pytest.mark.parametrize("of_kept", [True, False])
def test_where_months_or_money_move_a_merger_takes_two(origin: Origin, stake: Any, of_kept: bool) -> None:
    pair, kept, gone = pair_of(origin)
    stake(origin, kept if of_kept else gone)
    one, other = make.origin(actor=8), make.origin(actor=9)
    first = duplicates.decide_merge(one, pair, kept, " 姓名住址相同 ")
    assert (first.decision, first.proposed_why, first.proposed_at) == ("", "姓名住址相同", one.at)
    with pytest.raises(NotOnePerson, match="由您提出.*要由另一位同事核对后决定"):
        duplicates.decide_merge(one, pair, kept, "我再看了一遍")
    gone.refresh_from_db()
    assert gone.merged_into is None
    assert [p.pk for p in duplicates.undecided(make.REGION)] == [pair.pk]
    done = duplicates.decide_merge(other, pair, kept, "核对了身份证原件")
    assert (done.decision, done.proposed_by, done.decided_by, done.reason) == (
        "merged",
        8,
        9,
        "核对了身份证原件",
    )
    gone.refresh_from_db()
    assert gone.merged_into == kept


def test_two_who_would_keep_different_rows_have_not_agreed(origin: Origin) -> None:
    pair, kept, gone = pair_of(origin)
    _months(origin, gone)
    duplicates.decide_merge(make.origin(actor=8), pair, kept, "甲")
    swapped = duplicates.decide_merge(make.origin(actor=9), pair, gone, "乙")
    assert (swapped.decision, swapped.keep, swapped.proposed_by) == ("", gone, 9)
    assert duplicates.decide_merge(make.origin(actor=8), pair, gone, "丙").decision == "merged"


def test_a_proposal_can_be_answered_by_saying_that_they_are_two(origin: Origin) -> None:
    pair, kept, gone = pair_of(origin)
    _months(origin, gone)
    duplicates.decide_merge(make.origin(actor=8), pair, kept, "甲")
    assert duplicates.decide_distinct(make.origin(actor=9), pair, "核对了照片").decision == "distinct"


def test_without_months_and_money_one_colleague_merges(origin: Origin) -> None:
    pair, kept, _ = pair_of(origin)
    assert duplicates.decide_merge(origin, pair, kept, "核对了身份证原件").decision == "merged"


def test_the_database_refuses_a_merger_by_one(origin: Origin) -> None:
    pair, kept, _ = pair_of(origin)
    found = DuplicatePair.objects.filter(pk=pair.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        found.update(keep=kept, proposed_by=8, decided_by=8, decision="merged")
    with pytest.raises(IntegrityError), transaction.atomic():
        found.update(keep=make.person(origin, 5))


@pytest.mark.parametrize(("reason", "said"), [(" ", "写明理由"), ("长" * 201, "200字")])
def test_a_decision_has_a_reason(origin: Origin, reason: str, said: str) -> None:
    pair, kept, _ = pair_of(origin)
    with pytest.raises(NotOnePerson, match=said):
        duplicates.decide_distinct(origin, pair, reason)
    with pytest.raises(NotOnePerson, match=said):
        duplicates.decide_merge(origin, pair, kept, reason)
    assert DuplicatePair.objects.get().decision == ""


def test_merging_gives_everything_to_the_row_that_stays(origin: Origin) -> None:
    pair, kept, gone = pair_of(origin)
    unit, child = make.unit(origin), make.person(origin, 9)
    enrolments.enrol(origin, kept, insurance="310", kind="1101", start_on=date(2026, 1, 1), unit=unit)
    early = make.origin(day=date(2025, 1, 1))
    enrolments.enrol_for_year(early, gone, kind="1501", year=2025)
    contributions.add(
        early, gone, insurance="390", first=date(2025, 1, 1), last=date(2025, 12, 31), place="410928"
    )
    contributions.add(
        origin, kept, insurance="310", first=date(2026, 1, 1), last=date(2026, 2, 1), place="410928"
    )
    accounts.credit(origin, gone, Decimal("120.50"), kind="test", reference="a")
    accounts.credit(origin, kept, Decimal("80.00"), kind="test", reference="b")
    OffsiteFiling.objects.create(
        **origin.columns(), person=gone, group="long-term", category="retiree", places=["310000"], basis="papers",
        start_on=date(2025, 5, 1),
    )  # fmt: skip
    Recognition.objects.create(
        **origin.columns(), person=gone, slot=3900, disease="M03900", start_on=date(2025, 5, 1)
    )
    paper(gone, "P1234567", "08")
    for person in (kept, gone):
        BankAccount.objects.create(
            **origin.columns(), person=person, bank="某行", holder=person.name, start_on=date(2025, 1, 1),
            number=sealed(make.REGION, "bankaccount.number", "62220000"),
        )  # fmt: skip
        persons.add_kin(
            origin, child, name=person.name, relation="parent", number=ONE if person == kept else ONE_DIGIT
        )
    persons.add_kin(origin, gone, name=child.name, relation="child", number=make.new_number(9))

    proposed = duplicates.decide_merge(make.origin(actor=8), pair, kept, "姓名和住址相同")
    assert (proposed.decision, proposed.keep, proposed.proposed_by) == ("", kept, 8)
    duplicates.decide_merge(origin, pair, kept, "核对户口簿，两个号码是一人")

    gone.refresh_from_db()
    assert gone.merged_into == kept
    assert [s.insurance for s in kept.enrolments.order_by("start_on")] == ["390", "310"]
    assert contributions.months(kept).paid == 14
    assert accounts.balance(kept) == Decimal("200.50")
    assert accounts.balance(gone) == 0
    assert kept.filings.get().category == "retiree"
    assert kept.recognitions.get().disease == "M03900"
    assert kept.bank_accounts.open().count() == 1
    assert {p.kind for p in kept.documents.open()} == {"01", "08"}
    assert child.kin.open().get().relative == kept
    assert kept.kin.get().relative == child
    assert persons.find(make.REGION, "01", ONE) == kept
    assert persons.find(make.REGION, "01", ONE_DIGIT) is None
    assert not Kinship.objects.filter(person=gone).exists()
    history = [
        opened(c) for c in Change.objects.filter(person=gone.pk, field="merged_into", register="person")
    ]
    assert [change.after for change in history] == [kept.pk]
    told = Change.objects.filter(person=kept.pk, field="merged_into", register="enrolment").get()
    assert (opened(told).before, opened(told).after) == (gone.pk, kept.pk)
    assert DuplicatePair.objects.get().decision == "merged"
    assert duplicates.find(make.REGION, origin.at) == 0


def test_merging_is_refused_while_days_overlap(origin: Origin) -> None:
    pair, kept, gone = pair_of(origin)
    unit = make.unit(origin)
    enrolments.enrol(origin, kept, insurance="310", kind="1101", start_on=date(2026, 1, 1), unit=unit)
    enrolments.enrol(origin, gone, insurance="310", kind="1103", start_on=date(2026, 2, 10))
    for person in (kept, gone):
        contributions.add(
            origin, person, insurance="310", first=date(2025, 11, 1), last=date(2026, 1, 1), place="410928"
        )
    with pytest.raises(NotOnePerson) as refused:
        duplicates.decide_merge(origin, pair, kept, "同一人")
    assert "参保：2026年2月10日起" in refused.value.message
    assert "缴费：2025年11月至2026年1月" in refused.value.message
    assert "请先终止" in refused.value.message
    gone.refresh_from_db()
    assert (gone.merged_into, gone.enrolments.count(), DuplicatePair.objects.get().decision) == (None, 1, "")
    enrolments.end(origin, gone, date(2026, 2, 28), "ended")
    with pytest.raises(NotOnePerson, match="参保：2026年2月10日至2026年2月28日"):
        duplicates.decide_merge(origin, pair, kept, "同一人")


def test_the_dead_and_the_living_are_not_merged(origin: Origin) -> None:
    pair, kept, gone = pair_of(origin)
    persons.died(origin, gone, make.DAY)
    with pytest.raises(NotOnePerson, match="死亡"):
        duplicates.decide_merge(origin, pair, kept, "同一人")
    persons.died(origin, kept, make.DAY)
    duplicates.decide_merge(origin, pair, kept, "同一人")
    assert Person.objects.get(pk=gone.pk).merged_into == kept


def test_somebody_else_cannot_be_kept(origin: Origin) -> None:
    pair, *_ = pair_of(origin)
    with pytest.raises(NotOnePerson, match="不是这一对里的人"):
        duplicates.decide_merge(origin, pair, make.person(origin, 9), "同一人")


def test_other_pairs_of_the_row_that_went_are_about_the_one_that_stays(origin: Origin) -> None:
    one, two, three = (twin(origin, number) for number in (ONE, ONE_DIGIT, full("99900019800501009")))
    duplicates.find(make.REGION, origin.at)
    assert [pair[:2] for pair in found()] == [(one.pk, two.pk), (one.pk, three.pk), (two.pk, three.pk)]
    duplicates.decide_merge(origin, DuplicatePair.objects.get(first=one, second=two), two, "同一人")
    assert [(p.first_id, p.second_id) for p in duplicates.undecided(make.REGION)] == [(two.pk, three.pk)]
    duplicates.decide_merge(origin, duplicates.undecided(make.REGION)[0], three, "同一人")
    assert Person.objects.get(pk=two.pk).merged_into == three
    assert duplicates.undecided(make.REGION) == []
    with pytest.raises(Exception, match="并入"):
        enrolments.enrol_for_year(origin, Person.objects.get(pk=one.pk), kind="1501", year=2026)


def test_the_guards_let_a_merger_pass(origin: Origin) -> None:
    assert guards.doctor() == []
    pair, kept, gone = pair_of(origin)
    enrolments.enrol_for_year(origin, gone, kind="1501", year=2026)
    duplicates.decide_merge(origin, pair, kept, "同一人")
    assert kept.enrolments.count() == 1
