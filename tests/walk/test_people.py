"""The people of a walk: their lives follow the registers, round after round."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal

import pytest
from click.testing import CliRunner

from jingban.cases.models import Case
from jingban.cli import main
from jingban.processes.effects import REGISTRY
from jingban.registry import accounts, contributions
from jingban.registry.guards import drop_guards
from jingban.registry.models import (
    Change,
    Enrolment,
    IdentityDocument,
    Issued,
    Kinship,
    Levy,
    OffsiteFiling,
    Person,
    Recognition,
    Unit,
)
from jingban.registry.models.enrolments import Kind, LevyStatus
from jingban.registry.sealing import unsealed
from jingban.rulebook.cache import effective_all
from jingban.rulebook.models import PublishedItem
from jingban.walk import checks
from jingban.walk.cast import BEGIN, Cast
from jingban.walk.drive import Drive, WalkFailed
from jingban.walk.parts import part_of, script_of, visitor
from jingban.walk.plan import plan
from jingban.walk.report import casts_of, walk_entries
from jingban.walk.scene import STAFF, Scene, effects_of
from jingban.walk.told import NOTHING, Told, told_of, words
from tests.conftest import on_postgres
from tests.houses import House, forget_versions

Entry = tuple[str, str, str]


pytestmark = pytest.mark.django_db(databases=["default", "audit"])


@pytest.fixture
def house(db: None) -> Iterator[House]:
    forget_versions()
    yield House(now=BEGIN)
    forget_versions()


class Street:
    """Leads the people of one region along the paths that change a register, and only along those."""

    def __init__(self, house: House, region: str) -> None:
        self.house, self.cast = house, Cast(region, 3)
        self.prepared: list[str] = []

    def lead(self, item: str, tier: str = "agency") -> str:
        """One round of an entry; what it changed, in words."""
        version = self.house.version((self.cast.region, tier, item))
        cases = []
        for process in (version.item.process, *version.item.answers):
            for path in plan(process).paths:
                scene = Scene(self.cast, version.item, process, path)
                if scene.acts:
                    part = part_of(scene)
                    drive = Drive(version, process, part)
                    drive.along(dict(path.facts), path.edges)
                    self.cast.passed(part.who, drive.now)
                    self.prepared += scene.prepared
                    cases.append(drive.view.id)
        return words(told_of(cases))

    def person(self, key: str) -> Person:
        found = self.cast.person(key)
        assert found is not None
        return found


def test_every_live_effect_of_the_registers_has_a_script() -> None:
    for item in effective_all():
        for process in (item.process, *item.answers):
            live = {n for e in process.edges for n in effects_of(item, process, e)} & REGISTRY.keys()
            if any(name.startswith("registry.") for name in live):
                assert script_of(item, process) is not visitor, (item.key, process.process)


def test_an_employee_is_added_suspended_resumed_ended_added_and_retired(house: House) -> None:
    street = Street(house, "luanzhou")
    for _ in range(6):
        street.lead("employee-enrolment")
    person = street.person("employee-1")
    spells = list(person.enrolments.order_by("start_on").values_list("kind", "standing", "end_reason"))
    assert spells == [
        ("1101", "1", "suspended"),
        ("1101", "2", "resumed"),
        ("1101", "1", "ended"),
        ("1101", "1", "retired"),
        ("1201", "1", ""),
    ]
    assert contributions.months(person).deemed >= 12 * 20
    assert not Levy.objects.filter(status=LevyStatus.ISSUED).exists()
    assert contributions.months(person).paid == accounts_months(person) > 0
    street.lead("employee-enrolment")
    assert street.person("employee-2").enrolments.count() == 1
    assert list(checks.faults()) == []


def accounts_months(person: Person) -> int:
    """How many months of the person's own part were credited."""
    start = date(2026, 1, 1)
    return len(accounts.statement(person, start_on=start, end_on=date(2027, 12, 31)))


def test_what_a_case_changed_is_counted_in_words(house: House) -> None:
    street = Street(house, "luanzhou")
    assert street.lead("employee-enrolment") == "个人信息+1，参保+1，征缴单+1"
    assert street.lead("employee-enrolment") == "参保+1、改1处"  # the month is paid
    assert street.lead("employee-info-change") == "个人信息4处"
    assert street.lead("person-enrolment-query") == "出具的凭证+2"
    assert [text[:2] for text in street.prepared] == ["登记", "征缴"]


def test_a_resident_enrols_for_this_year_for_the_next_and_gives_way(house: House) -> None:
    street = Street(house, "bazhou")
    for _ in range(3):
        street.lead("resident-enrolment")
    first, second = street.person("resident-1"), street.person("resident-2")
    spells = list(first.enrolments.order_by("start_on").values_list("kind", "end_on"))
    assert spells == [(Kind.ADULT, date(2026, 12, 31)), (Kind.ADULT, date(2027, 12, 31))]
    assert (
        Change.objects.get(
            person=first.pk, register="enrolment", valid_from=date(2027, 1, 1)
        ).recorded_at.month
        >= 9
    )
    assert second.enrolments.get().kind == Kind.CHILD
    assert street.prepared == []


