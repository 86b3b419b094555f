"""The register of persons: finding, changing field by field, numbers and what they say, death, kin."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from jingban.access.models import Mandate, MandateRequest, User
from jingban.access.service import actor_of
from jingban.core.errors import DomainError
from jingban.registry import contributions, enrolments, identity, persons
from jingban.registry.changes import Changed, opened, value_on
from jingban.registry.errors import (
    BenefitPaid,
    NothingChanges,
    NumberTaken,
    PersonClosed,
    PersonNotFound,
    RegistryError,
)
from jingban.registry.models import (
    AidStatus,
    Change,
    Enrolment,
    Helper,
    OffsiteFiling,
    PaidBenefit,
    Person,
    Recognition,
    Source,
)
from jingban.registry.sealing import number_digest, unsealed
from tests.registry import factories as make

pytestmark = pytest.mark.django_db
BORN = date(1980, 5, 1)


def day(text: str) -> date:
    return date.fromisoformat(text)


@pytest.fixture
def person() -> Person:
    return make.person(make.origin(day=day("2025-06-01")))


def change(person: Person, valid_from: str = "2026-03-02", **fields: Any) -> tuple[str, ...]:
    return persons.change(make.origin(), person, fields, day(valid_from))


def told(person: Person) -> list[Changed]:
    """Every change of the person's own row, oldest first."""
    return [opened(row) for row in Change.objects.filter(register="person", row=person.pk).order_by("pk")]


def papers(person: Person) -> list[tuple[str, str, str, str | None]]:
    rows = person.documents.order_by("start_on", "pk")
    return [(r.kind, unsealed(r, "number"), str(r.start_on), r.end_on and str(r.end_on)) for r in rows]


# Finding and registering


def test_a_person_is_found_by_the_number_in_the_own_region_only(person: Person) -> None:
    number = make.new_number(1)
    assert persons.find("puyang", "01", number) == person
    assert persons.find("luanzhou", "01", number) is None
    assert persons.find("puyang", "08", number) is None
    with pytest.raises(NumberTaken, match="已经登记在册"):
        make.person(make.origin(), 1)
    assert make.person(make.origin("luanzhou"), 1).pk != person.pk


def test_sex_and_birth_follow_a_citizens_number_and_are_stated_for_others() -> None:
    woman = make.person(make.origin(), 2, born=day("1999-12-31"), sex="female")
    assert (woman.sex, woman.born_on, woman.initials) == ("female", day("1999-12-31"), "SAH")
    with pytest.raises(RegistryError, match="要填写性别和出生日期"):
        persons.register(make.origin(), persons.Newcomer("DOE JOHN", "E12345678", "08"))
    guest = persons.register(
        make.origin(), persons.Newcomer("DOE  JOHN", "E12345678", "08", "male", day("1990-01-01"))
    )
    assert guest.name == "DOE JOHN"
    with pytest.raises(RegistryError, match="出生日期晚于今天"):
        make.person(make.origin(day=day("2026-03-02")), 3, born=day("2026-03-03"))


def test_rare_characters_and_dots_are_kept_in_their_one_form() -> None:
    rare = make.person(make.origin(), 4, name="\U00020bb7田•古丽")
    assert rare.name == "\U00020bb7田·古丽"
    assert told(rare)[0].after["name"] == rare.name


def test_numbers_are_sealed_and_never_stand_in_the_open(person: Person) -> None:
    number = make.new_number(1).encode()
    paper, history = person.documents.get(), Change.objects.get(person=person.pk)
    for kept in (paper.number, paper.digest, history.after, person.phone):
        assert kept is not None
        assert number not in bytes(kept)
        assert b"1301234" not in bytes(kept)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"name": "别的名字"}, "证件号码和登记的姓名对不上"),
        ({"id_number": make.new_number(77)}, "没有这个证件号码的人"),
    ],
)
def test_a_case_names_a_person_by_number_and_name(person: Person, said: dict[str, str], words: str) -> None:
    assert persons.person_of(make.work(answers=make.who(1))) == person
    with pytest.raises(PersonNotFound, match=words):
        persons.person_of(make.work(answers={**make.who(1), **said}))


def test_a_known_person_is_only_completed_not_overwritten() -> None:
    person = make.person(make.origin(), 1, phone="")
    said = {**make.who(1), "phone": "13099990000", "address": "东街1号"}
    assert persons.known_or_new(make.work(answers=said)) == person
    person.refresh_from_db()
    assert (unsealed(person, "phone"), unsealed(person, "address")) == ("13099990000", "东街1号")
    persons.known_or_new(make.work(answers={**said, "phone": "13000000000"}))
    person.refresh_from_db()
    assert unsealed(person, "phone") == "13099990000", "another number is a change of its own"


