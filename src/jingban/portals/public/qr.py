"""A page's own address as a QR code: on paper it leads back to what is in force now."""

from __future__ import annotations

from functools import lru_cache

import segno
from django.utils.safestring import SafeString, mark_safe


@lru_cache(maxsize=2048)
def qr_code(address: str) -> SafeString:
    """The address as inline SVG, black on white with its quiet zone, sized by the style sheet."""
    drawn = segno.make(address, error="m", micro=False).svg_inline(light="#fff", omitsize=True)
    return mark_safe(drawn)  # noqa: S308  drawn by us from an address, of which nothing stands in the SVG as text
