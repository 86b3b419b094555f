"""Every kind of the rulebook is issued for a case, opened again, and held against what it claims."""

from __future__ import annotations

from functools import cache

import pytest

from jingban.cases.actions import NOBODY
from jingban.cases.models import CaseEvent
from jingban.core.paths import rulebook_root
from jingban.core.yaml12 import read_yaml
from jingban.documents import kinds
from jingban.documents.actions import file_of, issue_of_case
from jingban.documents.rendering import spoken
from jingban.documents.signing import signed
from tests.documents.reading import read
from tests.houses import House

KINDS = sorted(read_yaml(rulebook_root() / "national" / "documents.yaml").data)
BUNDLED = {"NotoSansSC-Regular", "NotoSerifSC-Regular"}


@cache
def templates() -> list[str]:
    return sorted(p.stem for p in (rulebook_root() / "national" / "documents").glob("*.typ"))


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_a_signed_archive_file_with_its_text(house: House, kind: str) -> None:
    view = house.act(house.apply(), "accept")
    event = CaseEvent.objects.get(case_id=view.id, seq=2)
    event.data["documents"] = [kind]
    CaseEvent.objects.filter(pk=event.pk).update(data=event.data)
    row = issue_of_case(view=view, seq=2, kind=kind, actor=NOBODY, now=house.now)
    assert row
    pdf, known = file_of(row), kinds.papers(view.region)[kind]
    found = read(pdf)
    for text in (row.title, f"{view.number}-2", spoken(row.code), row.mark, "以测试证书签名", "扫码核验真伪"):
        assert text in found, text
    for label in known.must_carry:
        # At the head and the foot of the paper these stand without their labels.
        head = label in ("日期", "印章", "电子印章", "文书编号", "受理文书编号")
        assert head or label in found, label
    assert found.pdfa == "2B"
    assert found.is_tagged
    assert found.fonts
    assert found.fonts <= BUNDLED
    assert not found.loose
    assert "\ufffd" not in found.text
    wanted = {f"核验二维码，核验码{spoken(row.code)}"} | (
        {f"{row.agency}印章"} if kinds.is_sealed(known) else set()
    )
    assert found.pictures == wanted
    assert found.title == f"{row.title} {row.number}"
    status = signed(pdf)
    assert status
    assert status.intact
    assert status.ours


def test_what_law_wants_on_a_refusal_is_there(house: House) -> None:
    view = house.apply()
    view = house.act(view, "decline", reason="不在本地参保", basis="某法第五条")
    row = issue_of_case(view=view, seq=view.seq, kind="non-acceptance-notice", actor=NOBODY, now=house.now)
    assert row
    found = read(file_of(row))
    for text in ("不在本地参保", "某法第五条", "60日内依法申请行政复议", "6个月内依法向人民法院提起行政诉讼"):
        assert text in found, text


def test_kinds_name_templates_that_exist() -> None:
    for key, paper in kinds.papers("").items():
        assert kinds.template_of("", paper).stem in templates(), key


def test_a_region_may_set_papers_its_own_way(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "national" / "documents").mkdir(parents=True)
    (tmp_path / "regions" / "there" / "documents").mkdir(parents=True)
    for folder in ("national", "regions/there"):
        (tmp_path / folder / "documents" / "notice.typ").write_text("x")
    monkeypatch.setattr(kinds, "rulebook_root", lambda: tmp_path)
    paper = kinds.Paper(name="《通知》", kind="notice")
    assert "there" in str(kinds.template_of("there", paper))
    assert "national" in str(kinds.template_of("elsewhere", paper))
