"""What the papers of a case say: as of their event, in the words of the form, and to whom."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest

from jingban.access.models import User
from jingban.cases.actions import NOBODY
from jingban.cases.models import CaseEvent
from jingban.cases.moving import move
from jingban.cases.tick import tick
from jingban.cases.view import CaseView
from jingban.cases.view import read as read_case
from jingban.documents import kinds
from jingban.documents.actions import content_kept, file_of, issue_of_case, look
from jingban.documents.case_papers import SOURCES, Subject, content_of, form_kinds, source
from jingban.documents.content import Content
from jingban.documents.models import IssuedPaper
from jingban.rulebook import publish
from jingban.rulebook.cache import effective_item
from tests.documents.reading import read
from tests.houses import NAME, NUMBER, PAYMENT, STANDARD, TIP_OFF, House, staff


def facts(content: Content | None) -> dict[str, tuple[str, ...]]:
    assert content is not None
    return {line.label: line.lines for line in content.facts}


def outside(content: Content | None) -> dict[str, tuple[str, ...]]:
    assert content is not None
    return {f.label: f.outside or () for f in content.facts}


@pytest.fixture
def accepted(house: House) -> CaseView:
    return house.act(house.apply(), "accept")


def test_acceptance_says_number_list_and_both_limits(accepted: CaseView) -> None:
    content = content_of(accepted, 2, "acceptance-notice")
    said = facts(content)
    assert content
    assert content.addressee == content.holder == NAME
    assert "决定予以受理" in content.opening[0]
    assert said["办件编号"] == (accepted.number,)
    assert said["查询码"] == (accepted.query_code,)
    assert said["收件清单"][0].startswith("1. ")
    assert said["法定期限"]
    assert said["承诺期限"]
    assert said["承诺办结日期"] == ("2026年3月16日",)


def test_one_off_notice_lists_everything_and_its_last_day(house: House) -> None:
    view = house.apply()
    view = house.act(view, "notify")
    said = facts(content_of(view, view.seq, "one-off-notice"))
    missing = CaseEvent.objects.get(case_id=view.id, seq=view.seq).data["needs"]["missing_materials"]
    assert len(said["需补正的全部材料"]) == len(missing)
    assert said["补正期限"][0].startswith("请于2026年")
    assert "不再要求补充" in said["一次性告知声明"][0]


def test_lapse_says_when_it_was_asked_and_what_never_came(house: House) -> None:
    view = house.act(house.apply(), "notify")
    told = facts(content_of(view, view.seq, "one-off-notice"))
    house.later(days=90)
    assert tick(now=house.now).fired
    view = read_case(view.id)[0]
    said = facts(content_of(view, view.seq, "lapse-notice"))
    assert said["告知补正日期"] == ("2026年3月2日",)
    assert said["未补正的材料"] == told["需补正的全部材料"]
    assert said["补正期限"][0].removesuffix("止") in told["补正期限"][0]


def test_the_clerk_is_named_and_an_applicant_is_not(house: House) -> None:
    clerk = User.objects.create_user("window", name="李某")
    view = house.apply()
    view = house.act(view, "notify", actor=staff(clerk.pk, "window"))
    assert facts(content_of(view, view.seq, "one-off-notice"))["经办人"] == ("李某",)


def test_what_a_query_code_opens_is_not_personal(house: House) -> None:
    view = house.act(house.apply(), "decline", reason=f"因{NAME}本人情况不符", basis="某法第一条")
    content = content_of(view, view.seq, "non-acceptance-notice")
    assert facts(content)["不予受理理由"] == (f"因{NAME}本人情况不符",)
    assert outside(content)["不予受理理由"] == ()
    assert outside(content)["依据"] == ("某法第一条",)
    assert outside(content)["申请人"] == ("张**",)


def test_proof_of_delivery_names_what_is_delivered(accepted: CaseView) -> None:
    content = content_of(accepted, 2, kinds.DELIVERY)
    said = facts(content)
    assert said["送达文书名称和编号"] == (f"《受理通知书》 {accepted.number}-2",)
    assert said["受送达人"] == (NAME,)
    assert content
    assert not content.addressee
    assert [s.label for s in content.signers] == ["收件人", "送达人"]
    assert content_of(accepted, 1, kinds.DELIVERY) is None, "nothing was delivered then"


def test_the_form_that_the_guide_names_is_filled_from_the_application(accepted: CaseView) -> None:
    item = publish.version(accepted.version_id).item
    ((key, name),) = form_kinds(item)
    assert "登记表" in name
    content = content_of(accepted, 1, key)
    said = facts(content)
    assert content
    assert content.title == name.strip("《》")
    assert set(said) >= {f.label for f in item.form if not f.when}
    assert NUMBER in said["证件号码"]
    assert "真实、准确、完整" in content.closing[0]
    assert content.signers[0].label == "申请人（签名）"
    assert all(f.outside == () for f in content.facts if f.label in {x.label for x in item.form})
    assert content_of(accepted, 2, key) is None, "the form came with the application"


def test_an_entry_without_a_named_form_has_one_of_its_own(house: House) -> None:
    view = house.apply(PAYMENT)
    ((key, name),) = form_kinds(publish.version(view.version_id).item)
    assert key == kinds.FORM
    row = issue_of_case(view=view, seq=1, kind=key, actor=NOBODY, now=house.now)
    assert row
    found = read(file_of(row))
    for text in (name.strip("《》"), NAME, NUMBER, "申请人（签名）"):
        assert text in found
    assert not any("印章" in alt for alt in found.pictures)


def test_a_reporter_is_named_nowhere(house: House) -> None:
    view = house.apply(TIP_OFF)
    event = CaseEvent.objects.get(case_id=view.id, seq=1)
    event.data["documents"] = ["tip-off-decision"]
    CaseEvent.objects.filter(pk=event.pk).update(data=event.data)
    content = content_of(view, 1, "tip-off-decision")
    assert content
    assert content.addressee == "举报人"
    assert content.holder == ""
    assert NAME not in content.texts()


def test_a_notice_for_the_wall_is_addressed_to_nobody_and_masks_the_name(accepted: CaseView) -> None:
    event = CaseEvent.objects.get(case_id=accepted.id, seq=2)
    event.data["documents"] = ["public-notice"]
    CaseEvent.objects.filter(pk=event.pk).update(data=event.data)
    content = content_of(accepted, 2, "public-notice")
    assert content
    assert content.addressee == ""
    assert facts(content)["公示名单"] == ("张**",)


def test_result_is_told_by_the_end_the_act_led_to(house: House) -> None:
    view = house.act(house.apply(), "accept")
    while view.is_open:
        step = house.procedure(view).process.steps[view.step]
        view = house.act(view, next(iter(step.do)))
    seq = next(
        e.seq
        for e in CaseEvent.objects.filter(case_id=view.id)
        if "result-notice" in e.data.get("documents", ())
    )
    assert facts(content_of(view, seq, "result-notice"))["办理结果"]


@pytest.fixture
def kept_elsewhere(monkeypatch: pytest.MonkeyPatch) -> Callable[[Content | None], None]:
    def register(content: Content | None) -> None:
        monkeypatch.setitem(
            SOURCES, "acceptance-notice", lambda view, seq: content and Subject("own:1", "OWN1", content)
        )

    return register


def test_a_register_of_its_own_fills_the_paper_of_a_case(
    accepted: CaseView, house: House, kept_elsewhere: Callable[[Content | None], None]
) -> None:
    own = Content(sender="某县医疗保障局", day=house.now.date(), holder="甲")
    kept_elsewhere(own)
    seen, row = look(accepted, 2, "acceptance-notice") or (None, None)
    assert (seen, row) == (own, None)
    made = issue_of_case(view=accepted, seq=2, kind="acceptance-notice", actor=NOBODY, now=house.now)
    assert made
    assert (made.number, made.subject, made.case) == ("OWN1", "own:1", None)
    kept_elsewhere(own.model_copy(update={"holder": "乙"}))
    seen, row = look(accepted, 2, "acceptance-notice") or (None, None)
    assert row == made
    assert seen
    assert seen.holder == "甲"
    assert content_kept(made).holder == "甲"
    assert IssuedPaper.objects.count() == 1


def test_a_register_that_knows_nothing_leaves_it_to_the_case(
    accepted: CaseView, kept_elsewhere: Callable[[Content | None], None]
) -> None:
    kept_elsewhere(None)
    seen, _ = look(accepted, 2, "acceptance-notice") or (None, None)
    assert facts(seen)["办件编号"] == (accepted.number,)


def test_sources_are_registered_by_name() -> None:
    @source("of-this-test")
    def found(view: CaseView, seq: int) -> None:
        return None

    assert SOURCES.pop("of-this-test") is found


def test_a_paper_speaks_in_the_words_of_its_own_time(house: House) -> None:
    """The case was moved to a newer version meanwhile: earlier papers keep the older entry's words."""
    view = house.act(house.apply(), "accept")
    old = effective_item(*STANDARD)
    publish.publish([old.model_copy(update={"name": "新名称", "hash": "f" * 64})], now=house.now)
    boss = staff(User.objects.create_user("boss").pk, "head")
    moved = move(view.id, actor=boss, seen=view.seq, key=uuid4(), now=house.now)
    view = house.act(moved, "approve")
    early, late = content_of(view, 2, "acceptance-notice"), content_of(view, view.seq, "result-notice")
    assert early is not None
    assert old.name in "".join(early.opening)
    assert late is not None
    assert "新名称" in "".join(late.opening)
    row = issue_of_case(view=view, seq=2, kind="acceptance-notice", actor=NOBODY, now=house.now)
    assert row is not None
    assert "新名称" not in content_kept(row).model_dump_json()
    assert (
        row.rulebook == publish.version(moved.version_id - 1).hash != publish.version(moved.version_id).hash
    )
    form, _ = form_kinds(old)[0]
    told = content_of(view, 1, form)
    assert told is not None
    assert "新名称" not in (told.title or "")
