"""What cases changed in the registers, counted from the history and told in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import Count, Q

from jingban.registry.guards_rules import REMOVED
from jingban.registry.models import Change
from jingban.registry.words import REGISTERS, register_name

NOTHING = "—"


@dataclass(frozen=True, slots=True)
class Told:
    """One register: rows made, fields changed, rows taken out."""

    register: str
    made: int
    changed: int
    removed: int

    def as_data(self) -> dict[str, Any]:
        return {"name": register_name(self.register), **asdict(self)}

    def __str__(self) -> str:
        """个人信息2处, 参保+1, 参保+1、改2处: rows made and taken out, fields changed."""
        rows = "".join(f"{sign}{n}" for sign, n in (("+", self.made), ("−", self.removed)) if n)
        fields = f"{self.changed}处" if self.changed else ""
        return register_name(self.register) + (f"{rows}、改{fields}" if rows and fields else rows or fields)


def told_of(cases: Collection[int]) -> list[Told]:
    """What these cases changed, by register in the order of the words."""
    made = Count("id", filter=Q(field="", before__isnull=True))
    removed = Count("id", filter=Q(field=REMOVED))
    sums: dict[str, Counter[str]] = {}
    for start in range(0, len(cases), 500):  # SQLite takes only so many parameters
        part = list(cases)[start : start + 500]
        rows = Change.objects.filter(case__in=part).values("register").order_by("register")
        for row in rows.annotate(n=Count("id"), made=made, removed=removed):
            counts = {name: row[name] for name in ("n", "made", "removed")}
            sums.setdefault(row["register"], Counter()).update(counts)
    order = list(REGISTERS)
    return [
        Told(name, n["made"], n["n"] - n["made"] - n["removed"], n["removed"])
        for name, n in sorted(sums.items(), key=lambda item: order.index(item[0]) if item[0] in order else 99)
    ]


def words(told: Collection[Told]) -> str:
    """参保+1，缴费+1，个人信息2处; a dash where nothing changed."""
    return "，".join(map(str, told)) or NOTHING
