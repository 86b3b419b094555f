"""What one operator filed for the unit is the unit's: its other operators open it and answer for it. What somebody
filed as a person stays that person's."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from jingban.access.errors import NotAllowed
from jingban.access.models import Mandate, User
from jingban.access.service import actor_of
from jingban.audit.models import Entry
from jingban.cases import actions
from jingban.cases.models import Case, CaseEvent
from jingban.cases.permission import answered, on_case
from jingban.cases.shared import own_account
from jingban.cases.view import read
from jingban.messaging.models import OutgoingMessage
from jingban.messaging.service import deliver
from jingban.registry import unit_rights, units
from jingban.registry.attended import is_unattended
from jingban.registry.models import Unit, UnitOperator
from jingban.rulebook.cache import effective_item
from jingban.uploads import service as uploads
from tests.portals.conftest import NOW, hand_in, published, signed_in, staff
from tests.portals.statements import statements
from tests.portals.test_correcting import said
from tests.portals.test_desk import do, required
from tests.portals.test_person_supplement import hidden
from tests.portals.test_unit import REGION, address, line, operator, text_of
from tests.registry import factories as made
from tests.uploads.make import file as jpeg_file
from tests.uploads.make import jpeg

EMPLOYEES = effective_item(*made.EMPLOYEE)
UNIT_CHANGE = effective_item(REGION, "agency", "unit-info-change")
PERSONAL = effective_item(REGION, "agency", "person-enrolment-query")


@pytest.fixture
def unit() -> Unit:
    published(EMPLOYEES)
    return made.unit(made.origin(), phone="03931234567")


@pytest.fixture
def filed(unit: Unit) -> Case:
    """Filed by the boss with a table of the unit's people."""
    boss = signed_in(operator(unit, "declare", "query", "seal", "manage", name="boss"))
    boss.post(address(unit), {"paste": line(1), "phone": "03931234567", "go": "submit"})
    return Case.objects.get()


def opens(user: User, case: Case) -> int:
    return signed_in(user).get(f"/my/{case.number}/").status_code


@pytest.mark.parametrize("right", ["declare", "query", "seal", "manage"])
def test_every_operator_opens_what_a_colleague_filed(unit: Unit, filed: Case, right: str) -> None:
    other = operator(unit, right, name="other")
    client = signed_in(other)
    assert f'href="/my/{filed.number}/"' in client.get("/unit/").content.decode()
    page = client.get(f"/my/{filed.number}/")
    assert page.status_code == 200
    assert ("/do/withdraw/" in page.content.decode()) is (right == "declare"), "who may declare may act"
    assert Entry.objects.filter(kind="read", actor=other.pk, subject=f"case:{filed.number}").exists()
    refused = client.post(f"/my/{filed.number}/do/withdraw/", {"seen": filed.seq, "key": "w"})
    assert (refused.status_code == 403) is (right != "declare")


def test_a_colleague_answers_the_notice(unit: Unit, filed: Case) -> None:
    window = signed_in(staff(EMPLOYEES, "window"))
    wrong = {"notify.wrong_answers": ["phone"]}
    assert do(window, filed.number, "notify", tick=required(EMPLOYEES), **wrong) == 302
    other = operator(unit, "declare", name="other")
    client = signed_in(other)
    assert "要您办理" in text_of(client.get("/unit/"))
    assert client.get(f"/my/{filed.number}/supplement/").status_code == 200
    sent = {**hidden(client, filed.number), "go": "submit", "resubmit.answer.phone": "139 1234 5678"}
    assert client.post(f"/my/{filed.number}/supplement/", sent).status_code == 302
    event = CaseEvent.objects.get(case=filed, act="resubmit")
    assert (event.actor, event.behalf) == (other.pk, None)
    assert Case.objects.get().step == "accept"
    assert said(filed.number)["phone"] == "13912345678"


def test_a_colleague_sees_the_papers_that_were_handed_in(unit: Unit, filed: Case) -> None:
    assert filed.applicant_id is not None
    file = uploads.take(
        file=jpeg_file(jpeg(), "a.jpg"), owner=filed.applicant_id, slot="id-card",
        holder=uploads.Holder(unit.region, case=filed.pk), now=NOW,
    )  # fmt: skip
    doors = [f"/upload/{file.pk}/", f"/my/{filed.number}/done/"]
    client = signed_in(operator(unit, "query", name="other"))
    assert [client.get(door).status_code for door in doors] == [200] * 2
    stranger = signed_in(User.objects.create_user("stranger"))
    assert [stranger.get(door).status_code for door in doors] == [403] * 2