# Changing


def test_each_real_difference_is_recorded_field_by_field(person: Person) -> None:
    news = change(person, name="试改名", phone="13000001111", address="", place="幸福村")
    assert news == ("name", "phone", "place")
    changes = [(c.field, c.before, c.after, c.valid_from) for c in told(person)[1:]]
    assert changes == [
        ("name", make.new_name(1), "试改名", day("2026-03-02")),
        ("phone", "13012340001", "13000001111", day("2026-03-02")),
        ("place", "", "幸福村", day("2026-03-02")),
    ]
    person.refresh_from_db()
    assert (person.name, person.initials, person.place) == ("试改名", "SGM", "幸福村")
    assert unsealed(person, "phone") == "13000001111"


def test_what_is_already_so_changes_nothing(person: Person) -> None:
    for fields in ({}, {"name": make.new_name(1)}, {"id_number": make.new_number(1)}, {"sex": "male"}):
        with pytest.raises(NothingChanges, match="与登记的相同"):
            change(person, **fields)
    assert len(told(person)) == 1


@pytest.mark.parametrize(
    ("valid_from", "words"), [("2026-03-03", "不能晚于今天"), ("1980-04-30", "早于出生日期")]
)
def test_a_change_holds_from_a_day_that_can_be(person: Person, valid_from: str, words: str) -> None:
    with pytest.raises(RegistryError, match=words):
        change(person, valid_from, name="试改名")


def test_values_are_read_as_of_a_day(person: Person) -> None:
    change(person, "2026-02-01", name="试二")
    change(person, "2025-09-01", place="北村")

    def on(field: str, text: str) -> Any:
        return value_on(Change.objects.filter(register="person", row=person.pk), field, day(text))

    assert [on("name", d) for d in ("2025-05-31", "2025-06-01", "2026-01-31", "2026-02-01")] == [
        None,
        make.new_name(1),
        make.new_name(1),
        "试二",
    ]
    assert (on("place", "2025-08-31"), on("place", "2025-09-01")) == (None, "北村")
    assert on("born_on", "2026-03-02") == "1980-05-01"


def test_a_change_that_reaches_back_corrects_the_days_since(person: Person) -> None:
    change(person, "2026-02-01", name="试二")
    change(person, "2025-01-01", name="试三")
    history = list(Change.objects.filter(register="person", row=person.pk))
    person.refresh_from_db()
    for text in ("2025-01-01", "2025-06-01", "2026-02-01", "2026-03-02"):
        assert value_on(history, "name", day(text)) == "试三" == person.name
    assert value_on(history, "sex", day("2025-01-01")) is None, "of the rest nothing was known then"


def test_a_new_number_closes_the_old_paper_and_takes_sex_and_birth_along(person: Person) -> None:
    old, new = make.new_number(1), make.new_number(1, born=day("1981-06-02"), sex="female")
    assert change(person, id_number=new) == ("id_number", "sex", "born_on")
    assert papers(person) == [("01", old, "2025-06-01", "2026-03-01"), ("01", new, "2026-03-02", None)]
    person.refresh_from_db()
    assert (person.sex, person.born_on) == ("female", day("1981-06-02"))
    assert persons.find("puyang", "01", new) == person
    assert persons.find("puyang", "01", old) is None
    assert [(c.field, c.before, c.after) for c in told(person)[1:]] == [
        ("id_number", old, new),
        ("sex", "male", "female"),
        ("born_on", "1980-05-01", "1981-06-02"),
    ]


def test_a_paper_that_would_be_left_without_a_day_is_corrected_in_place() -> None:
    person = make.person(make.origin(), 1)
    new = make.new_number(1, born=day("1981-06-02"))
    change(person, id_number=new)
    assert papers(person) == [("01", new, "2026-03-02", None)]
    assert persons.find("puyang", "01", make.new_number(1, born=day("1981-06-02"))) == person


