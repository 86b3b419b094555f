"""Drafts: nothing typed is lost, two tabs never overwrite each other unseen, one submission is one case."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner
from django.core.files.base import ContentFile
from django.db import connections

from jingban.access.models import Mandate
from jingban.access.service import Actor, actor_of
from jingban.cases import actions, drafts
from jingban.cases.commands import cases
from jingban.cases.drafts import Filled
from jingban.cases.errors import DraftHandedIn, DraftMoved, DraftNotFound, DraftTooLong, TooManyDrafts
from jingban.cases.keys import reseal_payloads
from jingban.cases.models import Case, Draft
from jingban.cases.view import CaseView
from jingban.core.crypto import SealBroken, new_setting
from jingban.rulebook import publish
from jingban.rulebook.cache import effective_item
from jingban.rulebook.effective import FormField
from jingban.uploads import actions as uploads_actions
from jingban.uploads import service as uploads
from tests.houses import STANDARD, TIP_OFF, House, answers_for, person, staff
from tests.uploads import make as files

ONE = UUID(int=1)
HALF = Filled(
    answers={"name": "张小凤", "id_number": "1101051949123"},
    facts={"direction": "out"},
    situations=("agent",),
    supplied=("id-card",),
    office="agency",
    place="materials",
)


def saved(house: House, filled: Filled = HALF, *, draft: UUID = ONE, seen: int = 0, **rest: Any) -> Draft:
    said = {
        "version": house.version().id, "actor": house.applicant, "channel": "online", "now": house.now, **rest,
    }  # fmt: skip
    return drafts.save(draft=draft, filled=filled, seen=seen, **said)


def found(house: House, draft: UUID = ONE) -> Draft:
    return drafts.find(draft, actor=house.applicant, now=house.now)


def submitted(house: House, draft: Draft, actor: Actor | None = None, **rest: Any) -> CaseView:
    return house.apply(key=draft.key, actor=actor, **rest)


def photo(house: House, draft: UUID = ONE, *, seed: int = 0) -> uploads.Upload:
    file = ContentFile(files.jpeg(seed=seed), name="a.jpg")
    holder = uploads.Holder(STANDARD[0], draft=draft)
    return uploads.take(file=file, owner=house.applicant.id, slot="id-card", holder=holder, now=house.now)


# Saving


def test_what_was_typed_comes_back_on_another_device(house: House) -> None:
    draft = saved(house)
    assert (draft.version, draft.saved_at) == (1, house.now)
    assert (draft.region, draft.tier, draft.item) == STANDARD
    assert drafts.contents(found(house)) == HALF
    assert [d.pk for d in drafts.list_of(house.applicant, now=house.now)] == [ONE]


def test_each_save_says_when_and_keeps_the_draft_longer(house: House, settings: Any) -> None:
    first = saved(house)
    house.later(days=20)
    second = saved(house, Filled(answers={"name": "张"}), seen=1, channel="wechat", mandate=7)
    assert (second.version, second.saved_at, second.channel, second.mandate) == (2, house.now, "wechat", 7)
    assert second.key == first.key
    house.later(days=20)
    assert drafts.contents(found(house)).answers == {"name": "张"}
    house.later(days=settings.JINGBAN_DRAFT_DAYS)
    with pytest.raises(DraftNotFound):
        found(house)
    assert drafts.list_of(house.applicant, now=house.now) == []


def test_nothing_personal_lies_open(house: House) -> None:
    draft = saved(house)
    assert "张小凤".encode() not in bytes(draft.body)
    other = saved(house, draft=uuid4())
    Draft.objects.filter(pk=other.pk).update(body=draft.body)
    with pytest.raises(SealBroken):
        drafts.contents(found(house, other.pk))


def test_a_save_that_is_sent_again_changes_nothing(house: House) -> None:
    first = saved(house)
    house.later(seconds=5)
    assert saved(house).saved_at == first.saved_at
    more = replace(HALF, place="check")
    assert saved(house, more, seen=1).version == 2
    assert saved(house, more, seen=1).version == 2
    assert not drafts.set_aside(found(house))


def test_a_page_that_is_behind_is_told_and_loses_nothing(house: House) -> None:
    saved(house)
    house.later(minutes=5)
    newer = saved(house, replace(HALF, office="newer"), seen=1)
    house.later(minutes=1)
    with pytest.raises(DraftMoved, match=r"别的页面或设备上填写过（09:05保存）.*没有丢") as told:
        saved(house, replace(HALF, office="older"), seen=1)
    assert told.value.details == {"version": 2, "saved_at": newer.saved_at.isoformat()}
    kept = found(house)
    assert drafts.contents(kept).office == "newer"
    aside = drafts.set_aside(kept)
    assert aside is not None
    assert (aside.office, kept.aside_at) == ("older", house.now)


def test_what_was_laid_aside_can_be_taken_instead(house: House) -> None:
    saved(house)
    assert drafts.swap(ONE, actor=house.applicant, seen=1, now=house.now).version == 1, (
        "there is nothing aside"
    )
    saved(house, replace(HALF, office="newer"), seen=1)
    with pytest.raises(DraftMoved):
        saved(house, replace(HALF, office="older"), seen=1)
    with pytest.raises(DraftMoved):
        drafts.swap(ONE, actor=house.applicant, seen=1, now=house.now)
    swapped = drafts.swap(ONE, actor=house.applicant, seen=2, now=house.now)
    assert swapped.version == 3
    assert drafts.contents(swapped).office == "older"
    assert drafts.set_aside(swapped) == replace(HALF, office="newer")
    assert saved(house, replace(HALF, office="last"), seen=3).version == 4


def behind(house: House, *names: str, seen: int = 1) -> None:
    """Pages that were loaded at version ``seen`` and save too late, a minute apart."""
    for name in names:
        house.later(minutes=1)
        with pytest.raises(DraftMoved):
            saved(house, replace(HALF, office=name), seen=seen)


def aside(house: House) -> list[str]:
    return [one.filled.office for one in drafts.all_aside(found(house))]


def test_what_several_pages_wanted_to_save_is_all_there(house: House) -> None:
    saved(house)
    saved(house, replace(HALF, office="newer"), seen=1)
    behind(house, "one", "two", "one")
    assert aside(house) == ["one", "two"], "the same again stands there once"
    behind(house, *(f"more-{n}" for n in range(4)))
    assert aside(house) == ["more-3", "more-2", "more-1", "more-0", "one"]
    assert drafts.contents(found(house)).office == "newer"


def test_any_of_those_laid_aside_can_be_taken(house: House) -> None:
    saved(house)
    saved(house, replace(HALF, office="newer"), seen=1)
    behind(house, "one", "two")
    older = drafts.all_aside(found(house))[1]
    swapped = drafts.swap(ONE, actor=house.applicant, seen=2, now=house.now, at=older.at)
    assert drafts.contents(swapped).office == "one"
    assert aside(house) == ["newer", "two"]


def test_a_swap_that_comes_too_late_writes_nothing(house: House) -> None:
    saved(house)
    saved(house, replace(HALF, office="newer"), seen=1)
    behind(house, "one", "two")
    before = Draft.objects.values().get()
    gone = house.now + timedelta(hours=1)
    for late in ({"seen": 1}, {"seen": 2, "at": gone}):
        with pytest.raises(DraftMoved):
            drafts.swap(ONE, actor=house.applicant, now=house.now, **late)
    assert Draft.objects.values().get() == before


def test_what_older_drafts_laid_aside_still_opens(house: House) -> None:
    draft = saved(house)
    Draft.objects.update(aside=bytes(draft.body), aside_at=house.now)
    assert drafts.all_aside(found(house)) == (drafts.LaidAside(HALF, None),)
    saved(house, replace(HALF, office="newer"), seen=1)
    behind(house, "one")
    assert [one.filled.office for one in drafts.all_aside(found(house))] == ["one", HALF.office]


def test_only_the_owner_reaches_a_draft(house: House) -> None:
    saved(house)
    other = person("other")
    for ask in (
        lambda: drafts.find(ONE, actor=other, now=house.now),
        lambda: drafts.discard(ONE, actor=other, now=house.now),
        lambda: drafts.swap(ONE, actor=other, seen=1, now=house.now),
        lambda: saved(house, actor=other),
        lambda: saved(house, actor=other, seen=1),
    ):
        with pytest.raises(DraftNotFound):
            ask()
    assert drafts.list_of(other, now=house.now) == []
    assert drafts.contents(found(house)) == HALF


def test_a_draft_stays_with_its_entry(house: House) -> None:
    saved(house)
    with pytest.raises(DraftNotFound):
        saved(house, seen=1, version=house.version(TIP_OFF).id)
    with pytest.raises(DraftNotFound):
        saved(house, seen=1, case=house.apply().id)
    with pytest.raises(DraftNotFound):
        saved(house, draft=uuid4(), seen=3)


def test_nobody_fills_the_table(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "MOST", 2)
    saved(house)
    saved(house, draft=uuid4())
    with pytest.raises(TooManyDrafts, match="2份"):
        saved(house, draft=uuid4())
    with pytest.raises(DraftTooLong):
        saved(house, Filled(answers={"note": "长" * 100_001}), seen=1)
    assert saved(house, Filled(), seen=1).version == 2


def test_a_discarded_draft_takes_its_files_along(house: House) -> None:
    saved(house)
    photo(house)
    drafts.discard(ONE, actor=house.applicant, now=house.now)
    assert not Draft.objects.exists()
    assert not uploads.Upload.objects.exists()
    with pytest.raises(DraftNotFound):
        saved(house, replace(HALF, office="x"), seen=1)


# A rulebook that changed meanwhile


def test_a_draft_outlives_a_new_guide(house: House) -> None:
    item = effective_item(*STANDARD)
    choice = FormField(key="colour", label="颜色", kind="choice", choices={"r": "红", "b": "蓝"})
    gone = FormField(key="gone", label="旧问题", kind="text")
    old = publish.publish([item.model_copy(update={"form": (*item.form, choice, gone)})], now=house.now)[0]
    known = item.form[0].key
    slot = item.materials[0].id
    typed = Filled(
        answers={known: "张", "colour": "r", "gone": "旧内容", "never": ""},
        facts={"unknown": "x"},
        situations=("no-such-situation",),
        supplied=(slot, "no-such-material"),
        office="no-such-office",
        place="check",
    )
    draft = saved(house, typed, version=old.pk)
    assert drafts.resumed(draft, old.pk) == drafts.Resumed(typed, changed=False)
    changed = choice.model_copy(update={"choices": {"b": "蓝"}})
    new = publish.publish([item.model_copy(update={"form": (*item.form, changed)})], now=house.now)[0]
    again = drafts.resumed(found(house), new.pk)
    assert again.changed
    assert again.filled == Filled(answers={known: "张"}, supplied=(slot,), place="check")
    assert again.dropped == (("颜色", "r"), ("旧问题", "旧内容"))
    assert drafts.contents(found(house)) == typed, "the draft itself stays until it is saved"
    assert saved(house, again.filled, seen=1, version=new.pk).published == new.hash


# Handing in


def test_what_is_handed_in_is_in_the_case_and_nowhere_else(house: House) -> None:
    draft = saved(house)
    upload = photo(house)
    view = submitted(house, draft)
    done = drafts.handed_in(draft, view, now=house.now)
    assert (done.handed_in, bytes(done.body), bytes(done.aside)) == (view.number, b"", b"")
    assert uploads.of_case(view.id) == [upload]
    assert drafts.handed_in(done, view, now=house.now).handed_in == view.number
    for ask in (lambda: found(house), lambda: drafts.contents(done), lambda: saved(house, seen=1)):
        with pytest.raises(DraftHandedIn, match=view.number) as told:
            ask()
        assert told.value.details["number"] == view.number
    assert drafts.list_of(house.applicant, now=house.now) == []


def test_two_tabs_that_hand_in_open_one_case(house: House) -> None:
    one, two = saved(house), found(house)
    first, second = submitted(house, one), submitted(house, two)
    assert first.id == second.id
    assert Case.objects.count() == 1
    assert drafts.handed_in(two, second, now=house.now).handed_in == first.number


def test_a_draft_is_not_handed_in_as_some_other_case(house: House) -> None:
    draft, other = saved(house), house.apply()
    with pytest.raises(ValueError, match="key was not used"):
        drafts.handed_in(draft, other, now=house.now)


def test_a_save_that_meets_the_submission_is_told_the_number(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = saved(house)
    view, look = submitted(house, draft), drafts._open_to_change

    def meanwhile(known: Draft) -> None:
        look(known)
        drafts.handed_in(Draft.objects.get(pk=known.pk), view, now=house.now)

    monkeypatch.setattr(drafts, "_open_to_change", meanwhile)
    with pytest.raises(DraftHandedIn, match=view.number):
        saved(house, replace(HALF, office="late"), seen=1)
    assert bytes(Draft.objects.get().body) == bytes(Draft.objects.get().aside) == b""


def test_a_file_that_arrives_while_another_page_hands_in_is_refused(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other page hands in while the file is examined: what came after would belong to nothing."""
    draft = saved(house)
    clean = uploads_actions.cleaned

    def meanwhile(file: Any, **how: Any) -> Any:
        kept = clean(file, **how)
        drafts.handed_in(draft, submitted(house, draft), now=house.now)
        return kept

    monkeypatch.setattr(uploads_actions, "cleaned", meanwhile)
    with pytest.raises(DraftHandedIn) as told:
        uploads.take(
            file=ContentFile(files.jpeg(), name="a.jpg"), owner=house.applicant.id, slot="id-card",
            holder=uploads.Holder(STANDARD[0], draft=ONE), now=house.now,
            still_open=lambda: drafts.still_open(ONE),
        )  # fmt: skip
    assert told.value.details["number"] == Draft.objects.get().handed_in
    assert not uploads.Upload.objects.exists()


