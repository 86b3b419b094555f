"""The tax department's receipts: only its own, proved, count; twice, late or wrong each has its answer."""

from __future__ import annotations

import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner
from django.test import Client

from jingban.cli import main
from jingban.core.money import to_yuan
from jingban.exchange import views
from jingban.exchange.agencies import Details, add_agency
from jingban.exchange.envelope import checked_sender, signed
from jingban.exchange.errors import (
    AgencyWrong,
    EnvelopeWrong,
    NotAddressee,
    SenderUnknown,
    SignatureWrong,
)
from jingban.exchange.inbox import Answer
from jingban.exchange.models import TaxOffice, TaxReceipt
from jingban.exchange.tax import name_tax_office, take_receipt
from jingban.registry import accounts, contributions, enrolments, levies
from jingban.registry.models import Levy, TaxNotice
from tests.builders import MONDAY
from tests.exchange.foreign import Foreign, new_key
from tests.registry import factories as make

pytestmark = pytest.mark.django_db(databases=["default", "audit"])
REGION = "puyang"
JAN, FEB = date(2026, 1, 1), date(2026, 2, 1)


@pytest.fixture
def tax(both: None) -> Foreign:
    return tax_office()


def tax_office() -> Foreign:
    """The tax bureau of the county, on record with its key, and known as such."""
    office = Foreign(code="puyang-tax", place="410928", name="试验县税务局").introduce(url="")
    name_tax_office(office.code, REGION, now=MONDAY)
    return office


@pytest.fixture
def levy(tax: Foreign) -> Levy:
    return levy_of()


def levy_of(month: date = JAN) -> Levy:
    """What worker 1 and the employer owe for a month."""
    origin = make.origin()
    unit = make.unit(origin) if not Levy.objects.exists() else Levy.objects.get().unit
    assert unit is not None
    if not Levy.objects.exists():
        enrolments.enrol(
            make.origin(day=JAN), make.person(origin), insurance="310", kind="1101", start_on=JAN,
            unit=unit, wage=Decimal(6000),
        )  # fmt: skip
    return levies.issue_for_unit(origin, unit, month)


def receipt_of(tax: Foreign, levy: Levy | str, number: str = "SW-1", **rest: Any) -> dict[str, Any]:
    due = str(to_yuan(levy.due_fen)) if isinstance(levy, Levy) else "1.00"
    body = {
        "levy_number": levy.number if isinstance(levy, Levy) else levy,
        "paid_on": "2026-03-01",
        "amount": due,
        **rest.pop("body", {}),
    }
    return tax.letter("tax-receipt", body, **{"to": REGION, "number": number, **rest})


def _taken(data: dict[str, Any], **later: Any) -> Answer:
    return take_receipt(data, now=MONDAY + timedelta(**later))


def _paid(levy: Levy) -> bool:
    return Levy.objects.get(pk=levy.pk).status == "paid"


def test_a_signed_receipt_puts_the_months_on_record(tax: Foreign, levy: Levy) -> None:
    answer = _taken(receipt_of(tax, levy))
    assert (answer.state, answer.words) == ("applied", f"征缴单{levy.number}已确认到账。")
    worker = levy.lines.get().person
    (run,) = contributions.spans(worker)
    assert (run.start_on, run.source) == (JAN, "tax")
    assert accounts.balance(worker) > 0
    kept = TaxReceipt.objects.get()
    assert (kept.number, kept.levy_number, kept.applied) == ("SW-1", levy.number, True)
    assert checked_sender(json.loads(kept.envelope), tax.code, MONDAY).name == tax.name, (
        "the proof is kept whole"
    )


def test_whoever_issued_the_levy_the_signature_is_the_other_hand(tax: Foreign, levy: Levy) -> None:
    Levy.objects.update(actor=0)  # the command line's, as the receipt's
    assert _taken(receipt_of(tax, levy)).state == "applied"


# Twice, and out of order


def test_the_same_receipt_again_is_answered_alike_whenever_it_comes(tax: Foreign, levy: Levy) -> None:
    data = receipt_of(tax, levy)
    assert _taken(data) == _taken(data, days=20)
    assert (TaxReceipt.objects.count(), TaxNotice.objects.count()) == (1, 1)


