"""What is done to visits: written down once, closed, sealed anew."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from jingban.core.crypto import reseal, seal
from jingban.core.errors import DomainError
from jingban.core.identifiers import CitizenId, plain
from jingban.core.localtime import local_day
from jingban.core.names import person_name
from jingban.visits.errors import VisitNotFound, VisitTaken, VisitWrong
from jingban.visits.models import Visit

HOW = {"called": "上门走访", "present": "本人到场", "mandate": "受托代办"}
LONGEST_SAID, LONGEST_PROOF = 1000, 200
PHOTOS = 3
"""Photographs of one visit; who has more to show applies with them."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a worker wrote down; ``agent`` is who came in the person's place, on what ``proof``."""

    name: str
    id_number: str = ""
    phone: str = ""
    said: str = ""
    tier: str = ""
    item: str = ""
    how: str = "called"
    agent: str = ""
    proof: str = ""


def write_down(
    mark: UUID, said: Said, *, worker: int, region: str, place: str, visited_at: datetime, now: datetime
) -> tuple[Visit, bool]:
    """The visit of this mark, and whether it is new; sent again it is the same one.

    While it is open, what is sent again with other words replaces them: the answer to the first sending was lost and
    the worker corrected it meanwhile. A device's clock that runs ahead counts as now.

    Errors: VisitWrong with every fault, VisitTaken where the mark is another worker's.
    """
    words = _checked(said, now)
    row = Visit(
        id=mark, worker_id=worker, region=region, place=place, tier=said.tier, item=said.item, how=said.how,
        visited_at=min(visited_at, now), recorded_at=now,
    )  # fmt: skip
    row.body = _sealed(row, words)
    try:
        with transaction.atomic():
            if (known := Visit.objects.select_for_update().filter(pk=mark).first()) is not None:
                return _again(known, row, words), False
            row.save(force_insert=True)
            return row, True
    except IntegrityError:  # the same visit by two tabs at once
        return _again(Visit.objects.get(pk=mark), row, words), False


def _again(known: Visit, row: Visit, words: dict[str, str]) -> Visit:
    if known.worker_id != row.worker_id:
        raise VisitTaken("这条记录的编号已被别人使用，请删去后重新登记。")
    same = known.words == words and (known.tier, known.item, known.how) == (row.tier, row.item, row.how)
    if same or known.closed_at is not None:
        return known
    known.body, known.tier, known.item, known.how = row.body, row.tier, row.item, row.how
    known.save(update_fields=["body", "tier", "item", "how"])
    return known


def _checked(said: Said, now: datetime) -> dict[str, str]:
    """Everything as it is kept; all faults at once."""
    faults: dict[str, str] = {}
    words = {"said": said.said.strip(), "agent": said.agent.strip(), "proof": said.proof.strip()}
    checks: dict[str, Callable[[], str]] = {
        "name": lambda: person_name(said.name),
        # Newborns have none yet, and who is called upon may not have it at hand.
        "id_number": lambda: str(CitizenId.parse(said.id_number, on=local_day(now))) if said.id_number.strip() else "",
        "phone": lambda: _phone(said.phone),
    }  # fmt: skip
    for key, check in checks.items():
        try:
            words[key] = check()
        except DomainError as error:
            faults[key] = error.message
    faults |= _missing(said, words)
    if faults:
        raise VisitWrong("；".join(text.rstrip("。") for text in faults.values()) + "。", faults=faults)
    return words


def _phone(text: str) -> str:
    digits = plain(text).replace("-", "").replace(" ", "")
    if digits and not (digits.isascii() and digits.isdigit() and 7 <= len(digits) <= 12):
        raise VisitWrong("电话号码应为7至12位数字，请核对。")
    return digits


def _missing(said: Said, words: dict[str, str]) -> dict[str, str]:
    found = {}
    if said.how not in HOW:
        found["how"] = "请选择本人到场、受托代办还是上门走访"
    if not said.item and not words["said"]:
        found["said"] = "请选择要办的事项，或写下说了什么"
    if len(words["said"]) > LONGEST_SAID:
        found["said"] = f"最多{LONGEST_SAID}字，请写得短一些"
    if said.how == "mandate" and not (words["agent"] and words["proof"]):
        found["agent"] = "受托代办的，请写明代办人和委托依据（如委托书、户口簿）"
    if len(words["proof"]) > LONGEST_PROOF or len(words["agent"]) > LONGEST_PROOF:
        found["proof"] = f"最多{LONGEST_PROOF}字，请写得短一些"
    return found


def find(mark: UUID, *, worker: int) -> Visit:
    """A visit of this worker; nobody else's is found."""
    row = Visit.objects.filter(pk=mark, worker_id=worker).first()
    if row is None:
        raise VisitNotFound("没有这条走访记录，请从走访列表进入。")
    return row


def close(mark: UUID, *, worker: int, note: str, now: datetime) -> Visit:
    """Nothing more to be done about it; twice is fine."""
    return _closed(find(mark, worker=worker), now, note=note.strip()[:200])


def became(mark: UUID, *, worker: int, number: str, now: datetime) -> None:
    """It is a case now; what is no visit of this worker is none."""
    row = Visit.objects.filter(pk=mark, worker_id=worker).first()
    if row is not None:
        _closed(row, now, case=number)


def _closed(row: Visit, now: datetime, **how: str) -> Visit:
    if row.closed_at is None:
        row.closed_at = now
        row.body = _sealed(row, {**row.words, **how})
        row.save(update_fields=["closed_at", "body"])
    return row


def _sealed(row: Visit, words: dict[str, str]) -> bytes:
    return seal(json.dumps(words, ensure_ascii=False), context=row.context)


def of_worker(worker: int, *, most: int, before: datetime | None = None) -> list[Visit]:
    """The last visits of a worker, the newest first."""
    rows = Visit.objects.filter(worker_id=worker)
    if before is not None:
        rows = rows.filter(visited_at__lt=before)
    return list(rows.order_by("-visited_at", "id")[:most])


def open_count(worker: int) -> int:
    """How many visits of a worker still wait for something."""
    return Visit.objects.filter(worker_id=worker, closed_at__isnull=True).count()


def reseal_visits() -> int:
    """After the key was changed: what an older key sealed, sealed anew; how many rows changed."""
    changed = 0
    for row in Visit.objects.order_by("id").iterator(chunk_size=500):
        again = reseal(bytes(row.body), context=row.context)
        if again != bytes(row.body):
            Visit.objects.filter(pk=row.pk, body=row.body).update(body=again)
            changed += 1
    return changed
