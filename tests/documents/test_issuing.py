"""A paper is issued once and never changes; what is missing, altered or void is said."""

from __future__ import annotations

import base64
import io
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from click.testing import CliRunner
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import connections
from fontTools.subset import main as subset
from fontTools.ttLib import TTFont

from jingban.audit.models import Entry
from jingban.cases.actions import NOBODY
from jingban.cases.view import CaseView
from jingban.core.crypto import seal_bytes
from jingban.core.paths import rulebook_root
from jingban.documents import actions, archive, fonts
from jingban.documents.actions import content_kept, file_of, issue, issue_of_case, look, printed, void
from jingban.documents.case_papers import Subject
from jingban.documents.commands import paper
from jingban.documents.content import Column, Content, Table, checked
from jingban.documents.errors import (
    DocumentError,
    PaperAltered,
    PaperUnknown,
    PaperVoid,
    SignerWrong,
    SignsMissing,
    TemplateFault,
)
from jingban.documents.models import IssuedPaper, PaperPrint
from jingban.documents.signing import OwnCertificate, Pkcs12, signed
from tests.documents.reading import read
from tests.houses import House, answers_for, staff

KIND = "acceptance-notice"


def accepted(house: House, **answers: str) -> CaseView:
    view = house.apply(answers={**answers_for(house.version().item), **answers})
    return house.act(view, "accept")


def issued(house: House, view: CaseView, kind: str = KIND, seq: int = 2, **rest: Any) -> IssuedPaper:
    row = issue_of_case(view=view, seq=seq, kind=kind, actor=NOBODY, now=house.now, **rest)
    assert row is not None
    return row


def plain(**rest: Any) -> Content:
    return Content(sender="某县医疗保障局", day="2026-03-02", **rest)  # type: ignore[arg-type]


def test_asked_for_twice_it_is_the_same_file(house: House) -> None:
    view = accepted(house)
    first = issued(house, view)
    pdf = file_of(first)
    house.later(days=3)
    view = house.act(view, next(iter(house.procedure(view).process.steps[view.step].do)))
    again = issued(house, view)
    assert again.pk == first.pk
    assert file_of(again) == pdf
    assert first.issued_at < house.now
    assert len(first.rulebook) == len(first.template) == 64


def test_it_says_what_was_so_at_its_event_whenever_it_is_issued(house: House) -> None:
    view = accepted(house)
    at_once, _ = look(view, 2, KIND) or (None, None)
    house.later(days=30)
    view = house.act(view, next(iter(house.procedure(view).process.steps[view.step].do)))
    later = content_kept(issued(house, view))
    assert later == at_once
    facts = {f.label: f.lines for f in later.facts}
    assert facts["承诺办结日期"] != ("办理中暂停计时，恢复后重新计算",)
    assert facts["受理时间"] == ("2026年3月2日09:00",)
    assert later.day.isoformat() == "2026-03-02"


def test_only_what_the_event_gave_out_is_issued(house: House) -> None:
    view = accepted(house)
    for seq, kind in ((2, "refusal-decision"), (1, KIND), (9, KIND), (2, "no-such-paper")):
        assert issue_of_case(view=view, seq=seq, kind=kind, actor=NOBODY, now=house.now) is None
    assert not IssuedPaper.objects.exists()


def test_content_and_file_lie_sealed(house: House) -> None:
    row = issued(house, accepted(house))
    name = "张小凤"
    assert name in content_kept(row).addressee
    assert name.encode() not in bytes(row.content)
    with storages["papers"].open(row.file) as file:
        token = file.read()
    assert b"%PDF" not in token
    assert row.file.replace("/", "").isalnum()
    assert "张" not in f"{row.title}{row.number}{row.subject}{row.agency}"


def test_every_print_is_counted_and_written_down(house: House) -> None:
    row = issued(house, accepted(house))
    clerk = staff(7, "window")
    pdf = printed(row, actor=clerk, now=house.now)
    assert printed(row, actor=clerk, now=house.now) == pdf == file_of(row)
    assert PaperPrint.objects.filter(paper=row, actor=7).count() == 2
    told = Entry.objects.using("audit").filter(subject=f"paper:{row.code}").order_by("id")
    assert [entry.kind for entry in told] == ["paper-issued", "paper-printed", "paper-printed"]


