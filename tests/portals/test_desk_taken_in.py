"""What staff enter for others: at the counter, from a letter, from a call; by whom, and how identity was checked."""

from __future__ import annotations

import pytest

from jingban.access.models import User
from jingban.access.service import actor_of
from jingban.cases import actions
from jingban.cases.identity import IdentityUnknown
from jingban.cases.models import Case, CaseEvent
from jingban.rulebook.cache import effective_all
from jingban.rulebook.effective import EffectiveItem
from jingban.rulebook.models import PublishedItem
from jingban.walk.answers import answers_for
from tests.portals.conftest import NOW, PERSON, apply_url, hand_in, published, signed_in, staff


@pytest.mark.parametrize(
    ("received", "channel", "word"),
    [
        ("here/e-certificate", "window", "医保电子凭证"),
        ("post/copy", "post", "随信寄来的证件复印件"),
        ("phone/by-phone", "phone", "电话里核对了"),
    ],
)
def test_the_case_says_who_filled_it_in_for_whom_and_how_that_was_made_sure(
    entry: EffectiveItem, received: str, channel: str, word: str
) -> None:
    client = signed_in(staff(entry, "window", name="李敏"))
    page = client.get(apply_url(entry)).content.decode()
    assert f'value="{received}"' in page
    number = hand_in(client, entry, received=received)
    case = Case.objects.get(number=number)
    assert (case.channel, case.applicant_id) == (channel, None)
    assert CaseEvent.objects.get(case=case, seq=1).data["facts"]["channel"] == channel
    shown = client.get(f"/desk/case/{number}/").content.decode()
    assert "李敏代张三填写；身份核验：" in shown
    assert word in shown


@pytest.mark.parametrize("received", ["", "post/id-card", "here/by-phone", "nonsense"])
def test_without_saying_how_nothing_is_handed_in(entry: EffectiveItem, received: str) -> None:
    client = signed_in(staff(entry, "window"))
    typed = {
        **answers_for(entry, PERSON),
        "office": entry.accepted_by[0].id,
        "go": "submit",
        "received": received,
    }
    page = client.post(apply_url(entry), typed)
    assert page.status_code == 422
    assert "怎样核对了申请人的身份" in page.content.decode()
    assert not Case.objects.exists()


def test_a_citizen_is_not_asked_and_cannot_say_it(entry: EffectiveItem, person: User) -> None:
    number = hand_in(signed_in(person), entry, received="post/copy")
    event = CaseEvent.objects.get(case__number=number, seq=1)
    assert "identity" not in event.data
    assert Case.objects.get(number=number).channel == "online"
    assert "代张三填写" not in signed_in(staff(entry, "window")).get(f"/desk/case/{number}/").content.decode()


def test_no_original_was_seen_by_telephone(entry: EffectiveItem) -> None:
    application = actions.Application(
        answers=answers_for(entry, PERSON),
        channel="phone",
        office=entry.accepted_by[0].id,
        identity="id-card",
    )
    with pytest.raises(IdentityUnknown):
        actions.apply(
            version=PublishedItem.objects.get().pk, application=application, key=None, now=NOW, walk_in=True,
            actor=actor_of(staff(entry, "window"), NOW.date()),
        )  # fmt: skip


def test_letters_and_calls_come_to_the_agencys_window_only() -> None:
    item = next(
        i for i in effective_all()
        if i.process.starts == "application" and "township" in i.process.steps[i.process.first_ways[-1].to].by
        and i.subject == "person" and not i.opens and not i.facts_asked
    )  # fmt: skip
    published(item)
    page = signed_in(staff(item, "township")).get(apply_url(item)).content.decode()
    assert 'value="here/id-card"' in page
    assert "post/copy" not in page
