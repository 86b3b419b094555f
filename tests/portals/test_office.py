"""The back office: who may, accounts and roles of two people, villages, means, the guide, what went wrong."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client

from jingban.access.models import Entrustment, Grant, GrantProposal, OfficeSwitch, User
from jingban.access.service import Recorded, actor_of
from jingban.audit.models import Entry
from jingban.cases import moving
from jingban.cases.materials import slots
from jingban.cases.models import Case, Message, NoticeBreach
from jingban.cases.verify import case_faults
from jingban.messaging.service import OutgoingMessage
from jingban.portals import book
from jingban.portals.office import guide
from jingban.rulebook import cache, publish
from jingban.rulebook.effective import EffectiveItem
from jingban.rulebook.models import OwnPhrase, PublishedItem
from tests.portals.conftest import NOW, hand_in, published, signed_in, staff

ROOMS = ("", "people/", "places/", "guide/", "running/", "words/", "calendar/", "calendar/2026/", "failures/")
MANAGED = ("people/", "places/")


@pytest.fixture
def admin(entry: EffectiveItem) -> User:
    return staff(entry, "administrator", name="admin")


@pytest.fixture
def client(admin: User) -> Client:
    return signed_in(admin)


def text(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, answer.content.decode()
    return answer.content.decode()


def audited(kind: str = "changed") -> list[str]:
    return list(
        Entry.objects.using("audit").filter(kind=kind).order_by("id").values_list("detail", flat=True)
    )


# ---- who gets in


def test_rooms_are_open_to_their_roles(entry: EffectiveItem, client: Client) -> None:
    head, clerk = signed_in(staff(entry, "head")), signed_in(staff(entry, "window"))
    elsewhere = User.objects.create_user("elsewhere")
    Grant.objects.create(user=elsewhere, region="nowhere", role="administrator", start_on="2026-01-01")
    for room in ROOMS:
        assert client.get(f"/office/{room}").status_code == 200, room
        assert head.get(f"/office/{room}").status_code == (403 if room in MANAGED else 200), room
        assert clerk.get(f"/office/{room}").status_code == 403
        assert signed_in(elsewhere).get(f"/office/{room}?region={entry.region}").status_code == 403
        assert Client().get(f"/office/{room}").status_code == 302
    assert "后台只供" in " ".join(audited("refused"))
    assert 'href="/office/"' in text(client, "/office/")
    assert 'href="/office/"' not in text(clerk, "/desk/")


def test_an_administrator_reads_no_case(entry: EffectiveItem, client: Client) -> None:
    number = hand_in(signed_in(User.objects.create_user("wang")), entry)
    assert client.get(f"/desk/case/{number}/").status_code == 403


# ---- accounts and roles


def created(client: Client, **more: str) -> Any:
    said = {
        "username": "liu.fang",
        "name": "刘芳",
        "role": "window",
        "office": "",
        "start_on": "",
        "end_on": "",
    }
    return client.post("/office/people/", {**said, **more})


def test_a_new_account_gets_a_password_that_is_shown_once(entry: EffectiveItem, client: Client) -> None:
    page = created(client).content.decode()
    password = re.search(r"secret[^>]*>([a-z0-9-]+)<", page)
    assert password is not None
    user = User.objects.get(username="liu.fang")
    assert user.check_password(password[1])
    assert actor_of(user, NOW.date()).roles_in(entry.region, "") == {"window"}
    assert password[1] not in text(client, f"/office/people/{user.pk}/")
    assert "新建账号liu.fang，岗位前台受理" in audited()
    assert not [line for line in audited() if password[1] in line]


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"username": "刘"}, "用户名为3至64位"),
        ({"username": "ADMIN"}, "已有人用"),
        ({"name": ""}, "请填写姓名"),
        ({"role": "system"}, "请选择"),
        ({"office": "没有这个处"}, "本地区没有"),
        ({"start_on": "20260302", "end_on": "20260301"}, "止期早于起期"),
    ],
)
def test_a_wrong_account_is_told_and_not_made(client: Client, wrong: dict[str, str], told: str) -> None:
    answer = created(client, **wrong)
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert not User.objects.filter(name="刘芳").exists()


def test_nobody_gives_himself_a_role_or_closes_himself(
    entry: EffectiveItem, admin: User, client: Client
) -> None:
    own = Grant.objects.get(user=admin)
    assert client.post(f"/office/people/{admin.pk}/", {"role": "head"}).status_code == 403
    for do in ("close", "password"):
        assert client.post(f"/office/people/{admin.pk}/{do}/").status_code == 403
    assert client.post(f"/office/grants/{own.pk}/end/").status_code == 403
    assert Grant.objects.get(user=admin).end_on is None


def test_a_role_that_pays_needs_a_colleague(entry: EffectiveItem, admin: User, client: Client) -> None:
    created(client, role="cashier")
    user = User.objects.get(username="liu.fang")
    proposal = GrantProposal.objects.get()
    assert not Grant.objects.filter(user=user).exists()
    address = f"/office/proposals/{proposal.pk}/"
    assert client.post(address, {"do": "agree"}).status_code == 403
    Grant.objects.create(user=user, region=entry.region, role="head", start_on="2026-01-01")
    User.objects.filter(pk=user.pk).update(must_change_password=False)
    assert signed_in(user).post(address, {"do": "agree"}).status_code == 403
    assert signed_in(staff(entry, "window")).post(address, {"do": "agree"}).status_code == 403
    head = signed_in(staff(entry, "head", name="lao"))
    assert "等同事决定的岗位" in text(head, "/office/")
    assert head.post(address, {"do": "agree"}).status_code == 302
    assert Grant.objects.filter(user=user, role="cashier").exists()
    head.post(address, {"do": "agree"})
    assert Grant.objects.filter(user=user, role="cashier").count() == 1
    assert audited()[-1] == "同意给予liu.fang岗位拨付结算"


def test_one_pair_of_hands_is_not_two_people(entry: EffectiveItem, client: Client, clock: Any) -> None:
    """Neither by an account of one's own making nor by resetting a colleague's password."""
    created(client, username="puppet", role="head")
    puppet = User.objects.get(username="puppet")
    assert not Grant.objects.filter(user=puppet).exists(), "who decides is decided by two as well"
    second = signed_in(staff(entry, "administrator", name="second"))
    second.post(f"/office/proposals/{GrantProposal.objects.get().pk}/", {"do": "agree"})
    created(client, role="cashier")
    proposal = GrantProposal.objects.get(role="cashier")
    address = f"/office/proposals/{proposal.pk}/"
    User.objects.filter(pk=puppet.pk).update(must_change_password=False)  # by whoever holds the password
    answer = signed_in(puppet).post(address, {"do": "agree"})
    assert answer.status_code == 403
    assert "刚设的" in answer.content.decode()
    assert not Grant.objects.filter(role="cashier").exists()
    clock(NOW + timedelta(days=8))
    assert signed_in(puppet).post(address, {"do": "agree"}).status_code == 302
    assert Grant.objects.filter(role="cashier").exists()


def test_a_reset_colleague_gives_nothing_to_who_reset(
    entry: EffectiveItem, admin: User, client: Client
) -> None:
    colleague = staff(entry, "administrator", name="colleague")
    assert client.post(f"/office/people/{colleague.pk}/password/").status_code == 200
    User.objects.filter(pk=colleague.pk).update(must_change_password=False)
    colleague.refresh_from_db()
    answer = signed_in(colleague).post(f"/office/people/{admin.pk}/", {"role": "window"})
    assert answer.status_code == 403
    created(signed_in(colleague), role="cashier")
    address = f"/office/proposals/{GrantProposal.objects.get().pk}/"
    assert client.post(address, {"do": "agree"}).status_code == 403, "proposed by a hand of one's own"


def test_a_temporary_password_is_changed_first(entry: EffectiveItem, client: Client) -> None:
    page = created(client).content.decode()
    found = re.search(r"secret[^>]*>([a-z0-9-]+)<", page)
    assert found is not None
    given, fresh = found[1], Client()
    fresh.post("/login/", {"username": "liu.fang", "password": given})
    for address in ("/desk/", "/", "/my/"):
        answer = fresh.get(address)
        assert (answer.status_code, answer.headers["Location"]) == (302, "/office/password/"), address
    assert "临时口令" in text(fresh, "/office/password/")
    said = {"old_password": given, "new_password1": given, "new_password2": given}
    assert "不能和现在的一样" in fresh.post("/office/password/", said).content.decode()
    for weak in ("1", "20260302", "password"):
        said |= {"new_password1": weak, "new_password2": weak}
        assert fresh.post("/office/password/", said).status_code == 422, weak
    said |= {"new_password1": "qing-ping-2026", "new_password2": "qing-ping-2026"}
    assert fresh.post("/office/password/", said).status_code == 302
    assert fresh.get("/desk/").status_code == 200
    clerk = User.objects.get(username="liu.fang")
    client.post(f"/office/people/{clerk.pk}/password/")
    clerk.refresh_from_db()
    assert clerk.must_change_password


def test_an_account_of_another_region_keeps_its_password(entry: EffectiveItem, client: Client) -> None:
    both, gone = staff(entry, "window", name="both"), staff(entry, "window", name="gone")
    Grant.objects.create(user=both, region="elsewhere", role="administrator", start_on="2026-01-01")
    Grant.objects.filter(user=gone).update(end_on="2026-02-01")
    for user, words in ((both, "别的地区还有岗位"), (gone, "已经没有岗位")):
        before = user.password
        page = client.post(f"/office/people/{user.pk}/password/", follow=True).content.decode()
        assert words in page
        assert "临时口令" not in page
        user.refresh_from_db()
        assert user.password == before
    User.objects.filter(pk=both.pk).update(is_active=False)
    client.post(f"/office/people/{both.pk}/open/")
    both.refresh_from_db()
    assert not both.is_active


def test_a_role_at_one_office_does_not_rule_the_region(entry: EffectiveItem) -> None:
    for role, rooms in (("administrator", ("", "people/", "places/")), ("head", ("", "guide/", "running/"))):
        user = User.objects.create_user(f"small-{role}")
        Grant.objects.create(
            user=user, region=entry.region, role=role, office="one-office", start_on="2026-01-01"
        )
        for room in rooms:
            assert signed_in(user).get(f"/office/{room}").status_code == 403, (role, room)
    assert created(signed_in(User.objects.get(username="small-administrator"))).status_code == 403
    assert not User.objects.filter(username="liu.fang").exists()
    head = signed_in(User.objects.get(username="small-head"))
    assert head.post("/office/guide/publish/", {"digest": cache.current().digest}).status_code == 403
    assert 'href="/office/"' not in text(head, "/desk/")


def test_a_village_is_named_as_the_registers_write_it(entry: EffectiveItem, client: Client) -> None:
    bodies = book.region_card(entry.region).bodies
    key, body = next(iter(bodies.items()))
    created(client, role="village", office=body.name)
    created(client, username="other", role="window", office=body.name)
    offices = {g.role: g.office for g in Grant.objects.filter(role__in=("village", "window"))}
    assert offices == {"village": body.name, "window": key}
    page = text(client, f"/office/people/{User.objects.get(username='other').pk}/")
    assert f"，{body.name}，" in page, "by its name, not by the key of the file"


def test_a_doctor_s_role_names_the_hospital(entry: EffectiveItem, client: Client) -> None:
    shared = next(iter(book.region_card(entry.region).bodies.items()))
    for nobody in ("", shared[0], shared[1].name):
        answer = created(client, role="institution", office=nobody)
        assert (answer.status_code, "这家医院的全称" in answer.content.decode()) == (422, True)
    created(client, role="institution", office="演练　医院（东院）")
    assert Grant.objects.get(role="institution").office == "演练医院(东院)"


def test_a_declined_proposal_gives_nothing(entry: EffectiveItem, client: Client) -> None:
    created(client, role="administrator")
    other = signed_in(staff(entry, "administrator", name="second"))
    other.post(f"/office/proposals/{GrantProposal.objects.get().pk}/", {"do": "decline"})
    assert not Grant.objects.filter(user__username="liu.fang").exists()


def test_a_deputy_stands_in_for_a_time(entry: EffectiveItem, client: Client) -> None:
    chief = staff(entry, "reviewer", name="chief")
    deputy = staff(entry, "entry", name="deputy")
    address, said = f"/office/people/{deputy.pk}/", {"role": "reviewer", "deputy_for": str(chief.pk)}
    assert "要写明止期" in client.post(address, said).content.decode()
    wrong = client.post(address, {**said, "role": "window", "end_on": "20260310"}).content.decode()
    assert "没有这个岗位" in wrong
    assert client.post(address, {**said, "end_on": "20260310"}).status_code == 302
    for day, roles in ((date(2026, 3, 10), {"entry", "reviewer"}), (date(2026, 3, 11), {"entry"})):
        assert actor_of(deputy, day).roles_in(entry.region, "") == roles
    assert "代理chief" in text(client, address)
    assert "已经有这个岗位" in client.post(address, {**said, "end_on": "20260310"}).content.decode()


def test_a_role_ends_and_an_account_closes(entry: EffectiveItem, client: Client) -> None:
    clerk = staff(entry, "window")
    grant = Grant.objects.get(user=clerk)
    assert signed_in(clerk).get("/desk/").status_code == 200
    client.post(f"/office/grants/{grant.pk}/end/")
    grant.refresh_from_db()
    assert grant.end_on == NOW.date()
    desk = signed_in(clerk)
    client.post(f"/office/people/{clerk.pk}/close/")
    assert desk.get("/desk/").status_code == 302
    client.post(f"/office/people/{clerk.pk}/open/")
    assert desk.get("/desk/").status_code == 200
    Grant.objects.create(user=clerk, region="elsewhere", role="window", start_on="2026-01-01")
    client.post(f"/office/people/{clerk.pk}/close/")
    clerk.refresh_from_db()
    assert clerk.is_active
    stranger = User.objects.create_user("stranger")
    assert client.post(f"/office/people/{stranger.pk}/close/").status_code == 404


def test_a_reset_password_ends_the_old_sessions(entry: EffectiveItem, client: Client) -> None:
    clerk = staff(entry, "window")
    desk = signed_in(clerk)
    assert "临时口令" in client.post(f"/office/people/{clerk.pk}/password/").content.decode()
    assert desk.get("/desk/").status_code == 302


def test_the_own_password_is_changed(entry: EffectiveItem) -> None:
    clerk = staff(entry, "window")
    client = signed_in(clerk)
    said = {"old_password": "x", "new_password1": "qing-ping-2026", "new_password2": "qing-ping-2026"}
    assert client.post("/office/password/", {**said, "old_password": "y"}).status_code == 422
    assert client.post("/office/password/", said).status_code == 302
    clerk.refresh_from_db()
    assert clerk.check_password("qing-ping-2026")
    assert client.get("/desk/").status_code == 200


# ---- villages and means


def test_a_village_is_entrusted_and_no_longer(entry: EffectiveItem, client: Client) -> None:
    said = {
        "kind": "village",
        "village": "清平村",
        "township": "和平镇",
        "start_on": "20260301",
        "end_on": "",
    }
    assert client.post("/office/places/", said).status_code == 302
    record = Entrustment.objects.get()
    assert (record.region, record.items, record.start_on) == (entry.region, [], date(2026, 3, 1))
    again = client.post("/office/places/", said)
    assert again.status_code == 422
    assert "已有委托" in again.content.decode()
    assert "清平村" in text(client, "/office/places/")
    client.post(f"/office/places/village/{record.pk}/end/")
    record.refresh_from_db()
    assert record.end_on == NOW.date()
    assert client.post("/office/places/other/1/end/").status_code == 404
    assert audited()[:2] == ["登记和平镇对清平村的委托", "结束对清平村的委托"]


def test_means_are_switched_on_and_off(client: Client, entry: EffectiveItem) -> None:
    card = next((c for c in book.regions().values() if c.switches), None)
    assert card is not None
    admin = User.objects.create_user("other-admin")
    Grant.objects.create(user=admin, region=card.region, role="administrator", start_on="2026-01-01")
    there, switch = signed_in(admin), next(iter(card.switches))
    said = {"kind": "switch", "switch": switch, "office": "", "region": card.region}
    assert there.post("/office/places/", said).status_code == 302
    assert there.post("/office/places/", said).status_code == 422
    row = OfficeSwitch.objects.get()
    there.post(f"/office/places/switch/{row.pk}/end/", {"region": card.region})
    row.refresh_from_db()
    assert row.end_on == NOW.date()


# ---- the guide


def changed_item(entry: EffectiveItem) -> EffectiveItem:
    """The entry as it stood before: under another name, with a further material and a longer limit."""
    less = entry.materials[1:]
    return entry.model_copy(update={"name": "旧名称", "materials": less, "hash": "0" * 64})


@pytest.fixture
def before(entry: EffectiveItem) -> EffectiveItem:
    """In force stands an older version; the files say otherwise. Only this entry is looked at."""
    PublishedItem.objects.all().delete()
    old = changed_item(entry)
    published(old)
    return old


@pytest.fixture
def one_item(entry: EffectiveItem, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guide, "_items", lambda region: [entry])


@pytest.mark.live_effects
@pytest.mark.usefixtures("one_item")
def test_the_changes_are_told_and_published_by_the_head(entry: EffectiveItem, before: EffectiveItem) -> None:
    head, looker = signed_in(staff(entry, "head")), signed_in(staff(entry, "informatics"))
    page = text(head, "/office/guide/")
    for words in ("旧名称", entry.name, "材料", entry.materials[0].name):
        assert words in page
    said = {"digest": cache.current().digest}
    assert "发布这1个事项" not in text(looker, "/office/guide/")
    assert looker.post("/office/guide/publish/", said).status_code == 403
    head.post("/office/guide/publish/", {"digest": "other"})
    assert publish.current(entry.region, entry.tier, entry.item).name == "旧名称"
    head.post("/office/guide/publish/", said)
    assert publish.current(entry.region, entry.tier, entry.item).name == entry.name
    assert PublishedItem.objects.count() == 2
    assert f"发布1个事项：{entry.name}" in audited()
    assert "规则文件与现行版本一致" in text(head, "/office/guide/")


@pytest.mark.live_effects
@pytest.mark.usefixtures("one_item")
def test_publishing_a_region_leaves_the_others(entry: EffectiveItem, before: EffectiveItem) -> None:
    other = before.model_copy(update={"region": "elsewhere", "hash": "1" * 64})
    gone = before.model_copy(update={"item": "gone", "hash": "2" * 64})
    publish.publish([other, gone], now=NOW)
    head = signed_in(staff(entry, "head"))
    assert "停办" in text(head, "/office/guide/")
    head.post("/office/guide/publish/", {"digest": cache.current().digest})
    assert publish.current("elsewhere", entry.tier, entry.item) is not None
    assert publish.current(entry.region, entry.tier, "gone") is None


@pytest.mark.live_effects
@pytest.mark.usefixtures("one_item")
def test_entrustments_of_the_file_are_shown_and_what_was_ended_stays_ended(
    entry: EffectiveItem, before: EffectiveItem, client: Client, clock: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    since = date(2026, 1, 1)
    recorded = Recorded(entry.region, "清平村", "和平镇", (entry.item,), start_on=since, end_on=None)
    monkeypatch.setattr(publish, "entrustments", lambda region, card: (recorded,))
    head, said = signed_in(staff(entry, "head")), {"digest": cache.current().digest}
    assert "和平镇委托清平村：" + entry.name in text(head, "/office/guide/")
    head.post("/office/guide/publish/", said)
    assert "按规则文件登记和平镇对清平村的委托" in audited()
    assert "没有要发布的" in text(head, "/office/guide/")
    record = Entrustment.objects.get()
    client.post(f"/office/places/village/{record.pk}/end/")
    for later in (NOW, NOW + timedelta(days=9)):
        clock(later)
        head.post("/office/guide/publish/", said)
        record.refresh_from_db()
        assert record.end_on == NOW.date()
    longer = replace(recorded, start_on=date(2026, 4, 1))
    monkeypatch.setattr(publish, "entrustments", lambda region, card: (recorded, longer))
    head.post("/office/guide/publish/", said)
    assert Entrustment.objects.count() == 2


@pytest.mark.usefixtures("one_item")
def test_running_cases_are_held_against_the_newer_version(
    entry: EffectiveItem, before: EffectiveItem
) -> None:
    number = hand_in(signed_in(User.objects.create_user("wang")), before)
    head = signed_in(staff(entry, "head"))
    assert "在办件都按现行版本办" in text(head, "/office/running/")
    published(entry)
    page = text(head, "/office/running/")
    assert "1件接得上" in page
    old, key = PublishedItem.objects.get(is_current=False), re.search(r'name="key" value="([^"]+)"', page)
    assert key is not None
    said = {"version": old.pk, "step": Case.objects.get().step, "key": key[1]}
    looker = signed_in(staff(entry, "informatics"))
    assert looker.post("/office/running/move/", said).status_code == 403
    for _ in range(2):
        assert head.post("/office/running/move/", said).status_code == 302
    case = Case.objects.get(number=number)
    assert case.version.is_current
    assert case.events.filter(act="move-version").count() == 1
    assert list(case_faults(case.pk)) == []
    assert "转到指南的新版本办理" in text(signed_in(staff(entry, "window")), f"/desk/case/{number}/")
    assert "在办件都按现行版本办" in text(head, "/office/running/")
    assert "把1件从版本" in " ".join(audited())


@pytest.mark.usefixtures("one_item")
def test_cases_that_do_not_fit_stand_in_nobodys_way(
    entry: EffectiveItem, before: EffectiveItem, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [hand_in(signed_in(User.objects.create_user(f"p{n}")), before, key=f"k{n}") for n in range(5)]
    published(entry)
    fits = {Case.objects.get(number=number).pk for number in numbers[3:]}
    known = moving.in_the_way
    monkeypatch.setattr(
        moving, "in_the_way", lambda view, into=None: known(view, into) if view.id in fits else ("接不上。",)
    )
    monkeypatch.setattr(guide, "SHOWN", 1)
    head = signed_in(staff(entry, "head"))
    page = text(head, "/office/running/")
    assert "2件接得上" in page
    said = {"version": PublishedItem.objects.get(is_current=False).pk, "step": Case.objects.first().step}
    first = head.post("/office/running/move/", {**said, "key": "a"}, follow=True).content.decode()
    assert "还有1件接得上的，请再点一次" in first
    head.post("/office/running/move/", {**said, "key": "b"})
    assert set(Case.objects.filter(version__is_current=True).values_list("pk", flat=True)) == fits
    said["version"] = "9" * 30
    assert head.post("/office/running/move/", {**said, "key": "c"}).status_code == 302


# ---- dictionaries, calendar, failures


def test_every_dictionary_is_shown_with_its_file(client: Client) -> None:
    from jingban.portals.office.vocabulary import BOOKS

    for key, title in BOOKS.items():
        page = text(client, f"/office/words/?book={key}")
        assert title in page
        assert f"rulebook/national/{key}.yaml" in page
    assert "高血压" in text(client, "/office/words/?book=diseases&q=高血压")
    assert "没有找到" in text(client, "/office/words/?book=diseases&q=没有这个病")
    assert client.get("/office/words/?book=../../keys").status_code == 404


def test_the_calendar_tells_days_and_what_is_not_known(client: Client) -> None:
    page = text(client, "/office/calendar/2026/")
    assert "1休" in page
    assert "班" in page
    assert "▲ 未公布，期限暂定" in text(client, "/office/calendar/")
    assert client.get("/office/calendar/1999/").status_code == 404


def test_failures_are_listed_for_the_own_region(entry: EffectiveItem, client: Client) -> None:
    number = hand_in(signed_in(User.objects.create_user("wang")), entry)
    case = Case.objects.get(number=number)
    Message.objects.create(
        case=case, seq=1, name="contact-letter", created_at=NOW, tries=3, fault="对方地址不通"
    )
    body, (key, material) = book.region_card(entry.region).bodies[case.office], slots(entry)[0]
    NoticeBreach.objects.create(
        case=case, seq=1, region=entry.region, office=case.office, materials=[key], at=NOW
    )
    page = text(client, "/office/failures/")
    assert "对方地址不通" in page
    for words in (body.name, material.name, book.words("").message("contact-letter")):
        assert words in page
    for technical in (f"{key}<", f"· {case.office} ·", "contact-letter"):
        assert technical not in page
    assert "记录前后相接" in text(client, "/office/failures/?audit=1")
    assert "1条没有发出" in text(client, "/office/")


def test_many_failures_elsewhere_hide_none_of_the_own(entry: EffectiveItem, client: Client) -> None:
    number = hand_in(signed_in(User.objects.create_user("wang")), entry)
    case = Case.objects.get(number=number)

    def failed(about: int | None, seq: int) -> OutgoingMessage:
        return OutgoingMessage.objects.create(
            case=about, seq=seq, kind="accepted", channel="sms", title="已受理", text=b"", number=number,
            state="failed", created_at=NOW,
        )  # fmt: skip

    own = failed(case.pk, 1)
    for n in range(210):
        failed(case.pk + 1000, n)
    assert number in text(client, "/office/failures/")
    assert client.post(f"/office/failures/{own.pk + 1}/again/").status_code == 302
    assert "不在本地区" in text(client, "/office/failures/")


# ---- standard opinions of the region's own


def offered(entry: EffectiveItem, name: str) -> str:
    number = hand_in(signed_in(User.objects.create_user(f"person-{name}")), entry)
    return text(signed_in(staff(entry, "window", name=name)), f"/desk/case/{number}/")


def test_a_region_keeps_standard_opinions_of_its_own(entry: EffectiveItem, client: Client) -> None:
    said = {"text": "请到一楼三号窗口补盖骑缝章。", "fits": "missing_reasons", "act": ""}
    assert client.post("/office/words/own/", said).status_code == 302
    assert "补盖骑缝章" in text(client, "/office/words/?book=phrases")
    assert "补盖骑缝章" in offered(entry, "before")
    assert "添加常用意见：请到一楼三号窗口补盖骑缝章。" in audited()
    row = OwnPhrase.objects.get()
    elsewhere = next(key for key in book.regions() if key != entry.region)
    other = User.objects.create_user("other-admin")
    Grant.objects.create(user=other, region=elsewhere, role="administrator", start_on="2026-01-01")
    assert "补盖骑缝章" not in text(signed_in(other), "/office/words/?book=phrases")
    signed_in(other).post(f"/office/words/own/{row.pk}/end/")
    assert "补盖骑缝章" in text(client, "/office/words/?book=phrases"), "not another region's to end"
    clerk = signed_in(User.objects.get(username="before"))
    assert clerk.post("/office/words/own/", said).status_code == 403
    client.post(f"/office/words/own/{row.pk}/end/")
    assert "补盖骑缝章" not in offered(entry, "after")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"text": ""}, "请填写内容"),
        ({"text": "长" * 101}, "1至100个字"),
        ({"text": "缺页"}, "已经有这一条"),
        ({"fits": "nowhere"}, "请选择"),
    ],
)
def test_a_wrong_opinion_is_told_and_kept_in_the_form(
    client: Client, wrong: dict[str, str], told: str
) -> None:
    said = {"text": "请盖章", "fits": "missing_reasons", "act": "", **wrong}
    answer = client.post("/office/words/own/", said)
    assert answer.status_code == 422
    assert told in answer.content.decode()
    assert said["text"] in answer.content.decode()
    assert not OwnPhrase.objects.exists()


def test_the_same_opinion_twice_is_one(client: Client) -> None:
    said = {"text": "请盖章", "fits": "missing_reasons", "act": ""}
    assert [client.post("/office/words/own/", said).status_code for _ in range(2)] == [302, 422]
    assert OwnPhrase.objects.count() == 1


def test_dictionaries_speak_no_programs_language(client: Client) -> None:
    from jingban.portals.office.vocabulary import BOOKS

    for key in BOOKS:
        page = text(client, f"/office/words/?book={key}")
        for rest in re.findall(r'soft small">([^<]*)</td>', page):
            assert not re.search(r"[a-z]{3,}", rest), (key, rest)
