"""Widths of Chinese text and where its lines break."""

from __future__ import annotations

import unicodedata

_NARROW = 0.58  # of an em; a safe upper bound for digits and Latin letters in the fonts of the stack
_NOT_FIRST = frozenset("，。；：？！、）”》〉」』％%,.;:?!)/·")
_NOT_LAST = frozenset("（“《〈「『(")


def width(text: str, size: float) -> float:
    """Width in pixels; East-Asian wide, full and ambiguous characters take one em."""
    return size * sum(1.0 if unicodedata.east_asian_width(c) in "WFA" else _NARROW for c in text)


def wrap(text: str, size: float, room: float) -> tuple[str, ...]:
    """As few lines as fit into ``room``, evened out so that no character stands alone."""
    lines = _filled(text, size, room)
    if len(lines) > 1:
        even = max(width(text, size) / len(lines) + 0.1, size * 2)
        while even < room:
            balanced = _filled(text, size, even)
            if len(balanced) <= len(lines):
                return balanced
            even += size / 2
    return lines


def _filled(text: str, size: float, room: float) -> tuple[str, ...]:
    lines: list[str] = []
    now = ""
    pieces = (
        part
        for piece in _pieces(text)
        for part in ((piece,) if width(piece, size) <= room else piece)  # torn only where nothing else fits
    )
    for piece in pieces:
        if now and width(now + piece, size) > room:
            lines.append(now)
            now = piece.lstrip()
        else:
            now += piece
    return tuple([*lines, now] if now else lines)


def _pieces(text: str) -> list[str]:
    """Units that stay together: a character with the marks that may not begin or end a line."""
    pieces: list[str] = []
    for char in text:
        if pieces and (char in _NOT_FIRST or pieces[-1][-1] in _NOT_LAST or _is_one(pieces[-1], char)):
            pieces[-1] += char
        else:
            pieces.append(char)
    return pieces


def _is_one(piece: str, char: str) -> bool:
    """Digits and Latin words are not torn; neither is a number from the word it counts."""
    before = piece[-1]
    if not (before.isascii() and before.isalnum()) or len(piece) > 12:
        return False
    return (char.isascii() and char.isalnum()) or (before.isdigit() and char in "个日天月年")


def widest(lines: tuple[str, ...], size: float) -> float:
    return max((width(line, size) for line in lines), default=0.0)