def test_a_number_that_came_on_paper_before_changes_nothing(tax: Foreign, levy: Levy) -> None:
    make.tax_says(make.origin(), levy.number, message="SW-1")
    balance = accounts.balance(levy.lines.get().person)
    assert _taken(receipt_of(tax, levy)).state == "applied"
    assert accounts.balance(levy.lines.get().person) == balance
    assert TaxNotice.objects.count() == 1


def test_the_later_month_may_come_first(tax: Foreign, levy: Levy) -> None:
    later = levy_of(FEB)
    assert _taken(receipt_of(tax, later, "SW-2")).state == "applied"
    assert _taken(receipt_of(tax, levy, "SW-1")).state == "applied"
    (run,) = contributions.spans(levy.lines.get().person)
    assert (run.start_on, run.end_on) == (JAN, date(2026, 2, 28))


def test_one_identity_has_one_content(tax: Foreign, levy: Levy) -> None:
    data = receipt_of(tax, levy)
    _taken(data)
    with pytest.raises(EnvelopeWrong, match="已用于另一张内容不同的回执"):
        _taken(receipt_of(tax, levy, "SW-9", uuid=data["uuid"]))
    assert TaxReceipt.objects.count() == 1


# What is proved but cannot be applied: kept, answered, nothing moves


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"levy_number": "ZJ410928-20260301-0009999"}, "没有编号为ZJ410928-20260301-0009999的征缴单"),
        ({"amount": "0.01"}, "金额不符，没有入账；请核对后换新的回执编号"),
        ({"paid_on": "2026-03-03"}, "还没有到，没有入账"),
    ],
    ids=["unknown", "amount", "future"],
)
def test_what_does_not_fit_is_refused_in_words_and_kept(
    tax: Foreign, levy: Levy, body: dict[str, str], words: str
) -> None:
    data = receipt_of(tax, levy, body=body)
    answer = _taken(data)
    assert (answer.state, words in answer.words, _paid(levy)) == ("refused", True, False)
    assert _taken(data) == answer
    assert TaxNotice.objects.get().applied is False, "it stands on the desk's page"
    assert _taken(receipt_of(tax, levy, "SW-2")).state == "applied", "a new number puts it right"


def test_a_levy_that_was_replaced_or_paid_is_not_paid_again(tax: Foreign, levy: Levy) -> None:
    unit = levy.unit
    assert unit is not None
    new = levies.issue_for_unit(make.origin(), unit, JAN)
    late = _taken(receipt_of(tax, levy))
    assert (late.state, f"请按现行征缴单{new.number}核对" in late.words) == ("refused", True)
    assert _taken(receipt_of(tax, new, "SW-2")).state == "applied"
    assert "没有重复入账" in _taken(receipt_of(tax, new, "SW-3")).words


def test_a_number_serves_onelevy_of(tax: Foreign, levy: Levy) -> None:
    later = levy_of(FEB)
    _taken(receipt_of(tax, levy))
    answer = _taken(receipt_of(tax, later))
    assert (answer.state, "已经用于征缴单" in answer.words, _paid(later)) == ("refused", True, False)


# Who may say so


def test_an_agency_is_not_the_tax_department_by_its_key(tax: Foreign, levy: Levy) -> None:
    other = Foreign().introduce()
    with pytest.raises(SenderUnknown, match="没有登记为该地区的税务部门"):
        _taken(receipt_of(other, levy))
    with pytest.raises(SenderUnknown, match="没有登记为该地区的税务部门"):
        _taken(receipt_of(tax, levy, to="luanzhou"))
    assert not TaxReceipt.objects.exists()
    assert not _paid(levy)


def test_a_tax_department_counts_until_its_last_day(tax: Foreign, levy: Levy) -> None:
    name_tax_office(tax.code, REGION, now=MONDAY, end_on=MONDAY.date())
    assert TaxOffice.objects.count() == 1
    with pytest.raises(SenderUnknown):
        _taken(receipt_of(tax, levy), days=1)
    assert _taken(receipt_of(tax, levy)).state == "applied"


def test_a_receipt_that_is_not_proved_is_kept_nowhere(tax: Foreign, levy: Levy) -> None:
    good = receipt_of(tax, levy)
    changed = {**good, "body": {**good["body"], "amount": "0.01"}}
    with pytest.raises(SignatureWrong):
        _taken(changed)
    with pytest.raises(SenderUnknown, match="签名公钥没有在本机构登记"):
        _taken(signed({k: v for k, v in good.items() if k not in _PROOF}, new_key()))
    with pytest.raises(NotAddressee):
        _taken(receipt_of(tax, levy, to="atlantis"))
    assert not TaxReceipt.objects.exists()
    assert not TaxNotice.objects.exists()


