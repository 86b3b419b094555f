"""How much may be uploaded. An installation changes single values by ``settings.JINGBAN_UPLOAD_LIMITS``."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings

MEGABYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes are bytes of the file as it came, for ``draft_bytes`` of the files as they are kept."""

    image_bytes: int = 20 * MEGABYTE
    pdf_bytes: int = 20 * MEGABYTE
    pixels: int = 64_000_000
    """Of a picture as it came: above what telephones take, below what would fill the memory."""
    edge: int = 2400
    """The longest edge of a picture as it is kept: an A4 page at 200 dots an inch."""
    pdf_pages: int = 100
    slot_files: int = 20
    draft_bytes: int = 60 * MEGABYTE
    owner_bytes: int = 600 * MEGABYTE
    """Of everything that one account has not handed in, what was removed and is not erased yet included."""
    reading_seconds: int = 240
    """For so long in ten minutes files of one account are read; an ordinary one takes less than a second."""

    def bytes_of(self, content_type: str) -> int:
        """How large a file of this type may be as it comes."""
        return self.pdf_bytes if content_type == "application/pdf" else self.image_bytes


def limits() -> Limits:
    """The limits of this installation."""
    return Limits(**settings.JINGBAN_UPLOAD_LIMITS)