def test_a_clerk_s_draft_at_the_counter_is_the_clerk_s(house: House) -> None:
    clerk = replace(person("clerk"), held=staff(0, "window").held)
    draft = saved(house, actor=clerk, channel="window")
    assert drafts.list_of(house.applicant, now=house.now) == []
    view = actions.apply(
        version=house.version().id,
        application=actions.Application(answers=answers_for(house.version().item)),
        actor=clerk,
        key=draft.key,
        now=house.now,
        walk_in=True,
    )
    assert drafts.handed_in(draft, view, now=house.now).handed_in == view.number
    assert view.applicant_id is None


def test_an_agent_s_draft_names_the_mandate(house: House) -> None:
    agent, principal = person("agent"), person("principal")
    mandate = Mandate.objects.create(
        agent_id=agent.id, principal_id=principal.id, proof="委托书", start_on="2026-01-01"
    )
    draft = saved(house, actor=agent, mandate=mandate.pk)
    holding = actor_of(mandate.agent, house.now.date())
    view = house.apply(key=draft.key, actor=holding, applicant=principal.id)
    assert drafts.handed_in(draft, view, now=house.now).handed_in == view.number


def test_what_a_case_was_sent_back_for_is_a_draft_too(house: House) -> None:
    view = house.act(house.apply(), "notify")
    draft = saved(house, version=view.version_id, case=view.id)
    upload = photo(house)
    assert uploads.of_case(view.id) == []
    after = house.act(view, "resubmit", key=draft.key)
    drafts.handed_in(draft, after, now=house.now)
    assert uploads.of_case(view.id) == [upload]


