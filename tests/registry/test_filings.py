"""Filings for care elsewhere: how they stand on a day, and what their changes leave behind."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from jingban.registry import enrolments, filings, persons
from jingban.registry.changes import listening
from jingban.registry.errors import NotEnrolled, NothingChanges, PersonClosed
from jingban.registry.filings import Answer, FilingLocked, FilingRefused, Wanted, filing_for
from jingban.registry.models import Change, OffsiteFiling, Person
from jingban.registry.origin import Origin
from tests.registry.factories import DAY, origin, person

pytestmark = pytest.mark.django_db

BEIJING, SHENZHEN, ZHENGZHOU = "110000", "440300", "410100"


def insured(n: int = 1, region: str = "puyang") -> Person:
    """An adult resident of 2026."""
    o = origin(region, date(2026, 1, 5))
    found = person(o, n)
    enrolments.enrol_for_year(o, found, kind="1501", year=2026)
    return found


def wanted(category: str = "long-term", place: str = SHENZHEN, start: date = DAY, **rest: Any) -> Wanted:
    return Wanted(category, tuple(place.split("、")), start, rest.pop("applied_on", start), **rest)


def file(
    who: Person, category: str = "long-term", place: str = SHENZHEN, start: date = DAY, **rest: Any
) -> OffsiteFiling:
    return filings.file(origin(who.region, start), who, wanted(category, place, start, **rest))[0]


def asked(who: Person, day: date, place: str = SHENZHEN, **rest: Any) -> Answer:
    return filing_for(who, place=place, admitted_on=day, **rest)


@pytest.mark.parametrize(
    ("category", "group"),
    [
        ("retiree", "long-term"),
        ("long-term", "long-term"),
        ("posted-worker", "long-term"),
        ("referral", "temporary"),
        ("emergency", "temporary"),
        ("other-temporary", "temporary"),
    ],
)
def test_the_group_follows_from_the_category(category: str, group: str) -> None:
    made = file(insured(), category)
    assert (made.group, made.category, made.status, made.places) == (group, category, "active", [SHENZHEN])
    assert made.slot == (0 if group == "long-term" else int(SHENZHEN))


def test_a_long_term_filing_has_no_end_and_is_locked_for_six_months() -> None:
    made = file(insured())
    assert (made.end_on, made.locked_until) == (None, date(2026, 9, 1))
    with pytest.raises(FilingRefused, match="没有截止日期"):
        file(insured(2), until=date(2026, 12, 1))


def test_a_temporary_filing_holds_for_six_months_at_least() -> None:
    assert file(insured(), "referral").end_on == date(2026, 9, 1)
    assert file(insured(2), "referral", until=date(2026, 4, 1)).end_on == date(2026, 9, 1)
    assert file(insured(3), "referral", until=date(2026, 12, 31)).end_on == date(2026, 12, 31)
    assert file(insured(4), "referral").locked_until is None


def test_several_temporary_places_are_a_filing_each() -> None:
    who = insured()
    made = filings.file(origin(), who, wanted("other-temporary", "110105、440305、440300"))
    assert [f.places for f in made] == [[BEIJING], [SHENZHEN]], "a district is its city, and twice is once"


def test_the_day_of_admission_decides_not_today() -> None:
    who = insured()
    made = file(who, "referral")
    before, first, last, after = DAY - timedelta(1), DAY, date(2026, 9, 1), date(2026, 9, 2)
    held = [asked(who, day, discharged_on=day + timedelta(9)).filed for day in (first, last, after)]
    assert held == [True, True, False]
    assert asked(who, before, discharged_on=before).how == "none"
    assert asked(who, first).filing == made
    assert "已于2026年9月1日终止" in asked(who, after, discharged_on=after).why


def test_a_filing_reaches_the_places_below_it() -> None:
    who = insured()
    file(who, place="110105")
    assert asked(who, DAY, "110101").how == "filed"
    assert asked(who, DAY, "120101").how == "none"


def test_filing_before_the_discharge_settlement_is_enough() -> None:
    who = insured()
    admitted = DAY - timedelta(3)
    made = file(who, "other-temporary")
    in_hospital = asked(who, admitted)
    assert (in_hospital.filed, in_hospital.how, in_hospital.filing) == (True, "during", made)
    assert asked(who, admitted, discharged_on=DAY).how == "during"
    assert asked(who, admitted, discharged_on=DAY - timedelta(1)).how == "none"


def test_a_filing_from_the_admission_on_that_came_after_discharge_settles_by_hand() -> None:
    who = insured()
    admitted = DAY - timedelta(5)
    filings.file(origin(), who, wanted("referral", start=admitted, applied_on=DAY, admitted_on=admitted))
    late = asked(who, admitted, discharged_on=DAY - timedelta(1))
    assert (late.filed, late.how) == (True, "late")
    assert "不能直接结算" in late.why
    assert asked(who, admitted, discharged_on=DAY).how == "filed"


def test_an_emergency_counts_as_filed_and_a_filing_goes_before_it() -> None:
    who = insured()
    assert asked(who, DAY, emergency=True).how == "emergency"
    file(who)
    assert asked(who, DAY, emergency=True).how == "filed"
    assert asked(who, DAY, BEIJING).how == "none"


def test_some_places_count_as_filed_for_a_province_from_a_day_on() -> None:
    who = insured(region="luanzhou")
    for place in ("110105", "120101", "130606"):
        assert asked(who, date(2026, 3, 2), place).how == "region"
    assert asked(who, date(2023, 3, 31), "110105").how == "none", "from 1 April 2023 on"
    assert asked(who, date(2023, 4, 1), "110105").how == "region"
    assert asked(who, DAY, ZHENGZHOU).how == "none"
    assert asked(insured(2), DAY, "110105").how == "none", "another province has no such rule"


def test_at_home_nothing_is_filed() -> None:
    who = insured()
    assert asked(who, DAY, "410902").how == "home"
    with pytest.raises(FilingRefused, match="在参保地就医不用备案"):
        file(who, place="410928")
    assert file(who, place="410000").places == ["410000"], "elsewhere in the own province"


@pytest.mark.parametrize("place", ["990000", "810000", "000000"])
def test_a_code_outside_the_mainland_is_refused(place: str) -> None:
    with pytest.raises(FilingRefused, match="不是内地的行政区划代码"):
        file(insured(), place=place)


def test_who_is_not_insured_cannot_file() -> None:
    with pytest.raises(NotEnrolled, match="2026年3月2日没有参保"):
        file(person(origin()))
    who = insured(2)
    enrolments.suspend(origin(), who, DAY)
    with pytest.raises(FilingRefused, match="暂停参保"):
        file(who)
    with pytest.raises(NotEnrolled):
        filings.file(origin(), insured(3), wanted(start=date(2027, 1, 1), applied_on=DAY))


def test_the_dead_file_nothing_and_their_filings_end() -> None:
    who = insured()
    made = file(who)
    persons.died(origin(day=date(2026, 3, 9)), who, date(2026, 3, 8))
    made.refresh_from_db()
    assert (made.end_on, made.status) == (date(2026, 3, 8), "ended")
    with pytest.raises(PersonClosed):
        file(who, "referral", start=date(2026, 3, 9))


@pytest.mark.parametrize(
    ("start", "said", "match"),
    [
        (DAY - timedelta(1), {}, "不能早于这一天"),
        (date(2062, 3, 2), {}, "最多提前12个月"),
        (DAY, {"until": DAY - timedelta(1)}, "截止日期早于起始日期"),
        (DAY - timedelta(3), {"admitted_on": DAY - timedelta(1)}, "入院日期或之前1日"),
    ],
)
def test_days_that_cannot_be_are_refused(start: date, said: dict[str, Any], match: str) -> None:
    with pytest.raises(FilingRefused, match=match):
        filings.file(origin(), insured(), wanted("referral", start=start, applied_on=DAY, **said))


def test_a_region_may_want_the_admission_day_or_the_day_before() -> None:
    """邢台10: 申请时间应填入院日期当天或前一天; elsewhere filing within the stay is enough."""
    admitted = DAY - timedelta(4)
    for n, start in enumerate((admitted, admitted - timedelta(1)), 1):
        who = insured(n, "xingtai")
        said = wanted("other-temporary", start=start, applied_on=DAY, admitted_on=admitted)
        assert filings.file(origin("xingtai"), who, said)[0].start_on == start
    with pytest.raises(FilingRefused, match="当天或前1日"):
        file(insured(3, "xingtai"), "other-temporary", admitted_on=admitted)
    assert file(insured(4), "other-temporary", admitted_on=admitted).start_on == DAY


def test_one_long_term_filing_at_a_time() -> None:
    who = insured()
    file(who)
    with pytest.raises(FilingRefused, match="同时只能有一项.*办理变更"):
        file(who, "retiree", BEIJING, DAY + timedelta(30))
    with pytest.raises(FilingRefused, match="已经办过.*不用再备案"):
        file(who, "referral")
    assert file(who, "referral", BEIJING).places == [BEIJING]


def test_a_place_is_filed_once_at_a_time() -> None:
    who = insured()
    file(who, "referral")
    with pytest.raises(FilingRefused, match="自2026年3月2日至2026年9月1日"):
        file(who, "other-temporary", start=date(2026, 9, 1))
    assert file(who, "referral", start=date(2026, 9, 2)).end_on == date(2027, 3, 1)


def test_a_locked_filing_is_neither_changed_nor_ended() -> None:
    who = insured()
    file(who)
    for act in (filings.change, filings.end):
        with pytest.raises(FilingLocked, match="2026年9月1日以前不能变更或终止") as refused:
            act(origin(), who, wanted(place=BEIJING, start=date(2026, 9, 1), applied_on=DAY))
        assert refused.value.details["until"] == "2026-09-01"
    assert OffsiteFiling.objects.get().end_on is None


def test_a_change_ends_the_old_and_begins_the_new() -> None:
    who = insured()
    old, day = file(who), date(2026, 9, 2)
    (new,) = filings.change(origin(day=day), who, wanted("retiree", BEIJING, day))
    old.refresh_from_db()
    assert (old.status, old.end_on) == ("changed", date(2026, 9, 1))
    assert (new.category, new.start_on, new.end_on, new.locked_until) == (
        "retiree",
        day,
        None,
        date(2027, 3, 1),
    )
    assert [asked(who, d).how for d in (date(2026, 9, 1), day)] == ["filed", "none"]
    assert [asked(who, d, BEIJING).how for d in (date(2026, 9, 1), day)] == ["during", "filed"]


def test_a_change_that_names_nothing_new_is_refused() -> None:
    who = insured()
    file(who)
    with pytest.raises(NothingChanges):
        filings.change(origin(day=date(2026, 9, 2)), who, wanted(start=date(2026, 9, 2)))
    with pytest.raises(FilingRefused, match="没有可以变更的备案"):
        filings.change(origin(), insured(2), wanted())


def test_a_temporary_filing_is_changed_as_a_whole_and_may_become_a_referral() -> None:
    who = insured()
    filings.file(origin(), who, wanted("other-temporary", f"{BEIJING}、{SHENZHEN}"))
    day = DAY + timedelta(10)
    (new,) = filings.change(origin(day=day), who, wanted("referral", BEIJING, day))
    assert (new.category, new.places) == ("referral", [BEIJING])
    assert asked(who, day, BEIJING).filing == new
    assert asked(who, day).how == "filed", "the other place of the other category stays"
    later = day + timedelta(10)
    filings.change(origin(day=later), who, wanted("other-temporary", ZHENGZHOU, later))
    assert [asked(who, later, p).filed for p in (ZHENGZHOU, SHENZHEN, BEIJING)] == [True, False, True]


def test_pause_and_resume_split_the_days() -> None:
    who = insured()
    first, pause, resume = file(who), date(2026, 4, 1), date(2026, 5, 1)
    filings.pause(origin(day=pause), who, wanted(start=pause))
    paused = asked(who, pause)
    assert (paused.filed, paused.why) == (False, "备案自2026年4月1日起暂停，请先办理恢复。")
    assert asked(who, pause - timedelta(1)).filing == first
    (again,) = filings.resume(origin(day=resume), who, wanted(start=resume))
    before = resume - timedelta(1)
    assert [asked(who, d, discharged_on=before).filed for d in (before, resume)] == [False, True]
    assert asked(who, before).how == "during", "resumed before the discharge settlement is enough"
    assert (again.end_on, again.locked_until) == (None, first.locked_until)
    assert list(who.filings.order_by("start_on").values_list("status", "start_on", "end_on")) == [
        ("active", DAY, date(2026, 3, 31)),
        ("paused", pause, date(2026, 4, 30)),
        ("active", resume, None),
    ]


def test_a_paused_spell_stays_paused_for_its_days_whatever_ends_it() -> None:
    for n, end in enumerate(("end", "death"), 1):
        who, pause, day = insured(n), date(2026, 4, 1), date(2026, 10, 1)
        file(who)
        filings.pause(origin(day=pause), who, wanted(start=pause))
        if end == "end":
            filings.end(origin(day=day), who, wanted(start=day))
        else:
            persons.died(origin(day=day), who, day)
        assert [asked(who, d).filed for d in (pause - timedelta(1), pause, day - timedelta(1))] == [
            True,
            False,
            False,
        ]


def test_what_is_not_there_is_neither_paused_nor_resumed_nor_ended() -> None:
    who = insured()
    for act in (filings.pause, filings.resume, filings.end):
        with pytest.raises(FilingRefused, match="没有"):
            act(origin(), who, wanted())
    file(who, "referral")
    with pytest.raises(FilingRefused, match="没有到所填就医地的临时备案；现在备案的就医地是440300"):
        filings.pause(origin(), who, wanted("referral", BEIJING))
    with pytest.raises(FilingRefused, match="没有暂停的备案可以恢复"):
        filings.resume(origin(), who, wanted("referral"))
    with pytest.raises(FilingRefused, match="不能追溯"):
        filings.end(origin(), who, wanted("referral", start=DAY, applied_on=DAY + timedelta(1)))


def test_only_the_named_temporary_place_is_ended() -> None:
    who = insured()
    filings.file(origin(), who, wanted("other-temporary", f"{BEIJING}、{SHENZHEN}"))
    day = DAY + timedelta(5)
    filings.end(origin(day=day), who, wanted("other-temporary", "110105", day))
    assert [asked(who, day, p).filed for p in (BEIJING, SHENZHEN)] == [False, True]


def test_a_filing_that_never_began_is_taken_out_and_kept_in_the_history() -> None:
    who = insured()
    filings.file(origin(), who, wanted("referral", start=DAY + timedelta(20), applied_on=DAY))
    filings.end(origin(), who, wanted("referral", start=DAY + timedelta(1), applied_on=DAY))
    assert not who.filings.exists()
    fields = list(Change.objects.filter(register="offsitefiling").values_list("field", flat=True))
    assert fields == ["", "removed"]
    assert file(who, "referral").start_on == DAY


def test_a_promise_stands_in_for_the_proof_until_it_is_checked() -> None:
    who = insured()
    made = file(who, basis="promise")
    assert (made.basis, made.promise_due) == ("promise", date(2026, 6, 1))
    assert filings.promises_due("puyang", date(2026, 5, 31)) == []
    assert filings.promises_due("puyang", date(2026, 6, 1)) == [made]
    kept = filings.promise_kept(origin(day=date(2026, 5, 6)), made)
    assert (kept.basis, kept.promise_due) == ("papers", None)
    assert filings.promises_due("puyang", date(2026, 6, 1)) == []
    with pytest.raises(FilingRefused, match="没有待核实的承诺"):
        filings.promise_kept(origin(), kept)
    with pytest.raises(FilingRefused, match="不是凭个人承诺书"):
        filings.breach(origin(), kept, DAY, "x")
    assert file(insured(2), "referral", basis="promise").basis == "papers", "a referral promises nothing"


def test_a_broken_promise_breaks_the_filing_from_that_day_on() -> None:
    who = insured()
    made, day = file(who, basis="promise"), date(2026, 6, 2)
    pause = date(2026, 5, 1)
    filings.pause(origin(day=pause), who, wanted(start=pause))
    filings.resume(origin(day=pause), who, wanted(start=date(2026, 7, 1), applied_on=pause))
    current = filings.promises_due("puyang", day)
    assert [f.status for f in current] == ["paused", "active"]
    said = filings.breach(origin(day=day), current[0], day, "未按期补交居住证明")
    assert "备案自2026年6月2日起失效" in said
    assert "未按期补交居住证明" in said
    assert [asked(who, d).filed for d in (DAY, day, date(2026, 7, 1))] == [True, False, False]
    assert filings.promises_due("puyang", date(2026, 12, 1)) == []
    made.refresh_from_db()
    assert made.status == "active", "its days before the pause were as they were"
    assert file(who, start=day).status == "active", "and the person may file anew, on papers"


def test_every_write_is_in_the_history() -> None:
    who = insured()
    with listening() as heard:
        made = file(who)
        day = date(2026, 9, 2)
        filings.end(origin(day=day), who, wanted(start=day))
    assert [(c.field, c.before, c.after) for c in heard if c.row == made.pk] == [
        (
            "",
            None,
            {
                "group": "long-term",
                "category": "long-term",
                "places": [SHENZHEN],
                "basis": "papers",
                "status": "active",
                "start_on": "2026-03-02",
                "locked_until": "2026-09-01",
            },
        ),
        ("status", "active", "ended"),
        ("end_on", None, "2026-09-01"),
    ]


def test_two_regions_keep_their_own(db: None) -> None:
    here, there = insured(), insured(1, "luanzhou")
    file(here)
    assert not filing_for(there, place=SHENZHEN, admitted_on=DAY).filed
    o: Origin = origin("luanzhou")
    assert filings.file(o, there, wanted())[0].region == "luanzhou"