def test_a_number_that_somebody_else_holds_is_refused(person: Person) -> None:
    other = make.person(make.origin(), 2)
    with pytest.raises(NumberTaken, match="已登记在另一份档案上.*请核对号码") as caught:
        change(person, id_number=make.new_number(2))
    assert make.new_number(2) not in str(caught.value.details) + caught.value.message
    assert papers(person) == [("01", make.new_number(1), "2025-06-01", None)]
    change(other, id_number=make.new_number(3))
    change(person, id_number=make.new_number(2))
    person.refresh_from_db()
    assert persons.find("puyang", "01", make.new_number(2)) == person, "given up by the other one"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"sex": "female"}, "登记的身份证号码第17位表示男，性别不能单独改为女.*一并填写变更后的证件号码"),
        ({"born_on": day("1980-05-02")}, "出生日期是1980年5月1日，出生日期不能单独改"),
        (
            {"id_number": make.new_number(9), "sex": "female"},
            "变更后的身份证号码第17位表示男，与填写的性别女不一致",
        ),
        (
            {"id_number": make.new_number(9), "born_on": "1980-05-02"},
            "变更后的身份证号码里的出生日期是1980年5月1日，与填写的出生日期不一致",
        ),
        ({"id_kind": "08"}, "请一并填写变更后的证件号码"),
        ({"bank_account": "6222000011112222"}, "开户行和银行账号要一并填写"),
        ({"name": "张3"}, "不是证件上的字"),
        ({"place": "村" * 65}, "最多64个字"),
        ({"id_number": make.new_number(9)[:-1] + "?"}, "只能是数字"),
    ],
)
def test_contradictions_are_refused_saying_which_to_correct(
    person: Person, fields: dict[str, Any], words: str
) -> None:
    with pytest.raises(DomainError, match=words):
        change(person, **fields)
    assert len(told(person)) == 1


def test_sex_and_birth_of_a_foreigner_are_changed_by_themselves() -> None:
    guest = persons.register(
        make.origin(), persons.Newcomer("DOE JOHN", "E12345678", "08", "male", day("1990-01-01"))
    )
    assert change(guest, sex="female", born_on="1990-01-02") == ("sex", "born_on")
    number = make.new_number(50, born=day("1990-01-02"), sex="female")
    assert change(guest, id_kind="01", id_number=number) == ("id_kind", "id_number")
    assert [kind for kind, *_ in papers(guest)] == ["01"]
    with pytest.raises(RegistryError, match="性别不能单独改"):
        change(guest, sex="male")


def test_a_bank_account_is_replaced_and_the_old_one_kept(person: Person) -> None:
    persons.change(
        make.origin(day=day("2026-01-05")),
        person,
        {"bank": "试验银行", "bank_account": "62220000111"},
        day("2026-01-05"),
    )
    assert change(person, bank_account="62220000222") == ("bank_account",)
    rows = person.bank_accounts.order_by("start_on")
    assert [(r.bank, unsealed(r, "number"), str(r.start_on), r.end_on and str(r.end_on)) for r in rows] == [
        ("试验银行", "62220000111", "2026-01-05", "2026-03-01"),
        ("试验银行", "62220000222", "2026-03-02", None),
    ]
    assert {r.holder for r in rows} == {person.name}


def test_a_merged_row_is_never_changed(person: Person) -> None:
    row = make.merged(make.person(make.origin(), 2), into=person)
    with pytest.raises(PersonClosed, match="请在保留的档案上变更"):
        change(row, phone="13000001111")
    with pytest.raises(PersonClosed, match="请在保留的档案上办理"):
        persons.died(make.origin(), row, day("2026-03-01"))


def test_the_origin_is_kept_with_every_change(person: Person) -> None:
    origin = make.origin(source=Source.SHARED, case=77, actor=5)
    persons.change(origin, person, {"name": "试改名"}, day("2026-03-02"))
    row = Change.objects.get(field="name")
    assert (row.source, row.case, row.actor, row.recorded_at) == ("shared", 77, 5, origin.at)


# Death


def _periods(person: Person) -> None:
    """A filing, a recognition, an aid status and a mandate, all open; a filing and a resident's year to come."""
    common = {**make.origin().columns(), "person": person}
    OffsiteFiling.objects.create(
        **common, group="long-term", category="retiree", basis="papers", start_on=day("2026-01-01")
    )
    OffsiteFiling.objects.create(
        **common, slot=110000, group="temporary", category="referral", basis="papers",
        start_on=day("2026-03-01"), end_on=day("2026-09-01"),
    )  # fmt: skip
    Recognition.objects.create(**common, slot=3900, disease="M03900", start_on=day("2026-01-01"))
    AidStatus.objects.create(**common, category="minimum-living", start_on=day("2026-01-01"))
    for kind in ("mandate", "heir"):
        Helper.objects.create(
            **common,
            kind=kind,
            name="试代办",
            digest=number_digest("01", "1"),
            proof="x",
            start_on=day("2026-01-01"),
        )
    for year in (2026, 2027):
        enrolments.enrol(
            make.origin(), person, insurance="390", kind="1501",
            start_on=date(year, 1, 1), end_on=date(year, 12, 31),
        )  # fmt: skip


