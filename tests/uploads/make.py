"""Files as people, and others, upload them: invented pictures and PDFs, and what only looks like one."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pikepdf
from django.core.files.base import ContentFile
from PIL import Image
from PIL.ExifTags import GPS, IFD

HIDDEN = b"<script>alert(1)</script>PK\x03\x04evil"


def file(content: bytes, name: str = "photo.jpg") -> ContentFile[bytes]:
    return ContentFile(content, name=name)


def noise(width: int, height: int, seed: int = 0) -> Image.Image:
    """A picture whose corners can be told apart, so that turning shows."""
    picture = Image.new("RGB", (width, height), (200, 200, 200 - seed * 20 % 200))
    picture.paste((250, 0, 0), (0, 0, width // 4, height // 4))
    return picture


def jpeg(
    width: int = 320, height: int = 200, *, seed: int = 0, orientation: int = 0, gps: bool = False
) -> bytes:
    exif = Image.Exif()
    if orientation:
        exif[0x0112] = orientation
    if gps:
        exif[0x010F] = "MakerOfTelephones"
        exif.get_ifd(IFD.GPSInfo)[GPS.GPSLatitude] = (38.0, 52.0, 30.0)
        exif.get_ifd(IFD.GPSInfo)[GPS.GPSLatitudeRef] = "N"
    return saved(noise(width, height, seed), "JPEG", exif=exif)


def png(width: int = 320, height: int = 200, *, seed: int = 0) -> bytes:
    return saved(noise(width, height, seed), "PNG")


def saved(picture: Image.Image, kind: str, **rest: Any) -> bytes:
    target = io.BytesIO()
    picture.save(target, kind, **rest)
    return target.getvalue()


def hollow_png(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims so many pixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b""))
    body = b"".join(
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
        for name, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + body


def bomb_png(side: int) -> bytes:
    """A true PNG of one colour: small on the wire, large in memory."""
    return saved(Image.new("L", (side, side)), "PNG")


def pdf(pages: int = 1, **rest: Any) -> bytes:
    with pikepdf.new() as book:
        for _ in range(pages):
            book.add_blank_page(page_size=(595, 842))
        return written(book, **rest)


def written(book: pikepdf.Pdf, **rest: Any) -> bytes:
    target = io.BytesIO()
    book.save(target, **rest)
    return target.getvalue()


def live_pdf() -> bytes:
    """A PDF with everything that it must not have, and one link that it may have."""
    with pikepdf.new() as book:
        book.add_blank_page(page_size=(595, 842))
        script = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert('evil-script')")
        launch = pikepdf.Dictionary(S=pikepdf.Name.Launch, F="evil-launch.exe")
        chained = pikepdf.Dictionary(
            S=pikepdf.Name.URI, URI="https://a.example/", Next=pikepdf.Array([launch])
        )
        book.Root.OpenAction = book.make_indirect(script)
        book.Root.AA = pikepdf.Dictionary(WC=script)
        book.Root.Names = pikepdf.Dictionary(
            JavaScript=pikepdf.Dictionary(Names=pikepdf.Array(["evil-name", script]))
        )
        book.attachments["evil-attachment.exe"] = pikepdf.AttachedFileSpec(book, b"MZevil-attached")
        book.Root.AcroForm = pikepdf.Dictionary(XFA=book.make_stream(b"<evil-xfa/>"), Fields=pikepdf.Array())
        book.pages[0].Annots = pikepdf.Array(
            [
                pikepdf.Dictionary(Subtype=pikepdf.Name.Link, A=launch, Rect=[0, 0, 9, 9]),
                pikepdf.Dictionary(Subtype=pikepdf.Name.Link, A=chained, Rect=[0, 0, 9, 9]),
            ]
        )
        book.pages[0].AA = pikepdf.Dictionary(O=script)
        return written(book, object_stream_mode=pikepdf.ObjectStreamMode.disable, compress_streams=False)


def signed_pdf(*, script: bool = False) -> bytes:
    with pikepdf.new() as book:
        book.add_blank_page(page_size=(595, 842))
        seal = book.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Sig, ByteRange=[0, 10, 20, 30], Contents=pikepdf.String(b"signature")
            )
        )
        book.Root.AcroForm = pikepdf.Dictionary(
            SigFlags=3, Fields=[pikepdf.Dictionary(FT=pikepdf.Name.Sig, V=seal)]
        )
        if script:
            book.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="1")
        return written(book)


def locked_pdf(user: str) -> bytes:
    return pdf(encryption=pikepdf.Encryption(owner="owner", user=user))
