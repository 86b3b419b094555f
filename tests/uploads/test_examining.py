"""What a file becomes, and what is refused in which words: types that lie, bombs, scripts, broken files."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from PIL import Image

from jingban.uploads import cleaning, examining
from jingban.uploads.errors import UploadRefused, UploadTooBig
from jingban.uploads.examining import cleaned, turned
from jingban.uploads.kinds import JPEG, PDF
from tests.uploads import make


def picture(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content), formats=("JPEG",))


def refused(content: bytes, name: str = "photo.jpg") -> UploadRefused:
    with pytest.raises(UploadRefused) as caught:
        cleaned(make.file(content, name))
    return caught.value


def zipped() -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as pack:
        pack.writestr("word/document.xml", "x")
    return target.getvalue()


# Types


@pytest.mark.parametrize(
    ("content", "name", "reason", "said"),
    [
        (b"MZ\x90\x00" + b"\0" * 500, "photo.jpg", "type", "不是照片，也不是PDF"),
        (b"\x7fELF" + b"\0" * 500, "card.pdf", "type", "不论文件名怎么写"),
        (b"<!DOCTYPE html><script>1</script>", "photo.png", "type", "不是照片"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "photo.svg", "type", "不是照片"),
        (b"#!/bin/sh\n", "photo.jpg", "type", "不是照片"),
        (b"<?xml version='1.0'?><EInvoice/>", "票据.xml", "xml", "上传它的PDF或图片"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><EInvoice/>", "票据.xml", "xml", "交给窗口读入"),
        (b"", "photo.jpg", "empty", "空的"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 99, "IMG_0001.HEIC", "heic", "兼容性最佳"),
        (zipped(), "收入证明.docx", "package", "另存为PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "名单.xls", "office", "另存为PDF"),
        (make.saved(make.noise(9, 9), "GIF"), "a.gif", "picture", "另存为JPG"),
        (make.saved(make.noise(9, 9), "TIFF"), "a.tif", "picture", "另存为JPG"),
    ],
)
def test_content_that_is_neither_picture_nor_pdf(content: bytes, name: str, reason: str, said: str) -> None:
    error = refused(content, name)
    assert error.details["reason"] == reason
    assert said in error.message


@pytest.mark.parametrize(
    ("content", "name", "kind"),
    [
        (make.png(), "scan.jpg", JPEG),
        (make.saved(make.noise(30, 20), "WEBP"), "x.png", JPEG),
        (make.pdf(), "x.jpg", PDF),
        (make.jpeg(), "无后缀", JPEG),
    ],
)
def test_the_content_says_what_it_is_whatever_the_name(content: bytes, name: str, kind: str) -> None:
    assert cleaned(make.file(content, name)).content_type == kind


@pytest.mark.parametrize(
    "content",
    [
        make.jpeg() + make.HIDDEN,
        make.png() + make.HIDDEN,
        make.jpeg()[:2]
        + b"\xff\xfe"
        + (len(make.HIDDEN) + 2).to_bytes(2, "big")
        + make.HIDDEN
        + make.jpeg()[2:],
    ],
    ids=["behind-jpeg", "behind-png", "in-a-comment"],
)
def test_nothing_that_hangs_on_a_picture_is_kept(content: bytes) -> None:
    clean = cleaned(make.file(content))
    assert b"script" not in clean.content
    assert b"evil" not in clean.content
    assert picture(clean.content).size == (320, 200)


# Pictures


def test_where_and_with_what_a_photo_was_taken_is_gone() -> None:
    taken = make.jpeg(gps=True, orientation=6)
    assert b"Exif" in taken
    assert b"MakerOfTelephones" in taken
    clean = cleaned(make.file(taken))
    assert b"Exif" not in clean.content
    assert b"MakerOfTelephones" not in clean.content
    assert dict(picture(clean.content).getexif()) == {}


@pytest.mark.parametrize(
    ("orientation", "corner"), [(1, (5, 5)), (3, (310, 190)), (6, (190, 5)), (8, (5, 310))]
)
def test_a_photo_is_laid_upright(orientation: int, corner: tuple[int, int]) -> None:
    shown = picture(cleaned(make.file(make.jpeg(orientation=orientation))).content)
    assert shown.size == ((320, 200) if orientation < 5 else (200, 320))
    red, green, _ = shown.getpixel(corner)  # type: ignore[misc]
    assert red > 200 > 60 > green


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_large_picture_is_made_smaller(kind: str) -> None:
    clean = cleaned(make.file(make.saved(make.noise(5000, 2500), kind)))
    assert picture(clean.content).size == (2400, 1200)


@pytest.mark.parametrize(
    ("mode", "colour", "shown"),
    [
        ("RGBA", (0, 0, 0, 0), (255, 255, 255)),
        ("LA", (0, 0), (255, 255, 255)),
        ("P", 3, None),
        ("1", 1, (255, 255, 255)),
        ("I;16", 30_000, (117, 117, 117)),
    ],
)
def test_pictures_of_every_mode(mode: str, colour: Any, shown: tuple[int, int, int] | None) -> None:
    content = make.saved(Image.new(mode, (40, 30), colour), "PNG")
    kept = picture(cleaned(make.file(content)).content)
    assert (kept.mode, kept.size) == ("RGB", (40, 30))
    assert shown is None or all(abs(a - b) < 4 for a, b in zip(kept.getpixel((9, 9)), shown, strict=True))  # type: ignore[arg-type]


def test_the_same_photo_twice_is_the_same_file() -> None:
    assert cleaned(make.file(make.jpeg())) == cleaned(make.file(make.jpeg()))


@pytest.mark.parametrize(
    "content",
    [make.hollow_png(60_000, 60_000), make.hollow_png(10_000, 10_000), make.bomb_png(12_000)],
    ids=["claims-3600-megapixels", "claims-100-megapixels", "is-144-megapixels"],
)
def test_a_picture_with_too_many_pixels_is_refused_before_it_is_decoded(
    content: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert len(content) < 300_000
    error = refused(content, "x.png")
    assert isinstance(error, UploadTooBig)
    assert error.message == "照片的像素太多（超过6400万），请用手机的普通清晰度重拍后再上传。"


def test_a_true_photo_of_a_hundred_megapixels() -> None:
    assert refused(make.saved(Image.new("RGB", (11_600, 8_700)), "JPEG")).details["reason"] == "pixels"


def test_a_photo_of_fifty_megapixels_is_taken() -> None:
    clean = cleaned(make.file(make.saved(Image.new("RGB", (8_192, 6_144)), "JPEG")))
    assert picture(clean.content).size == (2400, 1800)


@pytest.mark.parametrize(
    "content",
    [
        make.jpeg()[:-400],
        make.png()[:-60],
        make.png()[:40],
        b"\xff\xd8\xff\xe0nothing",
        make.hollow_png(300, 300),
    ],
    ids=["cut-jpeg", "cut-png", "png-head", "jpeg-head", "png-without-rows"],
)
def test_a_broken_picture(content: bytes) -> None:
    error = refused(content)
    assert error.details["reason"] == "picture"
    assert "重新拍照" in error.message


# Size


def test_thirty_megabytes_are_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examining, "_run", lambda *_: pytest.fail("it was read"))
    for name, content in (("x.jpg", make.jpeg()), ("x.pdf", make.pdf())):
        error = refused(content + b"\0" * (30 << 20), name)
        assert isinstance(error, UploadTooBig)
        assert "超过20MB" in error.message


def test_an_installation_sets_its_own_limits(settings: Any) -> None:
    settings.JINGBAN_UPLOAD_LIMITS = {"pdf_bytes": 100, "pdf_pages": 2, "edge": 100, "pixels": 1_000_000}
    assert "超过0MB" in refused(make.pdf(), "x.pdf").message
    assert picture(cleaned(make.file(make.jpeg())).content).size == (100, 63)
    assert refused(make.jpeg(1200, 900)).details["reason"] == "pixels"
    settings.JINGBAN_UPLOAD_LIMITS = {"pdf_pages": 2}
    assert cleaned(make.file(make.pdf(2), "x.pdf")).pages == 2
    assert refused(make.pdf(3), "x.pdf").message == "PDF超过2页，请分成几份上传。"


# PDF


def test_a_pdf_keeps_its_pages() -> None:
    content = make.pdf(3)
    clean = cleaned(make.file(content, "证明.pdf"))
    assert (clean.content_type, clean.pages) == (PDF, 3)
    with pikepdf.open(io.BytesIO(clean.content)) as book:
        assert len(book.pages) == 3
    assert cleaned(make.file(content, "again.pdf")) == clean


def test_what_a_pdf_could_start_is_taken_out() -> None:
    live = make.live_pdf()
    evil = (b"evil-script", b"evil-launch", b"evil-name", b"evil-attached", b"evil-xfa")
    assert all(word in live for word in evil)
    clean = cleaned(make.file(live, "x.pdf"))
    with pikepdf.open(io.BytesIO(clean.content)) as book:
        text = make.written(
            book, object_stream_mode=pikepdf.ObjectStreamMode.disable,
            stream_decode_level=pikepdf.StreamDecodeLevel.all, compress_streams=False,
        )  # fmt: skip
        assert book.pages[0].Annots[1].A.URI == "https://a.example/"
        assert not book.attachments
    assert not [word for word in (*evil, b"/JavaScript", b"/Launch", b"/OpenAction", b"/AA") if word in text]


def test_what_hides_in_a_pdf_is_not_kept() -> None:
    lines = make.pdf().splitlines(keepends=True)
    content = b"".join([lines[0], b"%" + make.HIDDEN + b"\n", *lines[1:]]) + make.HIDDEN
    clean = cleaned(make.file(content, "x.pdf"))
    assert b"evil" not in clean.content
    assert clean.content.startswith(b"%PDF-")


def test_a_pdf_that_begins_with_something_else_is_none() -> None:
    assert refused(b"<html>" + make.pdf(), "x.pdf").details["reason"] == "type"


def test_a_signed_pdf_stays_as_it_is_while_it_is_harmless() -> None:
    signed = make.signed_pdf()
    assert cleaned(make.file(signed, "发票.pdf")).content == signed
    live = make.signed_pdf(script=True)
    assert b"/JavaScript" not in cleaned(make.file(live, "发票.pdf")).content != live
    hiding = signed.replace(b"\n", b"\n%<script>\n", 1)
    assert b"script" not in cleaned(make.file(hiding, "发票.pdf")).content


@pytest.mark.parametrize(
    ("content", "reason", "said"),
    [
        (make.locked_pdf("secret"), "password", "去掉密码"),
        (make.pdf(3)[:-200], "cut", "没有传完整"),
        (b"%PDF-1.7\n" + b"\0" * 300 + b"\n%%EOF", "pdf", "重新导出"),
        (make.pdf(0), "pdf", "重新导出"),
    ],
    ids=["password", "cut", "nothing-inside", "no-page"],
)
def test_a_pdf_that_cannot_be_taken(content: bytes, reason: str, said: str) -> None:
    error = refused(content, "x.pdf")
    assert error.details["reason"] == reason
    assert said in error.message


def test_a_pdf_that_only_forbids_changes_opens_for_everybody_afterwards() -> None:
    """Banks write such statements; who may read it may hand it in."""
    content = make.locked_pdf("")
    clean = cleaned(make.file(content, "流水.pdf"))
    assert cleaned(make.file(content, "流水.pdf")) == clean
    with pikepdf.open(io.BytesIO(clean.content)) as book:
        assert not book.is_encrypted


# The reader


def test_a_file_that_fills_the_memory_ends_only_its_reader(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    greedy = tmp_path / "greedy.py"
    source = Path(cleaning.__file__).read_text(encoding="utf-8")
    greedy.write_text(
        source.replace("def clean_picture(", "def other(").replace(
            "return clean_picture(source, target, how)", "return len(bytearray(MEMORY))"
        )
    )
    monkeypatch.setattr(cleaning, "__file__", str(greedy))
    error = refused(make.jpeg())
    assert error.details["reason"] == "bomb"
    assert "展开后太大" in error.message


def test_a_file_that_takes_for_ever_is_given_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    slow = tmp_path / "slow.py"
    slow.write_text("import time\ntime.sleep(60)")
    monkeypatch.setattr(cleaning, "__file__", str(slow))
    monkeypatch.setattr(examining, "PATIENCE", 0.5)
    assert refused(make.jpeg()).details["reason"] == "bomb"


# Turning


@pytest.mark.parametrize(("quarters", "corner"), [(1, (190, 5)), (2, (310, 190)), (3, (5, 310))])
def test_a_picture_is_turned_clockwise(quarters: int, corner: tuple[int, int]) -> None:
    kept = cleaned(make.file(make.jpeg())).content
    red, green, _ = picture(turned(kept, JPEG, quarters)).getpixel(corner)  # type: ignore[misc]
    assert red > 200 > 60 > green


def test_turning_costs_next_to_nothing_of_the_picture() -> None:
    kept = content = cleaned(make.file(make.jpeg())).content
    for _ in range(4):
        content = turned(content, JPEG, 1)
    before, after = picture(kept).tobytes(), picture(content).tobytes()
    assert sum(abs(a - b) for a, b in zip(before, after, strict=True)) / len(before) < 0.3


def test_a_pdf_is_turned() -> None:
    with pikepdf.open(io.BytesIO(turned(make.pdf(2), PDF, 3))) as book:
        assert [int(page.Rotate) for page in book.pages] == [270, 270]
