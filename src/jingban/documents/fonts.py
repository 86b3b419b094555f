"""The fonts of the papers: those that come with the install, and the deployer's own in ``var/fonts``.

Typst prints an empty box for a character that no font has and says nothing; so it is asked here before.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import pylopdf_fonts_zh_cn
import typst
from django.conf import settings
from fontTools.ttLib import TTCollection, TTFont

from jingban.documents.errors import SignsMissing

BUNDLED = Path(pylopdf_fonts_zh_cn.__file__).parent
SERIF = BUNDLED / "NotoSerifSC-Regular.otf"
BLANK = "〔\u3000〕"
"""What stands where a character is written by hand."""
_SUFFIXES = frozenset({".otf", ".ttf", ".ttc", ".otc"})
_NOT_DRAWN = frozenset("\n\r\t\u200b")


def folder() -> Path:
    """Where a deployer lays fonts of the own (仿宋、小标宋、补充字库)."""
    return Path(settings.JINGBAN_VAR) / "fonts"


def typefaces() -> typst.Fonts:
    """All fonts as Typst takes them; read again only when the folder changes."""
    return _typefaces(_signature())


def missing(text: str) -> list[str]:
    """The characters of a text that no font has, each once, in their order."""
    known = _covered(_signature())
    return [sign for sign in dict.fromkeys(text) if ord(sign) not in known and sign not in _NOT_DRAWN]


def hold_printable(text: str) -> None:
    """Raise SignsMissing where the text has characters that no font has."""
    if signs := missing(text):
        raise SignsMissing(signs)


def with_blanks(text: str) -> str:
    """The text with room for the pen where a character is missing."""
    signs = missing(text)
    return text.translate({ord(sign): BLANK for sign in signs}) if signs else text


def own_fonts() -> list[Path]:
    """The deployer's font files."""
    found = folder().glob("*") if folder().is_dir() else ()
    return sorted(path for path in found if path.suffix.lower() in _SUFFIXES)


def _signature() -> tuple[tuple[str, int, int], ...]:
    return tuple((str(p), (s := p.stat()).st_mtime_ns, s.st_size) for p in own_fonts())


@lru_cache(maxsize=2)
def _typefaces(own: tuple[tuple[str, int, int], ...]) -> typst.Fonts:
    paths = [str(BUNDLED), *([str(folder())] if own else [])]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=paths)


@lru_cache(maxsize=2)
def _covered(own: tuple[tuple[str, int, int], ...]) -> frozenset[int]:
    bundled = sorted(p for p in BUNDLED.iterdir() if p.suffix in _SUFFIXES)
    files = [*bundled, *(Path(name) for name, _, _ in own)]
    return frozenset().union(*(_signs(path) for path in files))


def _signs(path: Path) -> frozenset[int]:
    if path.suffix.lower() in (".ttc", ".otc"):
        with TTCollection(path, lazy=True) as together:
            return frozenset().union(*(font.getBestCmap() for font in together.fonts))
    with TTFont(path, lazy=True) as font:
        return frozenset(font.getBestCmap())
