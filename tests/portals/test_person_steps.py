"""Applying step by step: saved on the way, gone on with anywhere, handed in once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from jingban.access.models import Mandate, User
from jingban.cases import drafts
from jingban.cases.models import Case, Draft
from jingban.rulebook.cache import effective_all, effective_item
from jingban.rulebook.effective import EffectiveItem
from jingban.uploads import service as uploads
from jingban.walk.answers import answers_for as samples
from tests.portals.conftest import NOW, PERSON, apply_url, published, signed_in, staff
from tests.uploads.make import jpeg


def begun(client: Client, item: EffectiveItem) -> str:
    """The address of a fresh application, without the step."""
    return str(client.get(apply_url(item) + "?new=1").url.rsplit("/", 2)[0])


def picture(name: str = "p.jpg", seed: int = 1) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, jpeg(seed=seed), "image/jpeg")


def seen(client: Client, address: str) -> str:
    page = client.get(address).content.decode()
    return re.findall(r'name="seen" value="(\d+)"', page)[0]


def filled(client: Client, item: EffectiveItem) -> str:
    """An application with everything but its materials."""
    address = begun(client, item)
    client.post(f"{address}/situation/", {"seen": 0, "go": "next", "office": item.accepted_by[0].id})
    answer = client.post(
        f"{address}/fill/",
        {**samples(item, PERSON), "seen": seen(client, f"{address}/fill/"), "go": "next"},
    )
    assert answer.status_code == 302, answer.content.decode()
    return address


def required(item: EffectiveItem) -> str:
    return next(
        m.id for m in item.materials if m.required and not (m.for_whom or m.when or m.channel or m.unless)
    )


def test_the_steps_count_themselves_and_lead_to_a_case(person: User, entry: EffectiveItem) -> None:
    client = signed_in(person)
    address = filled(client, entry)
    slot = required(entry)
    text = client.get(f"{address}/papers/").content.decode()
    assert "第 3 步，共 4 步：上传材料" in text
    assert "还缺" in text
    version = seen(client, f"{address}/papers/")
    sent = client.post(f"{address}/papers/", {"seen": version, "go": "next", f"file.{slot}": [picture()]})
    assert sent.url == f"{address}/check/"
    check = client.get(sent.url).content.decode()
    assert "已传1份" in check
    assert "张三" in check
    done = client.post(f"{address}/check/", {"seen": seen(client, sent.url), "go": "submit"})
    number = done.url.split("/")[2]
    case = Case.objects.get(number=number)
    assert slot in case.state["offered"]
    assert [u.slot for u in uploads.of_case(case.pk)] == [slot]
    assert Draft.objects.get().handed_in == number


def test_handing_in_twice_and_going_back_lead_to_the_same_case(person: User, entry: EffectiveItem) -> None:
    client = signed_in(person)
    address = filled(client, entry)
    sent = {"seen": seen(client, f"{address}/check/"), "go": "submit"}
    first = client.post(f"{address}/check/", sent)
    again = client.post(f"{address}/check/", sent)
    assert first.url == again.url
    assert client.get(f"{address}/fill/").url == first.url
    assert Case.objects.count() == 1


def test_what_is_typed_is_saved_by_itself_and_says_when(person: User, entry: EffectiveItem) -> None:
    client = signed_in(person)
    address = begun(client, entry)
    said = client.post(f"{address}/situation/", {"seen": 0, "go": "autosave"}).json()
    assert said == {"saved": "10:00:00", "seen": 1}
    said = client.post(f"{address}/fill/", {"seen": 1, "go": "autosave", "name": "张", "phone": "12"}).json()
    assert said["seen"] == 2
    other_device = signed_in(person)
    resumed = other_device.get(apply_url(entry))
    assert resumed.url == f"{address}/fill/"
    assert 'value="张"' in other_device.get(resumed.url).content.decode(), "half answers are kept as they are"


def test_later_is_listed_and_can_be_thrown_away(person: User, entry: EffectiveItem) -> None:
    client = signed_in(person)
    address = begun(client, entry)
    assert client.post(f"{address}/situation/", {"seen": 0, "go": "later"}).url == "/my/"
    text = client.get("/my/").content.decode()
    assert entry.name in text
    assert "没有提交的申请" in text
    assert f'href="{address}/situation/"' in text
    draft = Draft.objects.get()
    assert (
        signed_in(User.objects.create_user("zhao")).post(f"/my/drafts/{draft.pk}/discard/").status_code == 404
    )
    assert client.post(f"/my/drafts/{draft.pk}/discard/").status_code == 302
    assert not Draft.objects.exists()


def test_wrong_answers_are_saved_and_told(person: User, entry: EffectiveItem) -> None:
    client = signed_in(person)
    address = begun(client, entry)
    client.post(f"{address}/situation/", {"seen": 0, "go": "next", "office": entry.accepted_by[0].id})
    sent = {**samples(entry, PERSON), "phone": "12", "seen": seen(client, f"{address}/fill/"), "go": "next"}
    page = client.post(f"{address}/fill/", sent)
    assert page.status_code == 422
    assert "✕ 电话号码应为7至12位数字" in page.content.decode()
    assert drafts.contents(Draft.objects.get()).answers["phone"] == "12"
    check = client.get(f"{address}/check/").content.decode()
    assert f'href="{address}/fill/?back=check#phone"' in check
    assert "确认提交" not in check
    forced = client.post(f"{address}/check/", {"seen": seen(client, f"{address}/check/"), "go": "submit"})
    assert forced.status_code == 422
    assert not Case.objects.exists()


def test_two_pages_keep_both_versions(person: User, entry: EffectiveItem) -> None:
    client = signed_in(person)
    address = begun(client, entry)
    client.post(f"{address}/situation/", {"seen": 0, "go": "next", "office": entry.accepted_by[0].id})
    version = seen(client, f"{address}/fill/")
    assert (
        client.post(f"{address}/fill/", {"seen": version, "go": "autosave", "name": "甲"}).status_code == 200
    )
    behind = {"seen": version, "name": "乙"}
    told = client.post(f"{address}/fill/", {**behind, "go": "autosave"})
    assert told.status_code == 409
    assert "没有丢" in told.json()["words"]
    page = client.post(f"{address}/fill/", {**behind, "go": "next"})
    text = page.content.decode()
    assert page.status_code == 409
    assert "<td>乙</td>" in text
    assert "<td>甲</td>" in text
    assert 'value="甲"' in client.get(f"{address}/fill/").content.decode()
    swap = {"seen": re.findall(r'name="seen" value="(\d+)"', text)[0], "go": "swap"}
    assert client.post(f"{address}/fill/", swap).status_code == 302
    assert 'value="乙"' in client.get(f"{address}/fill/").content.decode()


def test_what_another_page_filled_in_is_seen_before_it_is_gone(person: User, entry: EffectiveItem) -> None:
    client = signed_in(person)
    address = filled(client, entry)
    version = int(seen(client, f"{address}/check/"))
    late = {**samples(entry, PERSON), "seen": version - 1, "go": "autosave"}
    check = client.get(f"{address}/check/").content.decode()
    assert "没有用上的内容" not in check
    assert client.post(f"{address}/fill/", {**late, "name": "甲"}).status_code == 409
    submit = {"seen": version, "go": "submit"}
    page = client.post(f"{address}/check/", submit)
    assert page.status_code == 409
    assert not Case.objects.exists(), "the page that hands in was shown before the other one was laid aside"
    text = page.content.decode()
    assert "没有用上的内容" in text
    assert "<td>甲</td>" in text
    (mark,) = re.findall(r'name="asides" value="([^"]+)"', text)
    assert client.post(f"{address}/check/", {**submit, "asides": mark}).url.endswith("/done/")
    assert Case.objects.count() == 1


def test_any_of_the_other_pages_can_be_taken_instead(
    person: User, entry: EffectiveItem, clock: Callable[[datetime], None]
) -> None:
    client = signed_in(person)
    address = filled(client, entry)
    version = int(seen(client, f"{address}/check/"))
    for minute, name in ((1, "甲"), (2, "乙")):
        clock(NOW + timedelta(minutes=minute))
        late = {**samples(entry, PERSON), "seen": version - 1, "go": "autosave", "name": name}
        assert client.post(f"{address}/fill/", late).status_code == 409
    text = client.get(f"{address}/check/").content.decode()
    words = re.findall(r'name="go" value="(swap-[^"]+)"', text)
    assert len(words) == 2
    assert client.post(f"{address}/check/", {"seen": version, "go": words[1]}).status_code == 302
    assert 'value="甲"' in client.get(f"{address}/fill/").content.decode()
    assert len(drafts.all_aside(Draft.objects.get())) == 2


def test_a_file_that_meets_the_submission_leads_to_the_case(
    person: User, entry: EffectiveItem, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = signed_in(person)
    address, slot = filled(client, entry), required(entry)
    sent = {"seen": seen(client, f"{address}/papers/"), "go": "upload", f"file.{slot}": [picture()]}
    take, other = uploads.take, signed_in(person)

    def meanwhile(**how: object) -> object:
        check = f"{address}/check/"
        assert other.post(check, {"seen": seen(other, check), "go": "submit"}).status_code == 302
        return take(**how)  # type: ignore[arg-type]

    monkeypatch.setattr(uploads, "take", meanwhile)
    told = client.post(f"{address}/papers/", sent)
    number = Case.objects.get().number
    assert number in told.url
    assert not uploads.Upload.objects.exists(), "a file that would belong to nothing"


def test_nobody_elses_draft_is_reached(person: User, entry: EffectiveItem) -> None:
    address = filled(signed_in(person), entry)
    other = signed_in(User.objects.create_user("zhao"))
    assert PERSON["name"] not in other.get(f"{address}/fill/", follow=True).content.decode()
    assert other.post(f"{address}/fill/", {"seen": 0, "name": "赵"}).status_code == 404


def test_a_telephone_offers_its_camera_and_its_files(person: User, entry: EffectiveItem) -> None:
    client = signed_in(person)
    address, slot = filled(client, entry), required(entry)
    text = client.get(f"{address}/papers/").content.decode()
    camera, files = re.findall(rf'<input[^>]* name="file.{slot}"[^>]*>', text)
    assert 'capture="environment"' in camera
    assert "capture" not in files, "on telephones it would leave the camera only"
    assert "multiple" in files


def test_what_only_a_counter_asks_is_neither_shown_nor_taken(person: User) -> None:
    item = effective_item("puyang", "agency", "employee-enrolment")
    published(item)
    client = signed_in(person)
    address = filled(client, item)
    assert "名册编号" not in client.get(f"{address}/fill/").content.decode()
    sent = {**samples(item, PERSON), "roster": "7", "seen": seen(client, f"{address}/fill/"), "go": "next"}
    client.post(f"{address}/fill/", sent)
    assert "roster" not in drafts.contents(Draft.objects.get()).answers
    assert "名册编号" in signed_in(staff(item, "window")).get(apply_url(item)).content.decode()


def test_photographs_are_turned_and_taken_out(person: User, entry: EffectiveItem) -> None:
    client = signed_in(person)
    address, slot = filled(client, entry), required(entry)
    version = seen(client, f"{address}/papers/")
    many = [picture(seed=1), picture("q.jpg", seed=2)]
    client.post(f"{address}/papers/", {"seen": version, "go": "upload", f"file.{slot}": many})
    draft = Draft.objects.get()
    first, second = uploads.of_draft(draft.pk)
    assert "已传2份" in client.get(f"{address}/papers/").content.decode()
    version = seen(client, f"{address}/papers/")
    client.post(f"{address}/papers/", {"seen": version, "go": f"turn-{first.pk}"})
    client.post(f"{address}/papers/", {"seen": seen(client, f"{address}/papers/"), "go": f"drop-{second.pk}"})
    (left,) = uploads.of_draft(draft.pk)
    assert (left.pk, left.quarters) == (first.pk, 1)


def test_a_file_that_cannot_be_taken_is_told_beside_its_material(person: User, entry: EffectiveItem) -> None:
    client = signed_in(person)
    address, slot = filled(client, entry), required(entry)
    bad = SimpleUploadedFile("a.jpg", b"no picture", "image/jpeg")
    sent = {"seen": seen(client, f"{address}/papers/"), "go": "upload", f"file.{slot}": [bad, picture()]}
    page = client.post(f"{address}/papers/", sent, headers={"HX-Request": "true"})
    text = page.content.decode()
    assert page.status_code == 422
    assert "✕ a.jpg：" in text
    assert "已传1份" in text, "the one that is good was kept"
    assert "<html" not in text


def test_a_file_for_another_situation_is_shown_so_that_it_can_be_taken_out(person: User) -> None:
    item, paper = next(
        (one, m.id)
        for one in effective_all()
        for m in one.materials
        if [n.id for n in m.when] == ["delegated"]
        and not m.for_whom
        and not one.opens
        and not one.facts_asked
    )
    published(item)
    client = signed_in(person)
    address = begun(client, item)
    first = {"seen": 0, "go": "next", "situation": "delegated", "office": item.accepted_by[0].id}
    client.post(f"{address}/situation/", first)
    client.post(f"{address}/papers/", {"seen": 1, "go": "upload", f"file.{paper}": [picture()]})
    text = client.get(f"{address}/papers/").content.decode()
    assert "按您现在的情况不用交" not in text
    client.post(f"{address}/situation/", {**first, "seen": 2, "situation": ""})
    text = client.get(f"{address}/papers/").content.decode()
    (drop,) = re.findall(r'value="(drop-[\w-]+)"', text)
    assert "按您现在的情况不用交" in text
    assert f'id="file-{paper}"' not in text
    client.post(f"{address}/papers/", {"seen": seen(client, f"{address}/papers/"), "go": drop})
    assert uploads.of_draft(Draft.objects.get().pk) == []


def test_a_paper_may_be_brought_to_the_window_instead(person: User, entry: EffectiveItem) -> None:
    client = signed_in(person)
    address, slot = filled(client, entry), required(entry)
    sent = {"seen": seen(client, f"{address}/papers/"), "go": "next", "supplied": [slot, "no-such-thing"]}
    client.post(f"{address}/papers/", sent)
    done = client.post(f"{address}/check/", {"seen": seen(client, f"{address}/check/"), "go": "submit"})
    assert Case.objects.get(number=done.url.split("/")[2]).state["offered"] == [slot]


def test_under_a_mandate_the_draft_says_for_whom(person: User, entry: EffectiveItem) -> None:
    principal = User.objects.create_user("li", name="李某")
    mandate = Mandate.objects.create(
        principal=principal, agent=person, proof="授权委托书", start_on="2026-01-01"
    )
    client = signed_in(person)
    address = begun(client, entry)
    first = {"seen": 0, "go": "next", "whom": f"mandate-{mandate.pk}", "office": entry.accepted_by[0].id}
    client.post(f"{address}/situation/", first)
    assert Draft.objects.get().mandate == mandate.pk
    sent = {**samples(entry, PERSON), "seen": seen(client, f"{address}/fill/"), "go": "next"}
    client.post(f"{address}/fill/", sent)
    done = client.post(f"{address}/check/", {"seen": seen(client, f"{address}/check/"), "go": "submit"})
    assert Case.objects.get(number=done.url.split("/")[2]).applicant_id == principal.pk


def test_a_mandate_that_ended_does_not_turn_the_draft_into_ones_own(
    person: User, entry: EffectiveItem
) -> None:
    principal = User.objects.create_user("li", name="李某")
    mandate = Mandate.objects.create(
        principal=principal, agent=person, proof="授权委托书", start_on="2026-01-01"
    )
    client = signed_in(person)
    address = begun(client, entry)
    first = {"seen": 0, "go": "next", "whom": f"mandate-{mandate.pk}", "office": entry.accepted_by[0].id}
    client.post(f"{address}/situation/", first)
    Mandate.objects.update(end_on="2026-02-01")
    page = client.get(f"{address}/fill/")
    assert page.status_code == 403
    assert "委托已经终止" in page.content.decode()
    assert client.get(apply_url(entry)).url != f"{address}/situation/", "another one may be begun"


def test_a_draft_that_expired_starts_anew(
    person: User, entry: EffectiveItem, clock: Callable[[datetime], None]
) -> None:
    client = signed_in(person)
    address = filled(client, entry)
    clock(NOW + timedelta(days=40))
    assert client.get(f"{address}/fill/").url == apply_url(entry)


def test_a_clerk_at_the_counter_has_the_form_in_one_page(entry: EffectiveItem) -> None:
    client = signed_in(staff(entry, "window"))
    page = client.get(apply_url(entry))
    assert page.status_code == 200
    assert "代录" in page.content.decode()
    draft = UUID(int=5)
    assert client.get(f"{apply_url(entry)}{draft}/fill/").url == f"{apply_url(entry)}?draft={draft}"


@pytest.mark.parametrize("step", ["check", "papers", "nonsense"])
def test_no_step_before_the_first(person: User, entry: EffectiveItem, step: str) -> None:
    client = signed_in(person)
    address = begun(client, entry)
    assert client.get(f"{address}/{step}/", follow=True).status_code == 200
    assert not Draft.objects.exists()