def change_of(unit: Unit, by: User) -> Case:
    """An entry for units that names it."""
    published(UNIT_CHANGE)
    number = hand_in(
        signed_in(by), UNIT_CHANGE, credit_code=unit.credit_code, unit_name=unit.name, operator_name="经办",
        new_unit_address="某某路2号",
    )  # fmt: skip
    return Case.objects.get(number=number)


def test_an_entry_for_units_is_the_units_whoever_filed_it(unit: Unit, person: User) -> None:
    boss, other = operator(unit, "declare", name="boss"), operator(unit, "declare", name="other")
    case = change_of(unit, boss)
    assert unit_rights.cases_of(unit) == {case.pk}
    assert (opens(other, case), opens(person, case)) == (200, 403)
    assert f'href="/my/{case.number}/"' in signed_in(other).get("/unit/").content.decode()


def test_who_filed_it_and_left_neither_reads_nor_withdraws_it(unit: Unit) -> None:
    boss, other = operator(unit, "declare", name="boss"), operator(unit, "declare", name="other")
    case, me = change_of(unit, boss), UnitOperator.objects.filter(user=boss)
    assert opens(boss, case) == 200
    me.update(start_on="2025-01-01", end_on="2026-03-01")
    assert opens(boss, case) == 200, "filed after that it was nobody's errand"
    Case.objects.update(opened_at=NOW - timedelta(days=1))
    assert opens(boss, case) == 403
    post = {"seen": case.seq, "key": "w"}
    assert signed_in(boss).post(f"/my/{case.number}/do/withdraw/", post).status_code == 403
    assert (opens(other, case), Case.objects.get().outcome) == (200, None)
    Unit.objects.filter(pk=unit.pk).update(start_on="2025-01-01", end_on="2026-03-01", status="4")
    assert opens(boss, case) == 200, "how the striking off went, who filed it still reads"


def test_the_list_of_own_cases_asks_once_where_somebody_left(unit: Unit, filed: Case) -> None:
    client = signed_in(User.objects.get(pk=filed.applicant_id))
    few = len(statements(client, "/my/"))
    filed.refresh_from_db()
    for n in "vwxyz":
        filed.pk, filed.number, filed.query_code = None, n + filed.number[1:], n + filed.query_code[1:]
        filed.save(force_insert=True)
    assert len(statements(client, "/my/")) == few


def test_a_mandate_of_who_left_opens_nothing_of_the_unit_any_more(unit: Unit) -> None:
    """Nobody gives away more than the own right: neither page, list, act nor message goes on by it."""
    boss, other = operator(unit, "declare", name="boss"), operator(unit, "declare", name="other")
    case, agent = change_of(unit, boss), User.objects.create_user("agent")
    for holder in (agent, other):
        Mandate.objects.create(principal=boss, agent=holder, proof="委托书", start_on="2026-01-01")
    Case.objects.update(opened_at=NOW - timedelta(days=1))
    listed = [case.number in text_of(signed_in(who).get("/my/")) for who in (boss, agent)]
    assert (opens(agent, case), listed) == (200, [True, True])
    UnitOperator.objects.filter(user=boss).update(start_on="2025-01-01", end_on="2026-03-01")
    assert [opens(who, case) for who in (boss, agent, other)] == [403, 403, 200]
    assert [case.number in text_of(signed_in(who).get("/my/")) for who in (boss, agent)] == [False, False]
    elsewhere = made.unit(made.origin(), 2)
    units.name_operator(made.origin(), elsewhere, boss.pk, may_declare=True)
    assert case.number not in text_of(signed_in(boss).get("/unit/"))
    view, now = read(case.pk)[0], NOW
    for who in (boss, agent):
        with pytest.raises(NotAllowed):
            actions.act(
                case_id=case.pk,
                act="withdraw",
                actor=actor_of(who, now.date()),
                seen=view.seq,
                key=None,
                now=now,
            )
    deliver(now=now)
    told = OutgoingMessage.objects.filter(case=case.pk).values_list("user", flat=True)
    assert set(told) == {other.pk}, "the unit is told, not who left it"


