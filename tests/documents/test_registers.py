"""Papers about what the registers and the mail hold, through the desk's own pages."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from decimal import Decimal
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connections
from django.test import Client

from jingban.access.models import User
from jingban.audit.models import Entry
from jingban.cases.actions import NOBODY
from jingban.cases.verify import events_of
from jingban.documents import actions
from jingban.documents.actions import issue, void
from jingban.documents.errors import PaperVoid
from jingban.documents.models import IssuedPaper
from jingban.exchange.service import Letter, deliver
from jingban.portals import doors, printing
from jingban.registry import accounts, certificates, contributions, enrolments, levies, units
from jingban.registry.models import Issued, Levy, Person, Roster, Unit
from jingban.rulebook.cache import effective_item
from tests.documents.reading import Read, read
from tests.exchange import scene
from tests.portals.conftest import NOW, signed_in, staff
from tests.portals.test_letters import _applied, _do, _required
from tests.portals.test_register_pages import officer, sheet, upload
from tests.registry import factories as made

pytestmark = pytest.mark.live_effects
PLACE = "410928"


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    cache.clear()
    monkeypatch.setattr(doors, "now", lambda: NOW)
    yield
    cache.clear()


def insured() -> Person:
    o = made.origin(day=date(2026, 2, 27))
    who = made.person(o)
    enrolments.enrol(
        o, who, insurance="310", kind="1101", start_on=date(2025, 1, 1), unit=made.unit(o), wage=Decimal(5000)
    )
    paid = (date(2025, 1, 1), date(2026, 2, 1))
    contributions.add(o, who, insurance="310", first=paid[0], last=paid[1], base=Decimal(5000), place=PLACE)
    contributions.add(o, who, insurance="390", first=date(2024, 1, 1), last=date(2024, 12, 1), place=PLACE)
    accounts.credit(o, who, Decimal("66.60"), kind="levy", reference="levy")
    return who


def opened(client: Client, address: str) -> Read:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content.decode()
    return read(answer.content)


def test_the_certificate_has_every_field_of_the_annex() -> None:
    who = insured()
    row = certificates.certificate(made.origin(), who)
    clerk = officer("window")
    found = opened(clerk, f"/desk/print/issued/{who.pk}/{row.number}.pdf")
    said = (
        "基本医疗保险参保凭证", row.number, who.name, made.new_number(1), "职工基本医疗保险", "正常参保", "66.60元",
        "实际14个月，视同0个月", "2025年1月至2026年2月", PLACE, "经办机构名称", "经办机构代码", "邮编", "兹证明",
        "城乡居民基本医疗保险", "2024年12月",
    )  # fmt: skip
    for text in said:
        assert text in found, text
    assert found.pdfa == "2B"
    paper = IssuedPaper.objects.get()
    assert (paper.subject, paper.kind) == (f"issued:{row.number}", "enrolment-certificate")
    link = f"/desk/print/issued/{who.pk}/{row.number}.pdf"
    assert link in clerk.get(f"/desk/register/person/{who.pk}/issued/{row.number}/").content.decode()
    assert Entry.objects.using("audit").filter(kind="revealed", subject=f"person:{who.number}").exists()
    accounts.credit(made.origin(), who, Decimal(100), kind="levy", reference="later")
    assert "66.60元" in opened(clerk, link), "what was issued stays"
    assert signed_in(User.objects.create_user("nobody")).get(link).status_code == 403


@pytest.mark.parametrize("kind", ["extract", "form"])
def test_extract_and_transfer_form(kind: str) -> None:
    who = insured()
    if kind == "extract":
        row = certificates.extract(made.origin(), who)
        wanted = ("参保信息", who.name, "66.60", "2025年")
    else:
        row = certificates.transfer_form(
            made.origin(), who, from_place=PLACE, to_place="130284", from_insurance="employee",
            to_insurance="employee", phone="13012345678",
        )  # fmt: skip
        wanted = ("基本医疗保险关系转移接续申请表", who.name, "130284", "申请人（签名）")
    found = opened(officer("window"), f"/desk/print/issued/{who.pk}/{row.number}.pdf")
    for text in wanted:
        assert text in found, text


def test_a_levy_of_a_unit() -> None:
    insured()
    levy = levies.issue_for_unit(made.origin(), Unit.objects.get(), date(2026, 3, 1))
    clerk = officer("window")
    found = opened(clerk, f"/desk/print/levy/{levy.region}/{levy.number}.pdf")
    for text in ("征缴单", levy.number, levy.unit.name, "2026年3月", "1人", "5,000.00元", "单位应缴"):
        assert text in found, text
    Levy.objects.filter(pk=levy.pk).update(headcount=9)
    assert "1人" in opened(clerk, f"/desk/print/levy/{levy.region}/{levy.number}.pdf")
    page = clerk.get(f"/desk/register/unit/{levy.unit_id}/?tab=levies").content.decode()
    assert f"/desk/print/levy/{levy.region}/{levy.number}.pdf" in page
    assert (
        officer("window", region="luanzhou")
        .get(f"/desk/print/levy/{levy.region}/{levy.number}.pdf")
        .status_code
        == 403
    )


def test_a_contact_letter_for_the_envelope() -> None:
    scene.publish_transfer("luanzhou", "puyang", now=NOW)
    item = effective_item("luanzhou", "agency", "transfer")
    window = signed_in(staff(item, "window"))
    view = _applied()
    _do(window, view, "accept", tick=_required(item, view))
    _do(window, view, "send")
    seq = next(e.seq for e in events_of(view.id) if "contact-letter" in e.data.get("documents", ()))
    early = window.get(f"/paper/{view.number}/{seq}/contact-letter.pdf")
    assert early.status_code == 409
    assert "还没有写成" in early.content.decode()
    deliver(now=NOW)
    letter = Letter.objects.get(direction="out")
    found = opened(window, f"/desk/print/letter/{letter.pk}.pdf")
    for text in (
        "联系函",
        letter.number,
        made.who(1)["name"],
        made.who(1)["id_number"],
        letter.party,
        "请核对参保缴费情况",
    ):
        assert text in found, text
    assert f"/desk/print/letter/{letter.pk}.pdf" in window.get(f"/desk/mail/{letter.pk}/").content.decode()
    from_case = window.get(f"/paper/{view.number}/{seq}/contact-letter.pdf")
    assert letter.number in read(from_case.content), "the case shows the letter itself, not a second paper"
    assert IssuedPaper.objects.count() == 1


def test_an_info_sheet_lists_the_months() -> None:
    """From the body of a letter as the exchange keeps it."""
    body = {
        "result": "arrived",
        "letter_number": "LX1",
        "person": {"name": "试安宁", "id_kind": "01", "id_number": made.new_number(1), "phone": ""},
        "transferor": {"name": "甲县医疗保障局", "admin_code": PLACE, "code": "", "contact": "", "phone": "", "address": ""},
        "transferee": {"name": "乙市医疗保障局", "admin_code": "130284", "code": "", "contact": "", "phone": "", "address": ""},
        "sheet": {
            "months_paid": 24,
            "account_balance": "500.00",
            "periods": [
                {"insurance": "310", "first": "2023-01", "last": "2024-12", "months": 24, "kind": "paid",
                 "base": "5000.00", "place": PLACE}
            ],
        },
        "date": "2026-03-02",
    }  # fmt: skip
    facts = {f.label: f.lines for f in printing._letter_facts(body)}
    assert facts["转出地机构名称"] == ("甲县医疗保障局",)
    assert facts["转入地机构名称"] == ("乙市医疗保障局",)
    assert facts["个人账户余额（元）"] == ("500.00",)
    table = printing._periods(body["sheet"])  # type: ignore[arg-type]
    assert table
    assert table.rows == (("2023-01", "2024-12", "24", "实际缴费", "5000.00", "职工基本医疗保险", PLACE),)


def test_a_roster_on_paper(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clerk = officer("window")
    rows = [["试甲", made.new_number(11), "成年居民", "2026"], ["试乙", "12345", "成年居民", "2026"]]
    upload(clerk, sheet(tmp_path, *rows))
    roster = Roster.objects.get()
    found = opened(clerk, f"/desk/print/roster/{roster.pk}.pdf")
    for text in ("参保名册核对表", "核对结果", "核对人", roster.holder, "试甲", "可登记", "试乙", "有误"):
        assert text in found, text
    monkeypatch.setattr(printing, "MOST_LINES", 0)
    refused = clerk.get(f"/desk/print/roster/{roster.pk}.pdf")
    assert "请下载表格" in refused.content.decode()
    assert officer("village").get(f"/desk/print/roster/{roster.pk}.pdf").status_code == 403


def test_what_is_not_there_is_said() -> None:
    clerk = officer("window")
    who = insured()
    assert not Issued.objects.exists()
    for address in (f"issued/{who.pk}/PZ1.pdf", "levy/puyang/ZJ1.pdf", "letter/9.pdf", "roster/9.pdf"):
        assert clerk.get(f"/desk/print/{address}").status_code in (400, 404, 409, 422), address


def test_a_levy_that_became_void_takes_its_slip_with_it(
    client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    insured()
    unit, clerk = Unit.objects.get(), officer("window")
    old = levies.issue_for_unit(made.origin(), unit, date(2026, 3, 1))
    other = levies.issue_for_unit(made.origin(), unit, date(2026, 4, 1))
    slip = f"/desk/print/levy/{old.region}/{old.number}.pdf"
    opened(clerk, slip)
    opened(clerk, f"/desk/print/levy/{old.region}/{other.number}.pdf")
    code, kept = (IssuedPaper.objects.get(subject=f"levy:{x.number}").code for x in (old, other))
    assert "是真的" in client.get(f"/verify/{code}/").content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        new = levies.issue_for_unit(made.origin(), unit, date(2026, 3, 1))
    assert "已作废" in client.get(f"/verify/{code}/").content.decode()
    assert "是真的" in client.get(f"/verify/{kept}/").content.decode()
    assert Entry.objects.using("audit").filter(kind="paper-voided", subject=f"paper:{code}").exists()
    assert "征缴单已作废" in clerk.get(slip).content.decode()
    assert "作废" in opened(clerk, slip + "?file=1")
    head = officer("head")
    assert "重新出具" not in head.get(slip).content.decode(), "the levy itself is void"
    assert head.post(slip).status_code == 409
    assert new.number in opened(clerk, f"/desk/print/levy/{new.region}/{new.number}.pdf")


def test_a_void_levy_is_not_printed_for_the_first_time() -> None:
    insured()
    unit, clerk = Unit.objects.get(), officer("window")
    old = levies.issue_for_unit(made.origin(), unit, date(2026, 3, 1))
    levies.issue_for_unit(made.origin(), unit, date(2026, 3, 1))
    slip = f"/desk/print/levy/{old.region}/{old.number}.pdf"
    operator = User.objects.create_user("operator")
    units.name_operator(made.origin(), unit, operator.pk, may_declare=False, may_query=True)
    for who, address in ((clerk, slip), (signed_in(operator), f"/unit/{unit.pk}/levies/{old.number}.pdf")):
        answer = who.get(address)
        assert answer.status_code == 409
        assert "登记册里已经作废" in answer.content.decode()
    assert not IssuedPaper.objects.exists()
    assert slip not in clerk.get(f"/desk/register/unit/{unit.pk}/?tab=levies").content.decode()


def test_a_levy_that_becomes_void_while_its_slip_is_set_gets_none(monkeypatch: pytest.MonkeyPatch) -> None:
    insured()
    unit, clerk = Unit.objects.get(), officer("window")
    old = levies.issue_for_unit(made.origin(), unit, date(2026, 3, 1))
    real = actions.rendered

    def meanwhile(sheet: Any) -> bytes:
        levies.issue_for_unit(made.origin(), unit, date(2026, 3, 1))
        return real(sheet)

    monkeypatch.setattr(actions, "rendered", meanwhile)
    answer = clerk.get(f"/desk/print/levy/{old.region}/{old.number}.pdf")
    assert answer.status_code == 409
    assert "登记册里已经作废" in answer.content.decode()
    assert not IssuedPaper.objects.exists()


@pytest.mark.postgres
@pytest.mark.django_db(databases="__all__", transaction=True)
def test_slips_and_their_levies_at_once_end_void_together() -> None:
    """Over and over one prints the slip while another has the levy worked out anew."""
    insured()
    unit, now = Unit.objects.get(), NOW
    for _ in range(6):
        old = levies.issue_for_unit(made.origin(), unit, date(2026, 3, 1))
        ready = Barrier(2)

        def prints(old: Levy = old, ready: Barrier = ready) -> None:
            ready.wait()
            with suppress(PaperVoid):
                row = printing.levy_of(old.region, old.number)
                assert row is not None
                issue(printing.levy(row), kind="levy-slip", region=old.region, actor=NOBODY, now=now)
            connections.close_all()

        def levies_anew(ready: Barrier = ready) -> None:
            ready.wait()
            levies.issue_for_unit(made.origin(), unit, date(2026, 3, 1))
            connections.close_all()

        threads = [Thread(target=prints), Thread(target=levies_anew)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert all(paper.is_void for paper in IssuedPaper.objects.filter(subject=f"levy:{old.number}"))


def test_a_void_certificate_is_issued_anew_by_who_decides() -> None:
    who = insured()
    row = certificates.certificate(made.origin(), who)
    link = f"/desk/print/issued/{who.pk}/{row.number}.pdf"
    clerk, head = officer("window"), officer("head")
    opened(clerk, link)
    first = IssuedPaper.objects.get()
    void(first, reason="印章不清", actor=NOBODY, now=NOW)
    assert "重新出具" not in clerk.get(link).content.decode()
    assert clerk.post(link).status_code == 403
    assert IssuedPaper.objects.count() == 1
    shown = head.get(link).content.decode()
    assert "印章不清" in shown
    assert "重新出具" in shown
    assert head.post(link).status_code == 302
    assert IssuedPaper.objects.latest("id").replaces == first
    assert "作废" not in opened(clerk, link)