# Sweeping


def test_the_sweep_takes_what_nobody_came_back_to(house: House) -> None:
    saved(house)
    photo(house)
    kept = saved(house, draft=uuid4())
    house.later(days=29)
    saved(house, replace(HALF, office="x"), draft=kept.pk, seen=1)
    fresh = photo(house, kept.pk)
    assert drafts.sweep(house.now) == drafts.Swept(0, 0, 0)
    house.later(days=1)
    assert drafts.sweep(house.now) == drafts.Swept(0, 1, 1)
    assert [d.pk for d in Draft.objects.all()] == [kept.pk]
    assert list(uploads.Upload.objects.all()) == [fresh]


def test_the_sweep_finishes_a_submission_that_broke_off(house: House) -> None:
    draft = saved(house)
    upload = photo(house)
    view = submitted(house, draft)
    house.later(days=40)
    assert drafts.sweep(house.now).handed_in == 1
    assert uploads.of_case(view.id) == [upload]


def test_the_sweep_erases_files_without_a_draft_and_removed_ones(house: House) -> None:
    saved(house)
    gone, lost = photo(house), photo(house, uuid4(), seed=1)
    uploads.remove(gone, actor=house.applicant.id, now=house.now)
    late = photo(house, seed=2)
    drafts.handed_in(saved(house), submitted(house, found(house)), now=house.now)
    assert drafts.sweep(house.now + timedelta(hours=1)).files == 0
    assert drafts.sweep(house.now + timedelta(days=2)).files == 2
    assert list(uploads.Upload.objects.all()) == [late]
    assert lost != gone