_PROOF = frozenset({"algorithm", "key", "digest", "signature"})


@pytest.mark.parametrize(
    ("rest", "words"),
    [
        ({"body": {"amount": "1,00"}}, "金额"),
        ({"body": {"amount": 5}}, "金额"),
        ({"body": {"paid_on": "昨天"}}, "到账日"),
        ({"body": {"levy_number": ""}}, "征缴单号"),
        ({"body": {"name": "多余"}}, "name"),
        ({"number": " "}, "没有回执编号"),
        ({"version": 2}, "种类和版本"),
    ],
)
def test_what_is_no_receipt_is_refused_by_name(
    tax: Foreign, levy: Levy, rest: dict[str, Any], words: str
) -> None:
    with pytest.raises(EnvelopeWrong, match=words):
        _taken(receipt_of(tax, levy, **rest))
    assert not TaxReceipt.objects.exists()


@pytest.mark.parametrize(
    ("code", "region", "words"),
    [
        ("nobody", REGION, "没有登记代码"),
        ("puyang-tax", "atlantis", "没有地区"),
        ("own", REGION, "不能作为税务部门"),
    ],
)
def test_only_another_agency_on_record_is_a_tax_department(
    tax: Foreign, code: str, region: str, words: str
) -> None:
    add_agency(Details("own", name="本系统", admin_code="410928", url="local"), now=MONDAY)
    with pytest.raises(AgencyWrong, match=words):
        name_tax_office(code, region, now=MONDAY)


# The doors


def test_the_line_answers_with_a_signature(tax: Foreign, levy: Levy, monkeypatch: pytest.MonkeyPatch) -> None:
    class Clock:
        @staticmethod
        def now(_: object) -> Any:
            return MONDAY

    monkeypatch.setattr(views, "datetime", Clock)
    data = receipt_of(tax, levy)
    response = _posted("/exchange/tax", data)
    answer = response.json()
    assert (response.status_code, answer["state"], answer["uuid"]) == (200, "applied", data["uuid"])
    assert checked_sender(answer, REGION, MONDAY).code == REGION
    assert _posted("/exchange/tax", receipt_of(Foreign(code="stranger"), levy)).status_code == 403
    assert _posted("/exchange/tax", ["x"]).status_code == 400
    assert _posted("/exchange/letters", receipt_of(tax, levy, "SW-5")).json()["state"] == "refused"


def _posted(path: str, data: Any) -> Any:
    client = Client(enforce_csrf_checks=True)
    return client.post(path, json.dumps(data), content_type="application/json")


def test_a_file_of_receipts(
    tax: Foreign, levy: Levy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jingban.exchange.commands._now", lambda: MONDAY)
    good, unknown = receipt_of(tax, levy), receipt_of(tax, "ZJ-none", "SW-2")
    forged = {**receipt_of(tax, levy, "SW-3"), "uuid": str(uuid4())}
    file = tmp_path / "receipts.jsonl"
    file.write_text("\n".join(["没有签名", *map(json.dumps, (good, forged)), "", json.dumps(unknown)]))
    told = (
        "第1行：这一行不是签名回执",
        f"第2行：征缴单{levy.number}已确认到账",
        "第3行：函件的签名对不上",
        "第5行：没有编号为ZJ-none的征缴单",
        "3行没有入账",
    )
    for _ in range(2):
        done = CliRunner().invoke(main, ["exchange", "tax-receipts", str(file)])
        assert done.exit_code == 1
        for words in told:
            assert words in done.output
    assert TaxReceipt.objects.count() == 2
    file.write_text(json.dumps(good))
    assert CliRunner().invoke(main, ["exchange", "tax-receipts", str(file)]).exit_code == 0


def test_a_tax_department_is_named_on_the_command_line(both: None) -> None:
    Foreign(code="puyang-tax").introduce(url="")
    done = CliRunner().invoke(main, ["exchange", "tax-office", "puyang-tax", REGION])
    assert (done.exit_code, TaxOffice.objects.get().region) == (0, REGION)
    wrong = CliRunner().invoke(main, ["exchange", "tax-office", "nobody", REGION])
    assert (wrong.exit_code, "没有登记代码" in wrong.output) == (2, True)
