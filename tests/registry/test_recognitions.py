"""Recognised diseases: from when, until when looked at again, and what is refused."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from jingban.core.paths import rulebook_root
from jingban.registry import enrolments, persons, recognitions
from jingban.registry.changes import listening
from jingban.registry.errors import NotEnrolled
from jingban.registry.models import Change, Person, Recognition
from jingban.registry.recognitions import AlreadyRecognised, DiseaseUnknown
from jingban.rulebook.diseases import diseases
from jingban.rulebook.load import load
from tests.registry.factories import DAY, origin, person

pytestmark = pytest.mark.django_db

PRESSURE, SUGAR = "M03900", "M01600"


def insured(n: int = 1) -> Person:
    o = origin(day=date(2026, 1, 5))
    found = person(o, n)
    for year in (2026, 2027):
        enrolments.enrol_for_year(o, found, kind="1501", year=year)
    return found


def recognise(who: Person, *codes: str, day: date = DAY, institution: str = "") -> list[Recognition]:
    return recognitions.recognise(origin(day=day), who, diseases=codes, institution=institution)


def test_the_vocabulary_is_the_national_coding() -> None:
    names = diseases()
    assert (names[PRESSURE], names[SUGAR], len(names)) == ("高血压", "糖尿病", 26)
    assert all(code[0] == "M" and len(code) == 6 and code[1:].isdigit() for code in names)
    assert set(load().national.diseases) == {code.lower() for code in names}


def test_a_recognition_counts_from_the_day_of_the_act() -> None:
    who = insured()
    pressure, sugar = recognise(who, PRESSURE, SUGAR, institution="试验医院")
    assert (pressure.start_on, pressure.end_on, pressure.recheck_on) == (DAY, None, date(2028, 3, 2))
    assert (pressure.institution, pressure.slot, sugar.slot) == ("试验医院", 3900, 1600)
    assert [r.disease for r in recognitions.in_force(who, DAY)] == [SUGAR, PRESSURE]
    assert recognitions.in_force(who, DAY - timedelta(1)) == []
    assert recognitions.holds(who, PRESSURE, DAY) == pressure
    assert recognitions.holds(who, "M05400", DAY) is None


def test_all_diseases_of_an_application_or_none() -> None:
    who = insured()
    for codes, match in (((PRESSURE, "M99999"), "没有编码为“M99999”"), ((), "没有填写病种")):
        with pytest.raises(DiseaseUnknown, match=match):
            recognise(who, *codes)
    recognise(who, SUGAR)
    with pytest.raises(
        AlreadyRecognised, match="已经认定糖尿病（自2026年3月2日起，2028年3月2日复审）.*从申请中去掉"
    ):
        recognise(who, PRESSURE, SUGAR, day=DAY + timedelta(30))
    assert [r.disease for r in recognitions.in_force(who, DAY + timedelta(30))] == [SUGAR]
    assert len(recognise(who, PRESSURE, PRESSURE)) == 1, "the same code twice is one"


def test_an_application_near_the_recheck_is_the_recheck() -> None:
    who = insured()
    (old,) = recognise(who, PRESSURE, institution="甲医院")
    Recognition.objects.filter(pk=old.pk).update(recheck_on=date(2026, 6, 2))
    with pytest.raises(AlreadyRecognised):
        recognise(who, PRESSURE, day=date(2026, 3, 1))
    with listening() as heard:
        (again,) = recognise(who, PRESSURE, day=date(2026, 3, 2), institution="乙医院")
    assert (again.pk, again.start_on, again.recheck_on) == (old.pk, DAY, date(2028, 3, 2))
    assert [(c.field, c.before, c.after) for c in heard] == [
        ("recheck_on", "2026-06-02", "2028-03-02"),
        ("institution", "甲医院", "乙医院"),
    ]


def test_what_is_due_for_recheck_is_a_work_list_and_goes_on_counting() -> None:
    who = insured()
    (made,) = recognise(who, PRESSURE)
    assert recognitions.due_for_recheck("puyang", date(2028, 3, 1)) == []
    assert recognitions.due_for_recheck("puyang", date(2028, 3, 2)) == [made]
    assert recognitions.holds(who, PRESSURE, date(2029, 1, 1)) == made


def test_an_ended_one_may_be_recognised_anew() -> None:
    who = insured()
    (made,) = recognise(who, PRESSURE)
    recognitions.end(origin(day=date(2026, 5, 6)), made, date(2026, 5, 5), "复审不符合")
    assert recognitions.holds(who, PRESSURE, date(2026, 5, 5)) is not None
    assert recognitions.holds(who, PRESSURE, date(2026, 5, 6)) is None
    (again,) = recognise(who, PRESSURE, day=date(2026, 5, 6))
    assert again.pk != made.pk
    told = Change.objects.filter(row=made.pk, register="recognition").order_by("id")
    assert list(told.values_list("field", flat=True)) == ["", "end_why", "end_on"]


def test_only_the_insured_are_recognised_and_death_ends_it() -> None:
    with pytest.raises(NotEnrolled):
        recognise(person(origin()), PRESSURE)
    who = insured(2)
    (made,) = recognise(who, PRESSURE)
    persons.died(origin(day=date(2026, 4, 2)), who, date(2026, 4, 1))
    made.refresh_from_db()
    assert made.end_on == date(2026, 4, 1)


def test_a_region_may_name_its_own_diseases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import shutil

    root = shutil.copytree(rulebook_root(), tmp_path / "rulebook")
    folder = root / "regions" / "puyang" / "parameters"
    folder.mkdir(exist_ok=True)
    (folder / "chronic-diseases.yaml").write_text(
        "parameter: chronic-diseases\ndescription: 本地病种\nunit: choice\nchecked_on: '2026-11-22'\n"
        "values:\n  '2026-01-01': {value: 'M03900、M01600', status: illustrative, reference: {title: 试验}}\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("JINGBAN_RULEBOOK", str(root))
    assert rulebook_root() == root
    who = insured()
    with pytest.raises(DiseaseUnknown, match="“哮喘”（M05400）不在本地"):
        recognise(who, "M05400")
    assert len(recognise(who, SUGAR)) == 1
