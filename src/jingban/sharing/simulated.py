"""A register that answers from this installation's own database: for the demo and the tests, never in production."""

from __future__ import annotations

import json
from collections.abc import Mapping

from jingban.core.crypto import blind_index, open_sealed, seal
from jingban.sharing.models import SimulatedRecord
from jingban.sharing.registers import Answer


class Simulated:
    """One simulated register."""

    def __init__(self, register: str) -> None:
        self.register = register

    def look_up(self, number: str) -> Answer | None:
        row = SimulatedRecord.objects.filter(register=self.register, digest=_digest(number)).first()
        if row is None:
            return None
        facts = json.loads(open_sealed(bytes(row.body), context=_context(self.register)))
        return Answer(self.register, facts, f"SIM-{row.pk}")


def put(register: str, number: str, facts: Mapping[str, str]) -> None:
    """Let a simulated register know something; later words replace earlier ones."""
    body = seal(json.dumps(dict(facts), ensure_ascii=False), context=_context(register))
    SimulatedRecord.objects.update_or_create(
        register=register, digest=_digest(number), defaults={"body": body}
    )


def _digest(number: str) -> bytes:
    return blind_index("id", number)


def _context(register: str) -> bytes:
    return f"sharing:{register}".encode()