def test_a_file_that_was_changed_or_is_gone_is_not_printed(house: House) -> None:
    row = issued(house, accepted(house))
    good, other = file_of(row), seal_bytes(b"%PDF other", context=b"paper:file")
    for token in (other, b"junk"):
        storages["papers"].delete(row.file)
        storages["papers"].save(row.file, ContentFile(token))
        with pytest.raises(PaperAltered, match="从备份恢复"):
            printed(row, actor=NOBODY, now=house.now)
    archive.drop(row.file)
    with pytest.raises(PaperAltered, match="从备份恢复"):
        printed(row, actor=NOBODY, now=house.now)
    assert good.startswith(b"%PDF")
    assert not PaperPrint.objects.exists()


def test_content_that_was_changed_is_refused(house: House) -> None:
    row = issued(house, accepted(house))
    row.number += "0"
    with pytest.raises(PaperAltered, match="校验值"):
        content_kept(row)


def test_one_changed_byte_breaks_the_signature(house: House) -> None:
    pdf = bytearray(file_of(issued(house, accepted(house))))
    status = signed(bytes(pdf))
    assert status
    assert status.intact
    assert status.ours
    pdf[len(pdf) // 3] ^= 1
    broken = signed(bytes(pdf))
    assert broken is None or not broken.intact
    assert signed(b"no pdf") is None


def test_what_is_appended_after_the_signature_is_found(house: House) -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(file_of(issued(house, accepted(house))))) as found:
        found.docinfo["/Subject"] = "x"
        found.save(out)
    status = signed(out.getvalue())
    assert status is None or not status.intact


def test_a_character_without_a_glyph_stops_the_issue(house: House) -> None:
    view = accepted(house, name="张\U0002a700")
    with pytest.raises(SignsMissing, match="U\\+2A700.*补充字库.*手写") as caught:
        issued(house, view)
    assert caught.value.details["signs"] == ["\U0002a700"]
    assert not IssuedPaper.objects.exists()
    rare = accepted(house, name="欧阳䶮")
    assert "欧阳䶮" in read(file_of(issued(house, rare)))


def test_room_for_the_pen_where_a_glyph_is_missing(house: House) -> None:
    row = issued(house, accepted(house, name="张\U0002a700"), by_hand=True)
    found = read(file_of(row))
    assert "张〔〕：" in found
    assert "手写备注" in found
    assert content_kept(row).addressee == "张\U0002a700", "what is kept is the name as it is"
    assert row.handwritten


def test_a_font_laid_into_the_folder_fills_the_gap(settings: Any, tmp_path: Path) -> None:
    assert fonts.missing("张\U0002a700") == ["\U0002a700"]
    own = tmp_path / "fonts"
    own.mkdir()
    settings.JINGBAN_VAR = tmp_path
    target = own / "own.otf"
    subset([str(fonts.SERIF), "--text=张", f"--output-file={target}"])
    assert fonts.own_fonts() == [target]
    assert fonts.missing("张\U0002a700") == ["\U0002a700"], "the new font lacks it too"
    with TTFont(target) as font:
        for table in font["cmap"].tables:
            if table.isUnicode():
                table.cmap[0xE000] = table.cmap[ord("张")]
        font.save(own / "second.otf")
    assert fonts.missing("\ue000") == []


def test_a_void_paper_says_so_and_stays_void(house: House) -> None:
    row = issued(house, accepted(house))
    with pytest.raises(PaperVoid, match="原因"):
        void(row, reason=" ", actor=staff(8, "head"), now=house.now)
    row = void(row, reason="姓名写错", actor=staff(8, "head"), now=house.now)
    with pytest.raises(PaperVoid, match="已经作废"):
        void(row, reason="再来", actor=staff(8, "head"), now=house.now)
    shown = printed(row, actor=NOBODY, now=house.now)
    assert "作废" in read(shown)
    assert signed(shown) is None
    assert not row.prints.exists()
    assert "作废" not in read(file_of(row)), "what was issued is kept as it was"
    assert issued(house, accepted(house)).pk != row.pk