def test_changed_data_differ_each_time_and_the_cast_knows_people_by_them(house: House) -> None:
    street = Street(house, "bazhou")
    changed = [street.lead("resident-info-change") for _ in range(4)]
    assert changed == ["个人信息2处", "个人信息2处", "个人信息1处", "个人信息1处，身份证件1处"]
    person, role, said = (
        street.person("resident-1"),
        street.cast.role("resident-1"),
        street.cast.said("resident-1"),
    )
    open_paper = IdentityDocument.objects.get(person=person, end_on=None)
    assert said["name"] == person.name != role.name
    assert said["id_number"] == unsealed(open_paper, "number") != role.number
    street.cast.account("resident-1")  # still the person's own
    assert street.lead("resident-info-change") == "个人信息1处"


def test_a_filing_turns_and_waits_for_its_lock(house: House) -> None:
    street = Street(house, "bazhou")
    for _ in range(5):
        street.lead("offsite-long-term")
    rows = list(OffsiteFiling.objects.order_by("start_on"))
    assert [row.status for row in rows] == ["active", "paused", "changed", "ended"]
    assert rows[2].places != rows[3].places
    assert rows[2].locked_until is not None
    assert rows[3].start_on > rows[2].locked_until
    assert rows[3].end_on is not None
    assert street.lead("offsite-long-term") == "异地就医备案+1"


def test_an_account_is_paid_out_for_reason_after_reason(house: House) -> None:
    street = Street(house, "luanzhou")
    for _ in range(5):
        street.lead("account-withdrawal")
    first, second, third = (street.person(f"saver-{n}") for n in (1, 2, 3))
    assert first.died_on is not None
    assert first.helpers.get().kind == "heir"
    reasons = [
        p.enrolments.order_by("start_on").values_list("end_reason", flat=True).first()
        for p in (second, third)
    ]
    assert all(reasons)
    assert third.documents.get().kind == "08"
    assert {accounts.balance(p) for p in (first, second, third)} == {Decimal(0)}
    assert list(checks.faults()) == []


def test_insurance_moves_in_and_out_by_letter_and_directly(house: House) -> None:
    street = Street(house, "luanzhou")
    for turn in (1, 2):
        told = street.lead("transfer")
        assert "缴费+2" in told, told
        mover = street.person("mover-1")
        places = {span.place for span in contributions.spans(mover)}
        assert len(places) == 1 + turn
        assert contributions.months(mover).paid == 24 * turn
        # The money of the letter and of the direct handover, round after round.
        assert accounts.balance(mover) == turn * (Decimal("738.20") + Decimal("860.50"))
    goer = street.person("goer-1")
    assert accounts.balance(goer) == 0
    assert Issued.objects.filter(person=goer.pk).count() == 12
    assert list(checks.faults()) == []


def test_units_enrol_and_go_through_what_can_befall_them(house: House) -> None:
    street = Street(house, "xingtai")
    for _ in range(3):
        street.lead("unit-enrolment")
        street.lead("unit-info-change")
    first, second = (street.cast.unit(f"unit-{n}") for n in (1, 2))
    assert first is not None
    assert second is not None
    assert (first.status, first.end_on is not None, second.status) == ("4", True, "1")
    assert list(first.links.values_list("kind", flat=True)) == ["merged"]
    assert sorted(second.links.values_list("kind", flat=True)) == ["branch", "split"]
    assert Unit.objects.filter(region="xingtai", end_on=None).count() == 4


def test_the_villagers(house: House) -> None:
    street = Street(house, "qinhuangdao")
    said: dict[str, list[str]] = {}
    items = (
        "grassroots-resident-enrolment", "grassroots-resident-change", "grassroots-newborn-enrolment",
        "grassroots-termination", "grassroots-withdrawal", "grassroots-flexible-enrolment",
    )  # fmt: skip
    for _ in range(2):
        for item in items:
            said.setdefault(item, []).append(street.lead(item, "grassroots"))
    assert said["grassroots-resident-change"] == ["参保+1、改1处"] * 2
    assert said["grassroots-withdrawal"] == ["参保−2"] * 2
    assert Kinship.objects.filter(guardian=True).count() == 4
    # Nobody dies online: a death of each round is registered at the window, which alone the guide describes.
    assert said["grassroots-termination"] == ["个人信息1处，身份证件1处，参保1处"] * 2
    died = Person.objects.exclude(died_on=None)
    assert [_by_staff(person) for person in died] == [True, True]
    assert Enrolment.objects.filter(kind=Kind.FLEXIBLE).count() == 2
    assert list(checks.faults()) == []