@pytest.mark.live_effects
def test_an_operator_who_is_an_officer_too_does_not_decide_the_units_case(unit: Unit) -> None:
    case = change_of(unit, operator(unit, "declare", name="boss"))
    assert (
        do(signed_in(staff(UNIT_CHANGE, "window")), case.number, "accept", tick=required(UNIT_CHANGE)) == 302
    )
    officer = staff(UNIT_CHANGE, "reviewer")
    UnitOperator.objects.filter(user=operator(unit, "query", name="other")).update(user=officer)
    client = signed_in(officer)
    assert "您担任经办人的单位，请回避" in text_of(client.get(f"/desk/case/{case.number}/"))
    assert do(client, case.number, "approve") == 403
    assert Case.objects.get().outcome is None
    UnitOperator.objects.filter(user=officer).update(start_on="2025-01-01", end_on="2026-03-01")
    assert do(client, case.number, "approve") == 302


def test_strangers_former_operators_and_other_units_stay_out(unit: Unit, filed: Case, person: User) -> None:
    left = operator(unit, "declare", name="left")
    UnitOperator.objects.filter(user=left).update(start_on="2025-01-01", end_on="2026-03-01")
    elsewhere = operator(made.unit(made.origin(), 2), "declare", "query", "seal", "manage", name="elsewhere")
    assert [opens(user, filed) for user in (person, left, elsewhere)] == [403] * 3
    for user in (left, elsewhere):
        post = {"seen": filed.seq, "key": "w"}
        assert signed_in(user).post(f"/my/{filed.number}/do/withdraw/", post).status_code == 403
    assert Case.objects.get().outcome is None
    assert Entry.objects.filter(kind="refused", subject=f"case:{filed.number}").exists()


def test_what_an_operator_filed_as_a_person_stays_personal(unit: Unit) -> None:
    published(PERSONAL)
    boss, other = (
        operator(unit, "declare", "query", name="boss"),
        operator(unit, "declare", "manage", name="other"),
    )
    case = Case.objects.get(number=hand_in(signed_in(boss), PERSONAL))
    assert unit_rights.cases_of(unit) == set()
    assert (opens(boss, case), opens(other, case)) == (200, 403)
    assert case.number not in signed_in(other).get("/unit/").content.decode()


def test_a_stranger_who_writes_the_units_number_files_nothing_for_it(unit: Unit, person: User) -> None:
    published(UNIT_CHANGE)
    other = operator(unit, "declare", name="other")
    number = hand_in(
        signed_in(person), UNIT_CHANGE, credit_code=unit.credit_code, unit_name=unit.name, operator_name="别人",
        new_address="某某路3号",
    )  # fmt: skip
    assert opens(other, Case.objects.get(number=number)) == 403


def test_a_colleague_is_no_officer_of_the_agency(unit: Unit, filed: Case) -> None:
    """Neither may have others asked about in registers, nor make an unattended case an attended one."""
    other = operator(unit, "declare", name="other")
    view = read(filed.pk)[0]
    on = on_case(view, frozenset({"applicant"}))
    answer = answered(actor_of(other, NOW.date()), "withdraw", view, on, NOW.date())
    assert (bool(answer), answer.colleague) == (True, True)
    clerk = replace(actor_of(other, NOW.date()), held=actor_of(staff(EMPLOYEES, "window"), NOW.date()).held)
    assert not answered(clerk, "withdraw", view, on, NOW.date()), "an officer is asked about no unit"
    assert own_account(view.applicant_id, actor=other.pk, behalf=None) is None, (
        "so a correction names the filer"
    )
    assert actions.answered is answered
    work = actions_work(filed)
    assert is_unattended(work)
    Case.objects.filter(pk=filed.pk).update(
        state={**filed.state, "actors": {"x": [filed.applicant_id, other.pk]}}
    )
    assert is_unattended(actions_work(filed))
    stranger = User.objects.create_user("officer")
    Case.objects.filter(pk=filed.pk).update(state={**filed.state, "actors": {"x": [stranger.pk]}})
    assert not is_unattended(actions_work(filed))


def actions_work(case: Case) -> object:
    from jingban.cases.work import Work

    view = read(case.pk)[0]
    return Work(
        item=EMPLOYEES, actor=0, at=NOW, applicant=view.applicant_id, case_id=case.pk, process=view.process
    )
