"""A guide held against the law; what is beyond it stays as printed and is told."""

from __future__ import annotations

import pytest

from jingban.rulebook.book import Rulebook
from jingban.rulebook.effective import EffectiveItem
from jingban.rulebook.law import Finding, findings
from jingban.rulebook.schema import LegalBasis, Limit

Entries = dict[str, EffectiveItem]


def held(real: Rulebook, item: EffectiveItem) -> list[Finding]:
    return findings(item, real.national.laws)


def rules(real: Rulebook, item: EffectiveItem) -> set[str]:
    return {f.rule for f in held(real, item)}


@pytest.mark.parametrize("region", ["xingtai", "luanzhou", "qinhuangdao"])
def test_twenty_days_for_the_maternity_allowance(real: Rulebook, entries: Entries, region: str) -> None:
    found = [f for f in held(real, entries[f"{region}/maternity-allowance"]) if f.rule == "limit-longer"]
    assert len(found) == 1
    assert "20个工作日" in found[0].text
    assert "10个工作日" in found[0].text
    assert "第二十条第三款" in found[0].text
    assert found[0].severity == "beyond_law"


@pytest.mark.parametrize("region", ["bazhou", "puyang"])
def test_ten_days_or_none_are_no_finding(real: Rulebook, entries: Entries, region: str) -> None:
    assert "limit-longer" not in rules(real, entries[f"{region}/maternity-allowance"])


def test_only_medical_records_for_the_allowance(real: Rulebook, entries: Entries) -> None:
    beyond = [
        f.text for f in held(real, entries["xingtai/maternity-allowance"]) if f.rule == "material-beyond-law"
    ]
    assert any("出生医学证明" in text for text in beyond)
    assert any("住院发票" in text for text in beyond)
    assert "material-beyond-law" not in rules(real, entries["luanzhou/maternity-allowance"])


def test_twenty_days_for_a_transfer(real: Rulebook, entries: Entries) -> None:
    assert "limit-longer" in rules(real, entries["qinhuangdao/transfer"])
    assert "limit-longer" not in rules(real, entries["bazhou/transfer"])


def test_other_units_are_not_compared(real: Rulebook, entries: Entries) -> None:
    found = [f for f in held(real, entries["bazhou/designate-institution"]) if f.rule.startswith("limit")]
    assert [f.rule for f in found] == ["limit-unit"]
    assert "口径不同，取先到者" in found[0].text


def test_a_certificate_without_basis(real: Rulebook, entries: Entries) -> None:
    found = [
        f for f in held(real, entries["xingtai/maternity-fp-medical"]) if f.rule == "material-without-basis"
    ]
    assert any("结婚证" in f.text for f in found)


def test_what_sharing_replaces_is_advice(real: Rulebook, entries: Entries) -> None:
    found = [f for f in held(real, entries["xingtai/account-withdrawal"]) if f.rule == "material-shared"]
    assert found
    assert all(f.severity == "advice" for f in found)


def test_what_the_guide_does_not_ask_is_not_told(real: Rulebook, entries: Entries) -> None:
    silent = [e for e in entries.values() if "materials" in e.defaults]
    assert silent
    for item in silent:
        assert not [f for f in held(real, item) if f.rule.startswith("material")]


@pytest.mark.parametrize(("days", "told"), [(9, False), (10, False), (11, True)])
def test_the_border_of_the_limit(real: Rulebook, entries: Entries, days: int, told: bool) -> None:
    limit = Limit(working_days=days)
    item = entries["bazhou/maternity-allowance"].model_copy(update={"limit": limit})
    assert ("limit-longer" in rules(real, item)) is told


@pytest.mark.parametrize(
    ("basis", "told"),
    [
        (
            LegalBasis(title="零售药店医疗保障定点管理暂行办法", number="国家医疗保障局令第2号"),
            "应为“国家医疗保障局令第3号”",
        ),
        (LegalBasis(title="零售药店医疗保障定点管理暂行办法", number="国家医疗保障局令第3号"), None),
        (
            LegalBasis(title="关于跨省异地就医的通知", number="医保办发〔2022〕22号"),
            "不是《关于跨省异地就医的通知》的",
        ),
        (LegalBasis(law="handling-regulation", articles=("20(3)",)), None),
        (LegalBasis(title="地方办法", number="某政发〔2020〕1号"), None),
    ],
)
def test_decree_numbers(real: Rulebook, entries: Entries, basis: LegalBasis, told: str | None) -> None:
    update = {"legal_basis": (basis,), "corrections": ()}
    found = [
        f
        for f in held(real, entries["bazhou/designate-pharmacy"].model_copy(update=update))
        if f.rule == "law-number"
    ]
    assert bool(found) is (told is not None)
    if told:
        assert told in found[0].text


def test_brackets_do_not_make_another_number(real: Rulebook, entries: Entries) -> None:
    law = real.national.laws["offsite-notice"]
    basis = LegalBasis(title=law.title, number=(law.number or "").replace("〔", "【").replace("〕", "】"))
    item = entries["bazhou/offsite-referral"].model_copy(update={"legal_basis": (basis,), "corrections": ()})
    assert "law-number" not in rules(real, item)


def test_findings_of_the_guide_are_carried_over(real: Rulebook, entries: Entries) -> None:
    item = entries["luanzhou/transfer"]
    notes = [f.text for f in held(real, item) if f.severity == "note" and f.rule.startswith("guide-")]
    assert notes == [f.text for f in item.findings]
