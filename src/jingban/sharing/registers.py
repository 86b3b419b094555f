"""What a register of another department looks like from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Answer:
    """What a register says of a number. ``facts`` are named like the fields of the forms (``name``, ``death_on``)."""

    register: str
    facts: Mapping[str, str]
    reference: str
    """The register's own number of this answer, kept with the case."""


class Register(Protocol):
    """A line to one register. A line that is down raises, whatever it likes, and gives up by itself within seconds:
    somebody waits at the counter."""

    def look_up(self, number: str) -> Answer | None:
        """What is known of a citizen's number or a credit code; none where nothing is."""
        ...