def _by_staff(person: Person) -> bool:
    """Whether somebody of the staff registered the death."""
    written = Change.objects.get(register="person", row=person.pk, field="died_on")
    return written.actor >= STAFF


def test_the_next_disease(house: House) -> None:
    street = Street(house, "puyang")
    for _ in range(2):
        assert street.lead("chronic-recognition") == "门诊慢特病待遇+1"
    assert len(set(Recognition.objects.values_list("disease", flat=True))) == 2


def test_those_in_need_are_enrolled_by_list_and_by_application(house: House) -> None:
    # Where the subsidy is paid back the person had enrolled and paid like anybody else, and is enrolled as aided anew.
    for region, enrolled in (("bazhou", "参保+2"), ("qinhuangdao", "参保3处")):
        street = Street(house, region)
        told = street.lead("premium-subsidy")
        assert enrolled in told
        assert "救助对象身份+1" in told
        assert set(street.person("aided-1").enrolments.values_list("aided", flat=True)) == {True}


def test_hardship_is_recognised_by_the_case_that_pays(house: House) -> None:
    """Somebody new on every path that pays: the year's cap of aid is used up by one."""
    street = Street(house, "luanzhou")
    for _ in range(2):
        assert street.lead("medical-aid-reimbursement").startswith("救助对象身份+2，家庭经济状况核查+2")


def test_a_path_that_fails_leaves_neither_rows_nor_memories(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(drive: Drive) -> None:
        raise WalkFailed("没有写成")

    monkeypatch.setattr(Drive, "_post", fails)
    version = house.version(("bazhou", "agency", "enrolment-certificate"))
    rows = [PublishedItem.objects.get(pk=version.id)]
    casts = casts_of(["bazhou"])
    (walked,) = walk_entries(rows, casts)
    assert (walked.paths, walked.registers, len(walked.failures) > 3) == (0, [], True)
    assert not Person.objects.exists()
    assert casts["bazhou"].at("employee-1") == BEGIN
    monkeypatch.undo()
    (walked,) = walk_entries(rows, casts)
    assert walked.failures == []
    assert words(walked.registers) == "出具的凭证+1"


def test_a_live_effect_that_changes_nothing_is_a_fault(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(REGISTRY, "registry.issue_certificate", lambda work: None)
    version = house.version(("luanzhou", "agency", "enrolment-certificate"))
    (walked,) = walk_entries([PublishedItem.objects.get(pk=version.id)], casts_of(["luanzhou"]))
    assert (walked.registers, walked.planned_effects) == ([], [])
    assert walked.failures == ["效果没有改变登记册：请核对事项的效果和表单。"]


def test_what_is_planned_is_only_what_nobody_registered(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = house.version(("bazhou", "agency", "designate-institution"))
    rows = [PublishedItem.objects.get(pk=version.id)]
    casts = casts_of(["bazhou"])
    (walked,) = walk_entries(rows, casts)
    assert walked.planned_effects == ["providers.designate"]
    monkeypatch.setitem(REGISTRY, "providers.designate", lambda work: None)
    (walked,) = walk_entries(rows, casts, round=2)
    assert (walked.planned_effects, walked.round) == ([], 2)


@pytest.mark.skipif(on_postgres(), reason="PostgreSQL refuses such rows even without the triggers")
def test_what_is_held_twice_is_found(house: House) -> None:
    street = Street(house, "bazhou")
    street.lead("employee-enrolment")
    street.lead("resident-enrolment")
    assert list(checks.faults()) == []
    drop_guards()
    spell = Enrolment.objects.filter(insurance="310").get()
    spell.pk = None
    spell.save()
    paper = IdentityDocument.objects.get(person=spell.person_id)
    IdentityDocument.objects.exclude(pk=paper.pk).update(digest=b"other", end_on=None)
    found = list(checks.faults())
    assert any("参保在2026年" in text and text.endswith("重复") for text in found)
    assert any("缺少数据库保护" in text for text in found)


def test_words() -> None:
    assert words([]) == NOTHING
    assert words([Told("enrolment", 1, 0, 0), Told("person", 0, 2, 0)]) == "参保+1，个人信息2处"
    assert str(Told("contribution", 2, 3, 1)) == "缴费+2−1、改3处"


def test_a_withdrawal_and_a_premium_are_explained_without_a_decision(house: House) -> None:
    for item, said in (
        ("account-withdrawal", "一次性全部支取"),
        ("premium-subsidy", "居民医保个人缴费标准"),
    ):
        version = house.version(("luanzhou", "agency", item))
        (walked,) = walk_entries([PublishedItem.objects.get(pk=version.id)], casts_of(["luanzhou"]))
        assert walked.failures == []
        case = Case.objects.filter(item=item, outcome="granted").order_by("id").last()
        assert case is not None
        shown = CliRunner().invoke(main, ["benefit", "explain", case.number], env={"COLUMNS": "200"})
        assert said in shown.output, shown.output
