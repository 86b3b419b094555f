"""The form put right before acceptance: by the applicant after a notice, by the window for an obvious slip."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from jingban.cases.corrections import CORRECTING
from jingban.cases.errors import CorrectionNeedsPapers, FormIncomplete
from jingban.cases.forms import KEY_INFO, AnswerWrong
from jingban.cases.models import CaseEvent, CaseFind, CasePayload
from jingban.cases.verify import case_faults
from jingban.cases.view import CaseView
from jingban.cases.work import Work, answers_of
from jingban.core.crypto import blind_index
from jingban.processes.errors import MaterialsMissing
from jingban.processes.needs import NeedMissing
from jingban.rulebook import publish
from jingban.rulebook.cache import effective_all
from tests.houses import ANSWERS, NAME, NUMBER, STANDARD, House, answers_for

OTHER_NUMBER = "999001197503120019"
KEY_INFO_ENTRY = next(
    (i.region, i.tier, i.item)
    for i in effective_all()
    if i.process.process == "standard"
    and any(f.key == "new_unit_name" for f in i.form)
    and any(m.required and [n.id for n in m.when] == [KEY_INFO] and not m.for_whom for m in i.materials)
)


def _now(view: CaseView) -> dict[str, str]:
    return answers_of(view, publish.version(view.version_id).item)


def _proof(house: House) -> str:
    item = house.version(KEY_INFO_ENTRY).item
    return next(m.id for m in item.materials if [n.id for n in m.when] == [KEY_INFO] and m.required)


def _named(house: House, entry: tuple[str, str, str] = STANDARD, **rest: Any) -> CaseView:
    """A case whose one-off notice names the form, and everything else that is due."""
    view = house.apply(entry, **rest)
    return house.act(
        view, "notify", missing_materials=["application-form", *house.value(view, "missing_materials")]
    )


def test_the_applicant_corrects_what_was_typed(house: House) -> None:
    view = house.act(_named(house), "resubmit", answers={"phone": "139 1234 5678", "note": "号码写错了"})
    assert {k: _now(view)[k] for k in ("name", "phone", "note")} == {
        "name": NAME,
        "phone": "13912345678",
        "note": "号码写错了",
    }
    event = CaseEvent.objects.get(case=view.id, seq=view.seq)
    assert event.data["corrected"] == ["note", "phone"]
    assert set(event.data["digests"]) == {"note", "phone"}
    assert "13912345678" not in str(event.data)
    body = CasePayload.objects.get(case=view.id, seq=view.seq).body
    assert set(body) == {"note", "phone"}
    assert "13912345678" not in str(body)
    assert list(case_faults(view.id)) == []
    assert house.fresh(view) == view


def test_an_effect_sees_the_corrected_answers(house: House, live_effect: Any) -> None:
    seen: list[Work] = []
    live_effect(house.version().item.effects[0], seen.append)
    view = house.act(_named(house), "resubmit", answers={"phone": "13912345678"})
    house.act(house.act(view, "accept"), "approve")
    assert [(work.said("phone"), work.said("name")) for work in seen] == [("13912345678", NAME)]


def test_the_window_corrects_a_slip_when_it_accepts(house: House) -> None:
    view = house.act(house.apply(), "accept", answers={"name": "张晓凤"})
    assert (_now(view)["name"], view.step) == ("张晓凤", "review")
    for text in (NAME, "张晓凤"):
        assert CaseFind.objects.filter(kind="name", digest=blind_index("name", text), case=view.id).exists()
    assert list(case_faults(view.id)) == []


def test_corrected_and_corrected_back(house: House) -> None:
    view = house.act(_named(house), "resubmit", answers={"id_number": OTHER_NUMBER.lower()})
    view = house.act(view, "accept", answers={"id_number": NUMBER})
    assert _now(view)["id_number"] == NUMBER
    assert CaseFind.objects.filter(case=view.id, kind="id").count() == 2
    assert list(case_faults(view.id)) == []


def test_what_is_said_again_is_no_correction(house: House) -> None:
    view = house.act(
        _named(house), "resubmit", answers={**ANSWERS["person"], "note": "", "phone": "130-1234-5678"}
    )
    assert "corrected" not in CaseEvent.objects.get(case=view.id, seq=view.seq).data
    assert not CasePayload.objects.filter(case=view.id, seq=view.seq).exists()


def test_an_answer_can_be_taken_back_unless_it_is_required(house: House) -> None:
    given = {**ANSWERS["person"], "new_phone": "13900000000", "note": "多写了一个号码"}
    view = house.act(_named(house, answers=given), "resubmit", answers={"new_phone": ""})
    assert (_now(view)["new_phone"], _now(view)["note"]) == ("", "多写了一个号码")
    assert list(case_faults(view.id)) == []
    with pytest.raises(FormIncomplete) as refused:
        house.act(view, "accept", answers={"phone": " "})
    assert refused.value.details["faults"] == {"phone": "请填写手机号码"}
    assert house.fresh(view) == view


def test_the_whole_form_is_checked_anew(house: House) -> None:
    view = _named(house)
    with pytest.raises(FormIncomplete) as refused:
        house.act(view, "resubmit", answers={"phone": "12", "new_id_number": "110105194912310021"})
    assert set(refused.value.details["faults"]) == {"phone", "new_id_number"}
    assert house.fresh(view) == view


@pytest.mark.parametrize(
    "answers",
    [{"withdrawal_reason": "death"}, {"agent_name": "李四"}, {"phone": 1}, ["phone"], "13912345678"],
)
def test_only_fields_of_the_form_are_corrected(house: House, answers: Any) -> None:
    view = house.apply()
    with pytest.raises(AnswerWrong):
        house.act(view, "accept", answers=answers)
    assert house.fresh(view) == view


def test_later_acts_correct_nothing(house: House) -> None:
    view = house.act(house.apply(), "accept")
    with pytest.raises(AnswerWrong, match="“审核通过”不能更正申请表"):
        house.act(view, "approve", answers={"phone": "13912345678"})
    assert house.fresh(view) == view


def test_no_checker_corrects_what_he_checks() -> None:
    for item in effective_all():
        for process in (item.process, *item.answers):
            for step in process.steps.values():
                if any(CORRECTING & set(act.needs) for act in step.do.values()):
                    assert step.not_by == (), (item.key, step.name)


def test_a_doubled_correction_is_one(house: House) -> None:
    view, key = _named(house), uuid4()
    once = house.act(view, "resubmit", answers={"phone": "13912345678"}, key=key)
    assert house.act(view, "resubmit", answers={"phone": "13912345678"}, key=key) == once
    assert CasePayload.objects.filter(case=view.id).count() == 2


def test_a_correction_that_calls_for_proof_needs_it_at_acceptance(house: House) -> None:
    view, proof = house.apply(KEY_INFO_ENTRY), _proof(house)
    assert KEY_INFO not in view.state.situations
    with pytest.raises(MaterialsMissing) as refused:
        house.act(view, "accept", answers={"new_unit_name": "试验新单位"})
    assert refused.value.details["missing"] == [proof]
    ticked = [*house.value(view, "checklist"), proof]
    view = house.act(view, "accept", answers={"new_unit_name": "试验新单位"}, checklist=ticked)
    assert KEY_INFO in view.state.situations
    assert house.fresh(view) == view
    assert list(case_faults(view.id)) == []


def test_a_correction_after_a_notice_brings_its_proof_with_it(house: House) -> None:
    proof = _proof(house)
    view = _named(house, KEY_INFO_ENTRY)
    with pytest.raises(CorrectionNeedsPapers) as refused:
        house.act(view, "resubmit", answers={"new_unit_name": "试验新单位"})
    assert refused.value.details["materials"] == [proof]
    brought = [*house.value(view, "brought_materials"), proof]
    view = house.act(view, "resubmit", answers={"new_unit_name": "试验新单位"}, brought_materials=brought)
    view = house.act(view, "notify", missing_materials=[*house.value(view, "missing_materials"), proof])
    assert view.step == "supplement", "what was said to be brought may be asked for again"
    assert list(case_faults(view.id)) == []


def test_key_information_taken_back_needs_no_proof(house: House) -> None:
    given = {**answers_for(house.version(KEY_INFO_ENTRY).item), "new_unit_name": "误填的名称"}
    view, proof = house.apply(KEY_INFO_ENTRY, answers=given), _proof(house)
    assert KEY_INFO in view.state.situations
    ticked = [key for key in house.value(view, "checklist") if key != proof]
    with pytest.raises(MaterialsMissing):
        house.act(view, "accept", checklist=ticked)
    view = house.act(view, "accept", checklist=ticked, answers={"new_unit_name": ""})
    assert KEY_INFO not in view.state.situations
    assert house.fresh(view) == view
    assert list(case_faults(view.id)) == []


def test_what_a_register_said_of_the_former_answers_holds_no_more(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {NUMBER: {"id-any": "civil-registry"}}
    for module in ("opening", "corrections"):
        monkeypatch.setattr(
            f"jingban.cases.{module}.shared_materials",
            lambda item, answers, **_: known.get(answers["id_number"], {}),
        )
    view = house.apply()
    assert view.state.shared == {"id-any": "civil-registry"}
    others = [key for key in house.value(view, "checklist") if key != "id-any"]
    with pytest.raises(MaterialsMissing) as refused:
        house.act(view, "accept", checklist=others, answers={"id_number": OTHER_NUMBER})
    assert refused.value.details["missing"] == ["id-any"]
    view = house.act(view, "accept", checklist=["id-any", *others], answers={"id_number": OTHER_NUMBER})
    assert view.state.shared == {}
    assert house.fresh(view) == view
    assert list(case_faults(view.id)) == []


@pytest.mark.parametrize(
    ("wrong", "form_too"),
    [
        (["phone"], False),
        (["withdrawal_reason"], True),
        (["agent_name"], True),
        ("phone", True),
        ([], True),
        (5, True),
    ],
)
def test_a_notice_names_only_answers_that_there_are(house: House, wrong: Any, form_too: bool) -> None:
    view = house.apply()
    named = ["application-form"] * form_too + house.value(view, "missing_materials")
    with pytest.raises(NeedMissing):
        house.act(view, "notify", missing_materials=named, wrong_answers=wrong)
    assert house.fresh(view) == view


def test_a_notice_names_the_answers_that_are_wrong(house: House) -> None:
    view = house.apply()
    named = ["application-form", *house.value(view, "missing_materials")]
    view = house.act(view, "notify", missing_materials=named, wrong_answers=["phone", "name"])
    event = CaseEvent.objects.get(case=view.id, seq=view.seq)
    assert event.data["needs"]["wrong_answers"] == ["name", "phone"]
    assert list(case_faults(view.id)) == []