def test_of_two_at_once_one_stands(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second set its own while the first was being written: it gets the first's, and its file goes."""
    view, made = accepted(house), []
    real = actions.rendered

    def meanwhile(sheet: Any) -> bytes:
        if not made:
            made.append(None)
            made[0] = issued(house, view)
        return real(sheet)

    monkeypatch.setattr(actions, "rendered", meanwhile)
    assert issued(house, view) == made[0]
    assert IssuedPaper.objects.count() == 1
    folders, _ = storages["papers"].listdir("")
    assert sum(len(storages["papers"].listdir(folder)[1]) for folder in folders) == 1


def while_it_is_set(monkeypatch: pytest.MonkeyPatch, first: Callable[[], object]) -> None:
    """Something happens once while the next paper is being set."""
    real, due = actions.rendered, [first]

    def meanwhile(sheet: Any) -> bytes:
        if due:
            due.pop()()
        return real(sheet)

    monkeypatch.setattr(actions, "rendered", meanwhile)


def test_issued_and_voided_by_another_meanwhile_stays_void(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = accepted(house)
    while_it_is_set(monkeypatch, lambda: void(issued(house, view), reason="错", actor=NOBODY, now=house.now))
    found = issued(house, view)
    assert found.is_void
    assert IssuedPaper.objects.get() == found


def test_of_two_who_issue_anew_one_does(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    view = accepted(house)
    first = void(issued(house, view), reason="错", actor=NOBODY, now=house.now)
    while_it_is_set(monkeypatch, lambda: issued(house, view, again=True))
    second = issued(house, view, again=True)
    assert (second.is_void, second.replaces) == (False, first)
    assert IssuedPaper.objects.count() == 2


def test_what_was_issued_anew_and_voided_again_is_not_issued_a_third_time(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    view = accepted(house)
    void(issued(house, view), reason="错", actor=NOBODY, now=house.now)

    def another() -> None:
        void(issued(house, view, again=True), reason="又错", actor=NOBODY, now=house.now)

    while_it_is_set(monkeypatch, another)
    assert issued(house, view, again=True).void_reason == "又错"
    assert IssuedPaper.objects.count() == 2


def test_a_paper_of_what_became_void_meanwhile_is_not_issued(house: House) -> None:
    about = Subject("levy:1", "ZJ1", plain(), hold=lambda: True)
    with pytest.raises(PaperVoid, match="登记册里已经作废"):
        issue(about, kind="levy-slip", region="puyang", actor=NOBODY, now=house.now)
    assert not IssuedPaper.objects.exists()
    folders, _ = storages["papers"].listdir("")
    assert sum(len(storages["papers"].listdir(folder)[1]) for folder in folders) == 0


def test_voided_between_the_look_and_the_print_is_no_print(house: House) -> None:
    view = accepted(house)
    seen = issued(house, view)
    void(IssuedPaper.objects.get(pk=seen.pk), reason="错", actor=NOBODY, now=house.now)
    assert "作废" in read(printed(seen, actor=NOBODY, now=house.now)).text
    assert not PaperPrint.objects.exists()


@pytest.mark.postgres
def test_threads_that_ask_at_once_get_one_paper(committed_house: House) -> None:
    view, found = accepted(committed_house), []

    def ask() -> None:
        try:
            found.append(issued(committed_house, view).code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len(set(found)) == 1
    assert IssuedPaper.objects.count() == 1


def test_other_subjects_have_one_paper_each(house: House) -> None:
    about = {"kind": "levy-slip", "region": "puyang", "actor": NOBODY, "now": house.now}
    first = issue(Subject("levy:1", "ZJ1", plain(holder="甲")), **about)  # type: ignore[arg-type]
    again = issue(Subject("levy:1", "ZJ1", plain(holder="乙")), **about)  # type: ignore[arg-type]
    other = issue(Subject("levy:2", "ZJ2", plain(holder="乙")), **about)  # type: ignore[arg-type]
    assert first == again
    assert content_kept(again).holder == "甲"
    assert other.code != first.code
    with pytest.raises(PaperUnknown, match="documents.yaml"):
        issue(Subject("x", "1", plain()), **{**about, "kind": "nothing"})  # type: ignore[arg-type]


def test_content_of_another_shape_is_refused() -> None:
    with pytest.raises(DocumentError, match="不完整"):
        checked({"sender": "x"})
    with pytest.raises(DocumentError, match="栏数"):
        checked(plain(table=Table(columns=(Column(name="a"),), rows=(("1", "2"),))))


def test_typst_in_the_data_is_text(house: House) -> None:
    row = issue(
        Subject("x", "1", plain(opening=('#panic("run") $x$ *b* \\ @a <b>',))),
        kind="levy-slip", region="puyang", actor=NOBODY, now=house.now,
    )  # fmt: skip
    assert '#panic("run")$x$*b*\\@a<b>' in read(file_of(row))


def test_a_broken_template_is_told(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = rulebook_root() / "national" / "documents" / "no-such.typ"
    monkeypatch.setattr(actions.kinds, "template_of", lambda region, paper: wrong)
    monkeypatch.setattr(actions.kinds, "template_digest", lambda template: "")
    with pytest.raises(TemplateFault, match=r"no-such\.typ"):
        issued(house, accepted(house))


def test_the_provider_is_a_setting(settings: Any, house: House, tmp_path: Path) -> None:
    """A PKCS#12 file of an agency: no mark of a demonstration, on the seal or at the foot."""
    path = Path(settings.JINGBAN_VAR) / "paper-test.p12"
    OwnCertificate()
    settings.JINGBAN_PAPER_SIGNER = "jingban.documents.signing.Pkcs12"
    settings.JINGBAN_VAR = tmp_path
    settings.JINGBAN_PAPER_CERTIFICATE, settings.JINGBAN_PAPER_PASSPHRASE = str(path), "test only"
    row = issued(house, accepted(house))
    assert not row.is_test
    assert "测试证书" not in read(file_of(row))
    settings.JINGBAN_PAPER_CERTIFICATE = str(tmp_path / "none.p12")
    with pytest.raises(SignerWrong, match="JINGBAN_PAPER_CERTIFICATE"):
        Pkcs12()


def test_old_keys_are_left_behind(settings: Any, house: House) -> None:
    row = issued(house, accepted(house))
    pdf, keys = file_of(row), settings.JINGBAN_KEYS
    new = {"algorithm": "aes-256-gcm", "key": base64.b64encode(b"x" * 32).decode()}
    settings.JINGBAN_KEYS = {**keys, "current": 2, "keys": {**keys["keys"], "2": new}}
    assert actions.reseal_papers() == actions.Resealed(1, ())
    assert actions.reseal_papers() == actions.Resealed(0, ())
    settings.JINGBAN_KEYS = {**settings.JINGBAN_KEYS, "keys": {"2": new}}
    row.refresh_from_db()
    assert file_of(row) == pdf
    assert content_kept(row).addressee


def test_a_damaged_paper_keeps_no_other_under_the_old_key(settings: Any, house: House) -> None:
    gone, spoilt, sound = (issued(house, accepted(house)) for _ in range(3))
    archive.drop(gone.file)
    IssuedPaper.objects.filter(pk=spoilt.pk).update(content=bytes(spoilt.content)[:-1] + b"x")
    keys = settings.JINGBAN_KEYS
    new = {"algorithm": "aes-256-gcm", "key": base64.b64encode(b"x" * 32).decode()}
    settings.JINGBAN_KEYS = {**keys, "current": 2, "keys": {**keys["keys"], "2": new}}
    told = CliRunner().invoke(paper, ["reseal"])
    assert told.exit_code == 1
    assert "损坏2份" in told.output
    assert gone.code in told.output
    assert sound.code not in told.output
    settings.JINGBAN_KEYS = {**settings.JINGBAN_KEYS, "keys": {"2": new}}
    for row in (gone, spoilt, sound):
        row.refresh_from_db()
    assert content_kept(sound).addressee
    assert file_of(sound)
    assert content_kept(gone).addressee, "what is whole of a damaged one is sealed anew too"
    assert file_of(spoilt)


def test_a_void_paper_is_issued_anew_only_when_told_so(house: House) -> None:
    view, head = accepted(house), staff(8, "head")
    first = void(issued(house, view), reason="印章不清", actor=head, now=house.now)
    assert issued(house, view) == first, "asking for it is not issuing it anew"
    second = issued(house, view, again=True)
    assert (second.replaces, second.number, second.is_void) == (first, first.number, False)
    assert second.code != first.code
    assert issued(house, view) == second == issued(house, view, again=True)
    found = look(view, 2, KIND)
    assert found
    assert found[1] == second
    second = void(second, reason="又不清", actor=head, now=house.now)
    assert issued(house, view) == second, "of void ones the last"
    assert issued(house, view, again=True).replaces == second


def test_a_void_subject_is_issued_no_more(house: House) -> None:
    about = {"kind": "levy-slip", "region": "puyang", "actor": NOBODY, "now": house.now}
    owed, void_one = Subject("levy:2", "ZJ2", plain()), Subject("levy:2", "ZJ2", plain(), is_void=True)
    with pytest.raises(PaperVoid, match="登记册里已经作废"):
        issue(void_one, **about)  # type: ignore[arg-type]
    kept = issue(owed, **about)  # type: ignore[arg-type]
    assert issue(void_one, **about) == kept  # type: ignore[arg-type]
    void(kept, reason="错", actor=staff(8, "head"), now=house.now)
    with pytest.raises(PaperVoid, match="登记册里已经作废"):
        issue(void_one, again=True, **about)  # type: ignore[arg-type]
    assert issue(owed, again=True, **about).replaces == kept  # type: ignore[arg-type]
