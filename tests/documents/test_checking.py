"""Verdicts by code, number and file; the commands; the timer's round."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from jingban.access.models import User
from jingban.cases.actions import NOBODY
from jingban.cases.models import CaseEvent
from jingban.cases.view import CaseView
from jingban.documents import archive, seals, sweeping
from jingban.documents.actions import file_of, issue_of_case, void
from jingban.documents.checking import code_typed, faults, file_verdict, verdict
from jingban.documents.commands import paper
from jingban.documents.models import IssuedPaper, Sweep
from jingban.documents.rendering import address, qr, spoken
from tests.houses import NAME, House, answers_for, staff


@pytest.fixture
def accepted(house: House) -> CaseView:
    return house.act(house.apply(), "accept")


@pytest.fixture
def row(accepted: CaseView, house: House) -> IssuedPaper:
    made = issue_of_case(view=accepted, seq=2, kind="acceptance-notice", actor=NOBODY, now=house.now)
    assert made
    return made


def test_a_code_is_taken_as_people_type_it(row: IssuedPaper) -> None:
    assert code_typed(f" {spoken(row.code).lower()} ") == row.code
    for wrong in ("", "ABC", row.code[:-1], row.code[:-1] + "0", row.code + "A"):
        assert code_typed(wrong) == ""
    assert len(spoken(row.code)) == 14


def test_the_verdict_names_nobody(row: IssuedPaper, house: House) -> None:
    found = verdict(row.code)
    assert found
    assert found.holder == "张**"
    assert (found.kind, found.agency, found.mark) == ("受理通知书", row.agency, row.mark)
    assert not found.is_void
    assert found.is_test
    assert row.number not in repr(found)
    void(row, reason="错", actor=staff(3, "head"), now=house.now)
    again = verdict(row.code)
    assert again
    assert again.is_void
    assert again.voided_on == house.now.date()
    assert verdict("234567892345") is None


def test_a_file_is_known_byte_for_byte(row: IssuedPaper) -> None:
    pdf = file_of(row)
    assert file_verdict(pdf).row == row
    touched = file_verdict(pdf + b"\n")
    assert touched.row is None
    assert file_verdict(b"x").signature is None


def test_the_qr_code_leads_to_the_public_page(row: IssuedPaper) -> None:
    assert address(row.code) == f"https://papers.example/verify/{row.code}/"
    assert qr(row.code).startswith("<svg")


def test_commands_verify_numbers_and_files(row: IssuedPaper, tmp_path: Path) -> None:
    run = CliRunner().invoke
    done = run(paper, ["verify", row.number])
    assert done.exit_code == 0
    assert "存档完好" in done.output
    assert spoken(row.code) in done.output
    file = tmp_path / "paper.pdf"
    file.write_bytes(file_of(row))
    done = run(paper, ["verify", str(file)])
    assert done.exit_code == 0
    assert "签名完整" in done.output
    pdf = bytearray(file.read_bytes())
    pdf[len(pdf) // 3] ^= 1
    file.write_bytes(bytes(pdf))
    done = run(paper, ["verify", str(file)])
    assert done.exit_code == 1
    assert "不是本系统出具的原文件" in done.output
    assert run(paper, ["verify", "nothing"]).exit_code == 2


def test_commands_void_and_reseal(row: IssuedPaper) -> None:
    run = CliRunner().invoke
    User.objects.create_user("head", name="负责人")
    assert run(paper, ["void", "no", "--by", "head", "--reason", "错"]).exit_code == 2
    assert run(paper, ["void", row.code, "--by", "nobody", "--reason", "错"]).exit_code == 2
    done = run(paper, ["void", spoken(row.code), "--by", "head", "--reason", "内容写错"])
    assert done.exit_code == 0, done.output
    row.refresh_from_db()
    assert (row.is_void, row.void_reason) == (True, "内容写错")
    done = run(paper, ["verify", row.number])
    assert done.exit_code == 1
    assert "作废：内容写错" in done.output
    assert "重新加密0份" in run(paper, ["reseal"]).output


def test_faults_of_what_is_kept_are_told(row: IssuedPaper) -> None:
    assert faults(row) == []
    archive.drop(row.file)
    assert faults(row)


def test_the_timer_issues_what_nobody_asked_for(accepted: CaseView, house: House) -> None:
    house.later(minutes=5)
    assert sweeping.sweep(now=house.now) == sweeping.Swept(1, 0)
    made = IssuedPaper.objects.get()
    assert (made.kind, made.seq, made.actor) == ("acceptance-notice", 2, NOBODY.id)
    house.later(minutes=5)
    assert sweeping.sweep(now=house.now) == sweeping.Swept(0, 0)
    assert Sweep.objects.get().until == house.now


def test_the_timer_leaves_what_stays_in_the_house(accepted: CaseView, house: House) -> None:
    event = CaseEvent.objects.get(case_id=accepted.id, seq=2)
    event.data["documents"] = ["ledger-record", "contact-letter"]
    CaseEvent.objects.filter(pk=event.pk).update(data=event.data)
    house.later(minutes=5)
    assert sweeping.sweep(now=house.now) == sweeping.Swept(0, 0)


def test_one_that_cannot_be_issued_holds_up_no_other(house: House) -> None:
    answers = answers_for(house.version().item)
    house.act(house.apply(answers={**answers, "name": "张\U0002a700"}), "accept")
    house.act(house.apply(), "accept")
    house.later(minutes=5)
    assert sweeping.sweep(now=house.now) == sweeping.Swept(1, 1)
    assert IssuedPaper.objects.count() == 1


def test_an_unforeseen_fault_holds_up_no_other_and_is_tried_again(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Beyond the quarter of an hour that every round looks back; the log names nobody."""
    bad, good = (house.act(house.apply(), "accept") for _ in range(2))
    real = sweeping.issue_of_case

    def broken(*, view: CaseView, **rest: Any) -> IssuedPaper | None:
        if view.id == bad.id:
            raise RuntimeError(f"no room for {NAME}")
        return real(view=view, **rest)

    monkeypatch.setattr(sweeping, "issue_of_case", broken)
    house.later(minutes=5)
    assert sweeping.sweep(now=house.now) == sweeping.Swept(1, 1)
    assert IssuedPaper.objects.get().case == good.id
    assert "RuntimeError" in caplog.text
    assert NAME not in caplog.text
    house.later(hours=3)
    assert sweeping.sweep(now=house.now) == sweeping.Swept(0, 1)
    monkeypatch.setattr(sweeping, "issue_of_case", real)
    house.later(hours=3)
    assert sweeping.sweep(now=house.now) == sweeping.Swept(1, 0)
    assert Sweep.objects.get().until == house.now


def test_one_that_always_fails_is_given_up_after_a_day(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.act(house.apply(), "accept")

    def broken(**rest: Any) -> IssuedPaper | None:
        raise RuntimeError

    monkeypatch.setattr(sweeping, "issue_of_case", broken)
    for hours, failed in ((1, 1), (22, 1), (3, 1), (1, 0)):
        house.later(hours=hours)
        assert sweeping.sweep(now=house.now).failed == failed
    assert Sweep.objects.get().until == house.now


@pytest.mark.parametrize("name", ["某局", "某某县医疗保障局", "某某回族自治县医疗保障事业管理服务中心"])
def test_a_seal_has_every_character_within_its_ring(name: str) -> None:
    drawn = seals.seal(name, test=True)
    assert drawn.count("<path") == len(name) + len(seals.LINE) + len(seals.TEST_LINE)
    numbers = [float(n) for d in re.findall(r'd="([^"]+)"', drawn) for n in re.findall(r"-?\d+\.?\d*", d)]
    assert min(numbers) > 8
    assert max(numbers) < seals.SIZE - 8
    assert seals.seal(name, test=False).count("<path") == len(name) + len(seals.LINE)