def test_death_ends_all_that_a_person_had_on_that_day(person: Person) -> None:
    _periods(person)
    on = day("2026-02-15")
    persons.died(make.origin(), person, on)
    person.refresh_from_db()
    assert person.died_on == on
    spell = Enrolment.objects.get(person=person)
    assert (spell.start_on, spell.end_on, spell.end_reason) == (day("2026-01-01"), on, "death")
    filing = OffsiteFiling.objects.get(person=person)
    assert (filing.end_on, filing.status) == (on, "ended"), "the one from March on is gone"
    assert [row.end_on for row in (person.recognitions.get(), person.aid.get(), person.documents.get())] == [
        on
    ] * 3
    ended = {row.kind: row.end_on for row in Helper.objects.filter(person=person)}
    assert ended == {"mandate": on, "heir": None}, "heirs go on acting"
    removed = sorted(Change.objects.filter(field="removed").values_list("register", flat=True))
    assert removed == ["enrolment", "offsitefiling"]


def test_the_dead_are_still_found_by_their_number_and_nobody_takes_it(person: Person) -> None:
    persons.died(make.origin(), person, day("2026-02-15"))
    assert persons.find("puyang", "01", make.new_number(1)) == person
    with pytest.raises(NumberTaken):
        make.person(make.origin(), 1)
    with pytest.raises(NumberTaken):
        change(make.person(make.origin(), 2), id_number=make.new_number(1))


def test_a_death_before_the_registration_frees_no_number() -> None:
    """Registered in March, dead since January: the paper reaches back, and the number stays the dead's."""
    late = make.origin(day=day("2026-03-02"))
    gone = make.person(late, 7)
    persons.died(late, gone, day("2026-01-10"))
    paper = gone.documents.get()
    assert (paper.start_on, paper.end_on) == (day("2026-01-10"), day("2026-01-10"))
    assert persons.find("puyang", "01", make.new_number(7)) == gone
    with pytest.raises(NumberTaken):
        make.person(late, 7)


def test_a_wards_death_ends_guardianships_and_mandates(person: Person) -> None:
    on, guardian = day("2026-02-15"), make.person(make.origin(), 2)
    persons.add_kin(
        make.origin(), person, name=guardian.name, relation="parent", number=make.new_number(2), guardian=True,
        start_on=day("2026-01-01"),
    )  # fmt: skip
    persons.add_kin(make.origin(), person, name="试配偶", relation="spouse", start_on=day("2026-01-01"))
    _helper(person, "guardian", make.new_number(2))
    persons.died(make.origin(), person, on)
    assert {row.relation: row.end_on for row in person.kin.all()} == {"parent": on, "spouse": None}
    assert person.helpers.get().end_on == on


@pytest.mark.parametrize("known", [True, False])
def test_a_guardians_death_ends_the_guardianship_and_an_agents_the_mandate(
    person: Person, known: bool
) -> None:
    """By the row that the tie names, or by the number where the guardian was registered later."""
    number, on = make.new_number(2), day("2026-02-15")
    guardian = make.person(make.origin(), 2) if known else None
    persons.add_kin(
        make.origin(), person, name="试监护", relation="parent", number=number, guardian=True,
        start_on=day("2026-01-01"),
    )  # fmt: skip
    for kind in ("mandate", "guardian", "heir"):
        _helper(person, kind, number)
    _helper(person, "mandate", make.new_number(3))
    guardian = guardian or make.person(make.origin(), 2)
    persons.died(make.origin(), guardian, on)
    assert person.kin.get().end_on == on
    assert [h.end_on for h in person.helpers.order_by("id")] == [on, on, on, None]
    told_ = Change.objects.filter(register="kinship", field="end_on", person=person.pk)
    assert told_.count() == 1


