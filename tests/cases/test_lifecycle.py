"""From the application to each end, and what the rows say on the way."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection

from jingban.access.service import NotAllowed
from jingban.cases import actions
from jingban.cases.errors import CaseNotFound, FormIncomplete, ItemNotOpen, MaterialUnknown, StaleVersion
from jingban.cases.models import Case, CaseEvent, CaseFind, CasePayload, Message, NoticeBreach
from jingban.cases.store import NO_LIMIT
from jingban.cases.verify import case_faults
from jingban.cases.view import CaseView, read
from jingban.core import checkdigit
from jingban.core.crypto import blind_index
from jingban.core.errors import DomainError
from jingban.processes.errors import (
    ActNotAllowed,
    CaseClosed,
    MakerIsChecker,
    MaterialsMissing,
    NoticeBeyondFirst,
    NoticeIncomplete,
)
from jingban.processes.predicates import FactNotAllowed
from tests.houses import (
    ANSWERS,
    EXPERTS,
    MONTHLY,
    NAME,
    NUMBER,
    PAYMENT,
    STANDARD,
    TIP_OFF,
    TRANSFER,
    House,
    staff,
)


def _row(view: CaseView) -> Case:
    return Case.objects.get(pk=view.id)


def test_an_application_becomes_a_case(house: House) -> None:
    view = house.apply(channel="online", supplied=("id-any",))
    row = _row(view)
    assert (row.region, row.item, row.step, row.outcome, row.role) == (
        STANDARD[0],
        STANDARD[2],
        "accept",
        None,
        "window",
    )
    assert (row.seq, row.channel, row.applicant_id) == (1, "online", house.applicant.id)
    assert str(row.due_on) == "2026-03-16"  # no promise yet: the law's ten working days
    assert view.state.facts == {"channel": "online"}
    assert read(view.id)[0] == view, "what apply gives back is what is stored"


@pytest.mark.parametrize(
    ("acts", "outcome", "step"),
    [
        (("accept", "approve"), "granted", "granted"),
        (("accept", "refuse"), "refused", "refused"),
        (("decline",), "not_accepted", "not-accepted"),
        (("withdraw",), "withdrawn", "withdrawn"),
        (("notify", "resubmit", "accept", "approve"), "granted", "granted"),
        (("accept", "return", "notify", "withdraw"), "withdrawn", "withdrawn"),
        (
            ("defer", "accept", "extend", "special-begin", "special-end", "fulfil", "approve", "correct"),
            "granted",
            "granted",
        ),
    ],
)
def test_the_standard_procedure_reaches_its_ends(
    house: House, acts: tuple[str, ...], outcome: str, step: str
) -> None:
    view = house.apply()
    for act in acts:
        house.later(hours=1)
        before, view = view, house.act(view, act)
        assert view.seq == before.seq + 1
        assert house.fresh(view) == view
        assert list(case_faults(view.id)) == []
    assert (view.outcome, view.step, _row(view).role) == (outcome, step, "")
    assert CaseEvent.objects.filter(case=view.id).count() == len(acts) + 1


def test_a_payment_is_paid_at_the_second_try(house: House) -> None:
    view = house.apply(PAYMENT)
    for act in ("accept", "approve", "pay"):
        view = house.act(view, act)
    assert (view.step, view.role) == ("await-bank", "system")
    assert list(Message.objects.values_list("name", flat=True)) == ["payment-order"]
    view = house.tell(view, "payment-result", "failed")
    view = house.act(view, "fix")
    view = house.act(view, "pay")
    view = house.tell(view, "payment-result", "paid")
    assert (view.outcome, Message.objects.count()) == ("granted", 2)
    assert list(case_faults(view.id)) == []


def test_a_letter_between_agencies_goes_out_once(house: House) -> None:
    view = house.act(house.act(house.apply(TRANSFER), "accept"), "send")
    message = Message.objects.get()
    assert (message.name, message.case_id, message.seq) == ("contact-letter", view.id, view.seq)
    assert message.body == {
        "number": view.number,
        "region": "bazhou",
        "item": "transfer",
        "act": "send",
        "to": "await-info-sheet",
    }
    view = house.tell(view, "info-sheet")
    assert (view.step, dict(view.state.heard)) == ("await-info-sheet", {"info-sheet": "arrived"})
    assert house.tell(view, "transfer-funds").step == "take-over"


def test_a_month_is_opened_by_nobody(house: House) -> None:
    version = house.version(MONTHLY)
    view = actions.start(
        version=version.id,
        process=version.item.process.process,
        application=actions.Application(),
        key=actions.as_key("2026-02"),
        now=house.now,
    )
    assert (view.applicant_id, view.is_open) == (None, True)
    again = actions.start(
        version=version.id,
        process=version.item.process.process,
        application=actions.Application(),
        key=actions.as_key("2026-02"),
        now=house.now,
    )
    assert (again.id, Case.objects.count()) == (view.id, 1)
    with pytest.raises(ItemNotOpen, match="不受理申请"):
        house.apply(MONTHLY)


def test_numbers_carry_region_item_day_and_check_digit(house: House) -> None:
    numbers = [house.apply().number for _ in range(12)]
    assert len(set(numbers)) == 12
    for count, number in enumerate(numbers, start=1):
        assert checkdigit.is_valid(number)
        region, item, day, sequence = number.split("-")
        assert (region, day, sequence[:6]) == (house.version().item.admin_code, "20260302", f"{count:06d}")
        assert item == (house.version().item.code or "")[-6:] or item.startswith("9")
        assert not checkdigit.is_valid(number[:-1] + str((int(number[-1]) + 1) % 10))
    house.later(days=1)
    assert house.apply().number.split("-")[3].startswith("000001")


def test_query_codes_can_be_read_over_the_telephone(house: House) -> None:
    codes = {house.apply().query_code for _ in range(20)}
    assert len(codes) == 20
    assert all(len(code) == 9 and set(code) <= set(checkdigit.QUERY_ALPHABET) for code in codes)


def test_a_queue_is_the_role_of_the_step_the_most_urgent_first(house: House) -> None:
    first = house.apply()
    house.later(days=1)
    second = house.apply()
    accepted = house.act(second, "accept")
    queue = Case.objects.queue(region=STANDARD[0], office=first.office, role="window")
    assert [c.pk for c in queue] == [first.id]
    queue = Case.objects.queue(region=STANDARD[0], office=first.office, role="reviewer")
    assert [(c.pk, c.due_on) for c in queue] == [(second.id, accepted.due_on)]
    house.act(accepted, "approve")
    assert not Case.objects.queue(region=STANDARD[0], office=first.office, role="reviewer")


def test_a_queue_turns_its_pages_by_key(house: House) -> None:
    ids = [house.apply().id for _ in range(5)]
    queue = Case.objects.queue(
        region=STANDARD[0], office=_row(house.fresh(read(ids[0])[0])).office, role="window"
    )
    seen: list[int] = []
    page = list(queue[:2])
    while page:
        seen += [c.pk for c in page]
        page = list(queue.after_key(page[-1].due_on, page[-1].pk)[:2])
    assert seen == ids


def test_a_case_without_any_limit_stands_last(house: House) -> None:
    assert house.apply(TIP_OFF).due_on == NO_LIMIT


def test_personal_words_lie_sealed_and_nowhere_else(house: House) -> None:
    view = house.act(house.apply(), "decline", reason="张小凤本人未到场", basis="第五条")
    tables = ("cases_case", "cases_caseevent", "cases_casepayload", "cases_casefind", "cases_casecounter")
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT * FROM {table}")
            text = repr(
                [[bytes(v) if isinstance(v, memoryview) else v for v in row] for row in cursor.fetchall()]
            )
            for secret in (NAME, NUMBER, "13012345678", "未到场", NAME.encode("unicode_escape").decode()):
                assert secret not in text, (table, secret)
    payloads = CasePayload.objects.filter(case=view.id).order_by("seq")
    assert [sorted(p.body) for p in payloads] == [["id_number", "name", "phone"], ["reason"]]
    digests = CaseEvent.objects.get(case=view.id, seq=1).data["digests"]
    assert sorted(digests) == ["id_number", "name", "phone"]


def test_the_blind_index_finds_the_case(house: House) -> None:
    view = house.apply()
    house.apply(answers={**ANSWERS["person"], "name": "李四", "id_number": "110105194912310038"})
    for kind, value in (("id", NUMBER), ("name", NAME)):
        found = CaseFind.objects.filter(kind=kind, digest=blind_index(kind, value))
        assert [f.case_id for f in found] == [view.id]
    assert not CaseFind.objects.filter(kind="id", digest=blind_index("name", NUMBER))


def test_erasing_a_payload_leaves_the_chain_whole(house: House) -> None:
    view = house.act(house.apply(), "decline")
    CasePayload.objects.filter(case=view.id).delete()
    CaseFind.objects.filter(case=view.id).delete()
    assert list(case_faults(view.id)) == []


def test_a_wrong_application_names_every_fault_and_writes_nothing(house: House) -> None:
    with pytest.raises(FormIncomplete) as refused:
        house.apply(answers={"name": " ", "id_number": "110105194912310021", "phone": "12"})
    assert set(refused.value.details["faults"]) == {"name", "id_number", "phone"}
    assert not Case.objects.exists()
    assert not CaseEvent.objects.exists()


def test_an_identity_number_is_kept_in_one_form(house: House) -> None:
    view = house.apply(answers={**ANSWERS["person"], "id_number": " 11010519491231002x "})
    assert CaseFind.objects.filter(kind="id", digest=blind_index("id", NUMBER), case=view.id).exists()


@pytest.mark.parametrize(
    "facts", [{"nonsense": "x"}, {"stay": "for-ever"}, {"violations": "none"}, {"account_balance": "none"}]
)
def test_an_application_states_only_what_is_its_own(house: House, facts: dict[str, str]) -> None:
    with pytest.raises(FactNotAllowed):
        house.apply(facts=facts)
    assert not Case.objects.exists()


def test_the_door_says_the_channel_not_the_form(house: House) -> None:
    view = house.apply(channel="window", facts={"channel": "online"})
    assert (view.channel, view.state.facts["channel"]) == ("window", "window")
    with pytest.raises(FactNotAllowed):
        house.apply(channel="carrier-pigeon")


def test_missing_materials_are_listed_and_nothing_is_written(house: House) -> None:
    view = house.apply()
    keys = sorted(house.value(view, "checklist"))
    with pytest.raises(MaterialsMissing) as refused:
        house.act(view, "accept", checklist=keys[:1])
    assert refused.value.details["missing"] == keys[1:]
    with pytest.raises(NoticeIncomplete):
        house.act(view, "notify", missing_materials=keys[:1])
    assert house.fresh(view) == view


@pytest.mark.parametrize("act", ["accept", "notify", "defer", "promise"])
def test_only_published_materials_may_be_asked_for(house: House, act: str) -> None:
    view = house.apply()
    need = next(n for n in house.data(view, act) if "material" in n or n == "checklist")
    with pytest.raises(MaterialUnknown) as refused:
        house.act(view, act, **{need: [*house.value(view, need), "a-favour"]})
    assert refused.value.details["names"] == ["a-favour"]
    with pytest.raises(MaterialUnknown):
        house.apply(supplied=("张小凤的收据",))


@pytest.mark.parametrize("bad", [5, "id-any", [1], {"id-any": 1}, True])
def test_a_list_in_another_form_is_refused_in_words(house: House, bad: Any) -> None:
    view = house.apply()
    with pytest.raises(DomainError):
        house.act(view, "accept", checklist=bad)
    assert house.fresh(view) == view


def test_a_notice_beyond_the_first_is_recorded_against_the_office(house: House) -> None:
    view = house.apply()
    keys = sorted(house.value(view, "missing_materials"))
    view = house.act(house.act(view, "notify", missing_materials=keys), "resubmit")
    with pytest.raises(NoticeBeyondFirst):
        house.act(view, "notify", missing_materials=["application-form"])
    assert not NoticeBreach.objects.exists()
    supervisor = staff(77, "supervisor")
    view = house.act(view, "notify", missing_materials=["application-form"], actor=supervisor)
    breach = NoticeBreach.objects.get()
    assert (breach.case_id, breach.seq, breach.office, breach.materials) == (
        view.id,
        view.seq,
        view.office,
        ["application-form"],
    )
    assert list(case_faults(view.id)) == []


def test_maker_is_not_checker_by_the_door_too(house: House) -> None:
    both = staff(5, "window", "reviewer")
    view = house.act(house.apply(), "accept", actor=both)
    with pytest.raises(MakerIsChecker):
        house.act(view, "approve", actor=both)
    assert house.act(view, "approve").outcome == "granted"


def test_an_act_the_step_does_not_know_says_what_is_possible(house: House) -> None:
    view = house.apply()
    clerk = staff(5, "window")
    with pytest.raises(ActNotAllowed, match="可以办理：受理、一次性告知、不予受理"):
        house.act(view, "approve", actor=clerk)
    closed = house.act(view, "decline")
    with pytest.raises(CaseClosed, match="不能再“受理”"):
        house.act(closed, "accept", actor=clerk)
    with pytest.raises(NotAllowed):
        house.act(closed, "accept", actor=staff(6, "window", region="luanzhou"))
    with pytest.raises(CaseNotFound):
        actions.act(case_id=10**9, act="accept", actor=clerk, seen=1, key=None, now=house.now)


def test_time_only_acts_are_nobodys(house: House) -> None:
    view = house.act(house.apply(), "notify")
    house.later(days=60)
    for act in ("after", "quiet", "owed-lapsed", "recomputed", "receive"):
        with pytest.raises((ActNotAllowed, NotAllowed, StaleVersion, CaseClosed)):
            house.act(view, act, actor=staff(5, "window", "reviewer", "head"))


def test_experts_vote_and_the_public_is_heard(house: House) -> None:
    view = house.act(house.apply(EXPERTS), "accept")
    for number, vote in ((900, None), (901, "yes"), (902, "no"), (903, "yes")):
        expert = staff(number, "expert", region="luanzhou")
        view = house.act(view, "vote" if vote else "recuse", actor=expert, vote=vote)
    view = house.act(view, "enter")
    assert (view.step, view.role) == ("notice", "public")
    view = house.act(view, "object", actor=staff(4711), reason="不符合病种")
    assert (view.step, dict(view.state.votes)) == ("review", {})
    assert list(case_faults(view.id)) == []
