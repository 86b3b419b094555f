"""At most twelve statements for the queue and for a case, whoever asks and wherever the case stands (issue 4)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from django.test import Client

from jingban.access.models import Entrustment, Grant, User
from jingban.cases.models import Case
from jingban.cases.view import CaseView
from jingban.portals.desk import queue
from jingban.registry import enrolments, identity, persons
from jingban.registry.models import Person
from jingban.rulebook.cache import effective_all
from jingban.rulebook.effective import EffectiveItem
from jingban.walk.answers import answers_for
from tests.houses import EXPERTS, House, forget_versions, staff
from tests.portals.conftest import NOW, hand_in, plain_entry, published, signed_in
from tests.portals.statements import statements
from tests.registry import factories as made

pytestmark = pytest.mark.live_effects
HTMX = {"HX-Request": "true"}
MOST = 12
TODAY = NOW.date()
CODES = "M03900、M01600"


@pytest.fixture
def house() -> Iterator[House]:
    forget_versions()
    yield House(now=NOW)
    forget_versions()


def officer(name: str, region: str, *roles: tuple[str, str], bound: int = 0) -> Client:
    """Somebody with roles at offices; ``bound``: with the real name of that person."""
    user = User.objects.create_user(name, name=name)
    for role, office in roles:
        Grant.objects.create(user=user, region=region, role=role, office=office, start_on="2026-01-01")
    if bound:
        digest = persons.number_digest("01", made.new_number(bound))
        identity.bind(user.pk, name=made.new_name(bound), source="试验", at=NOW, digest=digest)
    return signed_in(user)


def asks_for_little(client: Client, number: str) -> None:
    """The case as a page and as a part, the queue, and the list beside the case."""
    for address in (f"/desk/case/{number}/", "/desk/", f"/desk/?at={number}"):
        for headers in ({}, HTMX):
            asked = statements(client, address, **headers)
            assert len(asked) <= MOST, "\n".join((address, *asked))


def applicant_of(region: str) -> Person:
    origin = made.origin(region, date(2026, 1, 5))
    found = made.person(origin, 1)
    enrolments.enrol_for_year(origin, found, kind="1501", year=2026)
    return found


def test_a_checker_whose_kin_the_register_knows(house: House) -> None:
    entry = ("puyang", "agency", "resident-info-change")
    here = applicant_of("puyang")
    made.person(made.origin("puyang"), 2)
    persons.add_kin(
        made.origin("puyang"), here, relation="sibling", name=made.new_name(3), number=made.new_number(3)
    )
    view = house.apply(entry, answers={**made.who(1), "new_phone": "13900001111"})
    window = officer("window", "puyang", ("window", ""), bound=2)
    asks_for_little(window, view.number)
    house.act(view, "accept", actor=staff(8, "window", region="puyang"))
    asks_for_little(officer("reviewer", "puyang", ("reviewer", ""), bound=2), view.number)
    kin = officer("cousin", "puyang", ("reviewer", ""), bound=3)
    assert "请回避" in kin.get(f"/desk/case/{view.number}/").content.decode()
    asks_for_little(kin, view.number)


def at_the_experts(house: House) -> CaseView:
    applicant_of("luanzhou")
    said = {**made.who(1), "diseases": CODES, "treating_institution": "试验医院"}
    return house.act(house.apply(EXPERTS, answers=said), "accept")


def test_an_expert_with_a_real_name_and_an_institution(house: House) -> None:
    view = at_the_experts(house)
    made.person(made.origin("luanzhou"), 4)
    expert = officer("expert", "luanzhou", ("expert", ""), ("expert", "别的医院"), bound=4)
    assert f"/desk/case/{view.number}/do/vote/" in expert.get(f"/desk/case/{view.number}/").content.decode()
    asks_for_little(expert, view.number)
    own = officer("own", "luanzhou", ("expert", ""), ("expert", "试验医院"), bound=5)
    assert "是您的工作单位" in own.get(f"/desk/case/{view.number}/").content.decode()


def test_roles_in_every_region_are_read_at_once() -> None:
    items = {item.region: item for item in effective_all() if item.process.process == "standard"}
    assert len(items) >= 3
    user = User.objects.create_user("everywhere")
    for item in items.values():
        published(item)
        for role in ("window", "reviewer"):
            Grant.objects.create(user=user, region=item.region, role=role, start_on="2026-01-01")
    assert len(statements(signed_in(user), "/desk/")) <= MOST


def payment() -> EffectiveItem:
    return next(
        i for i in effective_all()
        if i.process.process == "payment" and i.subject == "person" and not i.opens and not i.facts_asked
    )  # fmt: skip


def copies(number: str, count: int, **changes: object) -> None:
    rows = []
    for n in range(count):
        row = Case.objects.get(number=number)
        row.pk, row.number = None, f"{changes.get('step', 'copy')}-{n}"
        for name, value in changes.items():
            setattr(row, name, value)
        rows.append(row)
    Case.objects.bulk_create(rows)


def test_steps_of_others_in_a_shared_queue_are_passed_over_by_the_database() -> None:
    """A hundred wait for their applicants; one of them, whose account was wrong, the window may put right too."""
    item = payment()
    published(item)
    number = hand_in(signed_in(User.objects.create_user("wang")), item)
    late = TODAY - timedelta(days=9)
    copies(number, 100, step="supplement", role="applicant", due_on=late)
    copies(number, 1, step="fix-account", role="applicant", due_on=late)
    user = User.objects.create_user("window")
    Grant.objects.create(user=user, region=item.region, role="window", start_on="2026-01-01")
    client = signed_in(user)
    assert len(statements(client, "/desk/")) <= MOST
    page = client.get("/desk/").content.decode()
    assert "fix-account-0" in page
    assert "supplement-" not in page
    assert '<b class="num">1</b>' in page[page.index('class="c-over"') :][:200], "counted as listed"
    assert "supplement-" in client.get("/desk/?tab=all").content.decode()


def test_what_an_older_version_calls_a_step_is_still_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """The list of others' steps comes from the versions in force; a name that they do not know is looked at."""
    item = plain_entry()
    published(item)
    number = hand_in(signed_in(User.objects.create_user("wang")), item)
    user = User.objects.create_user("window")
    Grant.objects.create(user=user, region=item.region, role="window", start_on="2026-01-01")
    client = signed_in(user)
    monkeypatch.setattr(queue, "listed", lambda actor: (renamed(item),))
    assert number in client.get("/desk/").content.decode()


def renamed(item: EffectiveItem) -> EffectiveItem:
    """The same entry, its steps by other names."""
    steps = {f"new-{key}": step for key, step in item.process.steps.items()}
    return item.model_copy(update={"process": item.process.model_copy(update={"steps": steps})})


def test_a_village_with_its_entrustment(house: House) -> None:
    item = next(i for i in effective_all() if i.tier == "grassroots" and "village" in i.process.parties)
    assert item.region == "qinhuangdao"
    applicant_of("qinhuangdao")
    view = house.apply(
        (item.region, item.tier, item.item), answers=answers_for(item, {**made.who(1), "place": "甲村"})
    )
    Entrustment.objects.create(
        region="qinhuangdao", village="甲村", township="甲镇", items=[], start_on="2026-01-01"
    )
    village = officer("village", "qinhuangdao", ("village", "甲村"), bound=2)
    asks_for_little(village, view.number)