def test_after_a_new_key_drafts_are_sealed_again(house: House, settings: Any) -> None:
    saved(house)
    saved(house, replace(HALF, office="newer"), seen=1)
    with pytest.raises(DraftMoved):
        saved(house, replace(HALF, office="older"), seen=1)
    old = settings.JINGBAN_KEYS
    settings.JINGBAN_KEYS = {**old, "current": 2, "keys": {**old["keys"], "2": new_setting()["keys"]["1"]}}
    assert reseal_payloads() == 0
    assert drafts.reseal_drafts() == 1
    assert drafts.reseal_drafts() == 0
    settings.JINGBAN_KEYS = {**settings.JINGBAN_KEYS, "keys": {"2": settings.JINGBAN_KEYS["keys"]["2"]}}
    assert drafts.contents(found(house)).office == "newer"
    assert drafts.set_aside(found(house)) == replace(HALF, office="older")


# At once


@pytest.mark.postgres
def test_of_many_pages_that_save_at_once_one_wins_and_all_others_are_told(committed_house: House) -> None:
    house = committed_house
    house.version()
    told = together(4, lambda n: saved(house, replace(HALF, office=f"page-{n}")))
    assert [type(error) for error in told] == [DraftMoved] * 3
    told = together(4, lambda n: saved(house, replace(HALF, office=f"again-{n}"), seen=1))
    assert [type(error) for error in told] == [DraftMoved] * 3
    kept = found(house)
    assert kept.version == 2
    assert drafts.contents(kept) != drafts.set_aside(kept)


@pytest.mark.postgres
def test_of_many_tabs_that_hand_in_at_once_one_case_comes(committed_house: House) -> None:
    house = committed_house
    draft = saved(house)
    upload = photo(house)

    def work(_: int) -> None:
        drafts.handed_in(draft, submitted(house, draft), now=house.now)

    assert together(4, work) == []
    assert uploads.of_case(Case.objects.get().pk) == [upload]


def together(count: int, work: Callable[[int], object]) -> list[Exception]:
    """Run the work in so many threads at once; what the losers were told."""
    ready, told = Barrier(count), []

    def run(number: int) -> None:
        try:
            ready.wait()
            work(number)
        except Exception as error:  # noqa: BLE001  told to the test's own thread
            told.append(error)
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def test_the_commands(house: House) -> None:
    saved(house)
    house.later(days=-365 * 9)
    Draft.objects.update(expires_at=house.now)
    assert CliRunner().invoke(cases, ["reseal"]).output == "重新加密0条，草稿0份。\n"
    swept = CliRunner().invoke(cases, ["sweep"])
    assert (swept.exit_code, swept.output) == (
        0, "补记已提交的草稿0份，删去过期的草稿1份、无主的材料0个。\n",
    )  # fmt: skip
