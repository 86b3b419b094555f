"""A PDF opened again: its text by the fonts' own tables, its fonts, what it claims to be."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pikepdf


@dataclass(frozen=True)
class Read:
    """What stands in a file."""

    text: str
    pages: tuple[str, ...]
    pdfa: str
    is_tagged: bool
    fonts: frozenset[str]
    loose: frozenset[str]
    """Fonts that are not embedded."""
    pictures: frozenset[str]
    """What pictures are to who cannot see them."""
    title: str

    def __contains__(self, text: object) -> bool:
        return re.sub(r"\s", "", str(text)) in self.text


def read(pdf: bytes) -> Read:
    """Open a file; text without blanks, because lines break anywhere."""
    with pikepdf.open(io.BytesIO(pdf)) as found:
        pages = tuple("".join(_words(page)) for page in found.pages)
        fonts = [font for page in found.pages for font in _fonts(page).values()]
        below = [font.DescendantFonts[0].FontDescriptor for font in fonts]
        names = [str(font.BaseFont).split("+")[-1].removesuffix("-Identity-H") for font in fonts]
        loose = {
            n for n, d in zip(names, below, strict=True) if not {"/FontFile2", "/FontFile3"} & set(d.keys())
        }
        meta = found.open_metadata()
        return Read(
            text="".join(pages),
            pages=pages,
            pdfa=meta.pdfa_status,
            is_tagged="/StructTreeRoot" in found.Root,
            fonts=frozenset(names),
            loose=frozenset(loose),
            pictures=frozenset(str(o["/Alt"]) for o in found.objects if _is_dictionary(o) and "/Alt" in o),
            title=str(meta.get("dc:title", "")),
        )


def _is_dictionary(thing: Any) -> bool:
    return isinstance(thing, pikepdf.Dictionary)


def _fonts(page: Any) -> dict[str, Any]:
    return dict(page.Resources.get("/Font", {}).items())


def _words(page: Any) -> Iterator[str]:
    tables = {name: _table(font.ToUnicode.read_bytes().decode()) for name, font in _fonts(page).items()}
    known: dict[int, str] = {}
    for operands, operator in pikepdf.parse_content_stream(page):
        if str(operator) == "Tf":
            known = tables[str(operands[0])]
        elif str(operator) in ("Tj", "TJ"):
            parts = operands[0] if isinstance(operands[0], pikepdf.Array) else [operands[0]]
            for part in parts:
                if isinstance(part, pikepdf.String):
                    raw = bytes(part)
                    codes = (int.from_bytes(raw[n : n + 2], "big") for n in range(0, len(raw), 2))
                    yield re.sub(r"\s", "", "".join(known.get(code, "\ufffd") for code in codes))


def _table(cmap: str) -> dict[int, str]:
    found: dict[int, str] = {}
    for block in re.findall(r"beginbfchar(.*?)endbfchar", cmap, re.S):
        for code, text in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            found[int(code, 16)] = bytes.fromhex(text).decode("utf-16-be")
    for block in re.findall(r"beginbfrange(.*?)endbfrange", cmap, re.S):
        for first, last, text in re.findall(r"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>", block):
            start = bytes.fromhex(text).decode("utf-16-be")
            for n in range(int(first, 16), int(last, 16) + 1):
                found[n] = start[:-1] + chr(ord(start[-1]) + n - int(first, 16))
    return found