def test_a_death_ends_the_mandates_between_accounts(person: Person) -> None:
    """Given or held, in all regions, and what waits for an answer; those of others stay."""
    dead, child, other = (User.objects.create_user(name) for name in ("dead", "child", "other"))
    identity.bind(dead.pk, name=person.name, source="窗口核验", at=make.instant(make.DAY), person=person)
    pairs = [(dead, child), (other, dead), (other, child)]
    for principal, agent in pairs:
        Mandate.objects.create(principal=principal, agent=agent, proof="委托书", start_on="2026-01-01")
    asked = MandateRequest.objects.create(
        agent=other, digest=number_digest("01", make.new_number(1)), name=person.name, relation="子女",
        end_on="2027-01-01", asked_at=make.instant(make.DAY),
    )  # fmt: skip
    today = make.DAY
    assert [len(actor_of(who, today).mandates) for who in (child, dead)] == [2, 1]
    persons.died(make.origin(), person, day("2026-02-15"))
    assert [m.principal for m in actor_of(child, today).mandates] == [other.pk]
    assert actor_of(dead, today).mandates == ()
    asked.refresh_from_db()
    assert asked.answered_at is not None
    User.objects.filter(pk=other.pk).update(is_active=False)
    assert actor_of(child, today).mandates == (), "nobody goes on by the mandate of a closed account"


def _helper(person: Person, kind: str, number: str) -> None:
    Helper.objects.create(
        **make.origin().columns(), person=person, kind=kind, name="试代办", proof="x",
        digest=number_digest("01", number), start_on=day("2026-01-01"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("on", "words"), [("2026-03-03", "死亡日期晚于今天"), ("1980-04-30", "死亡日期早于出生日期")]
)
def test_impossible_days_of_death_are_refused(person: Person, on: str, words: str) -> None:
    with pytest.raises(RegistryError, match=words):
        persons.died(make.origin(), person, day(on))


def test_a_benefit_after_the_death_is_looked_into_first(person: Person) -> None:
    _periods(person)
    PaidBenefit.objects.create(region="puyang", person=person, on=day("2026-02-20"), reference="B1")
    with pytest.raises(BenefitPaid, match="2026年2月20日已有待遇支付"):
        persons.died(make.origin(), person, day("2026-02-15"))
    person.refresh_from_db()
    assert person.died_on is None
    assert OffsiteFiling.objects.filter(person=person).count() == 2, "nothing was ended halfway"
    persons.died(make.origin(), person, day("2026-02-20"))


def test_a_day_of_death_is_corrected_and_a_death_taken_back(person: Person) -> None:
    _periods(person)
    persons.died(make.origin(), person, day("2026-02-15"))
    with pytest.raises(NothingChanges, match="不用再办"):
        persons.died(make.origin(), person, day("2026-02-15"))
    persons.died(make.origin(), person, day("2026-02-10"))
    assert Enrolment.objects.get(person=person).end_on == day("2026-02-10")
    persons.died(make.origin(), person, day("2026-02-12"))
    assert persons.find("puyang", "01", make.new_number(1)) == person
    assert Enrolment.objects.get(person=person).end_on == day("2026-02-10"), "what had ended stays so"
    persons.not_dead(make.origin(), person)
    assert person.documents.get().end_on is None
    with pytest.raises(NothingChanges, match="没有登记死亡"):
        persons.not_dead(make.origin(), person)
    enrolments.enrol(
        make.origin(), person, insurance="390", kind="1501",
        start_on=day("2026-03-02"), end_on=day("2026-12-31"),
    )  # fmt: skip
    assert [(c.before, c.after) for c in told(person) if c.field == "died_on"] == [
        (None, "2026-02-15"),
        ("2026-02-15", "2026-02-10"),
        ("2026-02-10", "2026-02-12"),
        ("2026-02-12", None),
    ]


def test_months_paid_before_the_death_stay(person: Person) -> None:
    contributions.add(
        make.origin(),
        person,
        insurance="390",
        first=day("2026-01-01"),
        last=day("2026-12-01"),
        place="410928",
    )
    persons.died(make.origin(), person, day("2026-02-15"))
    assert contributions.months(person).paid == 12, "what is paid back is the tax department's to say"


# Kin


def test_a_relative_is_one_row_whether_enrolled_here_or_not(person: Person) -> None:
    child = make.person(make.origin(), 2, born=day("2026-02-01"))
    said = {"name": person.name, "relation": "parent", "number": make.new_number(1)}
    first = persons.add_kin(make.origin(), child, **said)
    again = persons.add_kin(make.origin(), child, **said, guardian=True)
    assert (first.pk, again.guardian, again.relative) == (again.pk, True, person)
    stranger = persons.add_kin(
        make.origin(), child, name="试外地", relation="grandparent", number=make.new_number(300)
    )
    assert stranger.relative is None
    assert child.kin.count() == 2
    with pytest.raises(RegistryError, match="与本人相同"):
        persons.add_kin(
            make.origin(), child, name="x", relation="parent", number=make.new_number(2, day("2026-02-01"))
        )
