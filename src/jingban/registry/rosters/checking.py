"""Checking an uploaded roster: every line read, held against the registers, and kept with its verdict.

Lines are kept some thousands at a time, each batch in a transaction of its own with how far it came (``read_to``):
a run that was killed goes on after the last one. The whole file is read again for that, because a number that
stands twice in it may stand on both sides of the break.

The same file again judges the refused lines anew, for the registers have moved: what is accepted stays as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from django.db import transaction
from django.db.models import F

from jingban.core.identifiers import plain
from jingban.registry import bulk
from jingban.registry.models import Roster, RosterLine
from jingban.registry.origin import Origin
from jingban.registry.rosters.columns import UNIT
from jingban.registry.rosters.lines import Line, read_line
from jingban.registry.rosters.reading import RosterUnreadable, Row, digest_of, rows_of
from jingban.registry.rosters.verdicts import Key, Plan, key_of, known_people, plan_of, verdict
from jingban.registry.sealing import sealed

BATCH = 2000
WHY_LENGTH = 300


def check_file(origin: Origin, path: Path, *, kind: str, holder: str, name: str) -> Roster:
    """Check a spreadsheet of a unit's employees (``kind`` unit, ``holder`` its credit code) or a village's residents.

    The same file of the same holder is the same roster: it is gone on with where it was not finished, and lines that
    were refused are judged anew. A roster that was taken already waits for another case when some of them are good now.
    Raises RosterUnreadable where the file is no roster at all; a wrong line never stops the others.
    """
    path = Path(path)
    holder = plain(holder) if kind == UNIT else holder.strip()
    digest = digest_of(path)
    found = Roster.objects.filter(region=origin.region, kind=kind, holder=holder, digest=digest).first()
    if found is not None and not _judged_again(found):
        return found
    plan = plan_of(origin, kind, holder)
    with closing(rows_of(path, plan.columns)) as rows:
        first = next(rows, None)  # a file without a header makes no roster
        if first is None:
            raise RosterUnreadable("表头下面没有内容，请填写后再上传。")
        roster, _ = Roster.objects.get_or_create(
            region=origin.region,
            kind=kind,
            holder=holder,
            digest=digest,
            defaults={"name": name[-120:], "actor": origin.actor, "uploaded_at": origin.at},
        )
        _check(roster, plan, chain([first], rows))
    roster.refresh_from_db()
    return roster


def _judged_again(roster: Roster) -> bool:
    """Whether there is something to judge in a roster that is there already; nobody takes lines of it meanwhile."""
    with transaction.atomic():
        held = Roster.objects.select_for_update(no_key=True).get(pk=roster.pk)
        if held.status in ("checked", "done") and held.lines_bad:
            held.status = "checking"
            held.save(update_fields=["status"])
        roster.status = held.status
    return held.status == "checking"


@dataclass(slots=True)
class _Seen:
    """In which line each number stood first; what stands twice is wrong in both lines, for nobody knows which holds."""

    first: dict[Key, int] = field(default_factory=dict)

    def again(self, line: Line, key: Key | None) -> int | None:
        """The line in which the number stood before, if any."""
        before = line.line if key is None else self.first.setdefault(key, line.line)
        return None if before == line.line else before


def _check(roster: Roster, plan: Plan, rows: Iterable[Row]) -> None:
    day, seen = plan.origin.day, _Seen()
    lines = (read_line(row.line, row.cells, plan.columns, day) for row in rows)
    for part in bulk.parts(lines, BATCH):
        keys = {line.line: key_of(line.said) for line in part if not line.faults}
        twice = {line.line: before for line in part if (before := seen.again(line, keys.get(line.line)))}
        with transaction.atomic():
            held = Roster.objects.select_for_update(no_key=True).get(pk=roster.pk)
            fresh = [line for line in part if line.line > held.read_to]
            again = _refused(held, part, twice)
            if again:
                _mend(held, again, _judged(held, plan, again, keys))
            if fresh:
                _keep(held, fresh, twice, _judged(held, plan, fresh, keys))
            for line, before in twice.items():
                if (
                    line <= held.read_to
                ):  # of an earlier run: the line before it may just have been judged anew
                    _spoil(held, before, _same_as(line))
    _checked(roster)


def _checked(roster: Roster) -> None:
    """The check is done. What waits now is another case's than the one that took the rest."""
    checked = Roster.objects.filter(pk=roster.pk, status="checking")
    checked.filter(lines_good=0, lines_done__gt=0).update(status="done")
    checked.update(status="checked", case=None)


def _refused(roster: Roster, part: list[Line], twice: Mapping[int, int]) -> list[Line]:
    """The lines that were refused when they were judged before; a number that stands twice in the file still does."""
    known = [line for line in part if line.line <= roster.read_to and line.line not in twice]
    if not known or not roster.lines_bad:
        return []
    bad = roster.lines.filter(status="bad", line__range=(known[0].line, known[-1].line))
    refused = set(bad.values_list("line", flat=True))
    return [line for line in known if line.line in refused]


def _mend(roster: Roster, part: list[Line], judged: Iterable[RosterLine]) -> None:
    """Write down what has become of refused lines; most are refused again for the same reason."""
    anew = {row.line: row for row in judged}
    moved: list[RosterLine] = []
    for row in roster.lines.filter(line__in=anew).order_by("line"):
        now = anew[row.line]
        if (row.status, row.why) != (now.status, now.why):
            row.status, row.why, row.person, row.body = now.status, now.why, now.person, now.body
            moved.append(row)
    RosterLine.objects.bulk_update(moved, ["status", "why", "person", "body"], batch_size=200)
    count = [row.status for row in moved]
    Roster.objects.filter(pk=roster.pk).update(
        lines_bad=F("lines_bad") - count.count("good") - count.count("same"),
        lines_good=F("lines_good") + count.count("good"),
        lines_same=F("lines_same") + count.count("same"),
    )


def _same_as(line: int) -> str:
    return f"与第{line}行是同一个证件号码，请核对后只留一行"


def _keep(roster: Roster, part: list[Line], twice: dict[int, int], judged: Iterable[RosterLine]) -> None:
    """Write a batch of lines, and take back what was good of earlier ones that come again."""
    rows = {row.line: row for row in judged}
    for line, before in twice.items():
        if line not in rows:
            continue
        rows[line].status, rows[line].why = "bad", _same_as(before)
        if before in rows:
            rows[before].status, rows[before].why = "bad", _same_as(line)
        else:
            _spoil(roster, before, _same_as(line))
    bulk.write(RosterLine, rows.values(), len(rows))
    count = [row.status for row in rows.values()]
    Roster.objects.filter(pk=roster.pk).update(
        lines_total=F("lines_total") + len(rows),
        lines_good=F("lines_good") + count.count("good"),
        lines_bad=F("lines_bad") + count.count("bad"),
        lines_same=F("lines_same") + count.count("same"),
        read_to=part[-1].line,
    )


def _spoil(roster: Roster, line: int, why: str) -> None:
    """A line of an earlier batch turns out to be wrong."""
    was = RosterLine.objects.filter(roster=roster, line=line).values_list("status", flat=True).get()
    RosterLine.objects.filter(roster=roster, line=line).update(status="bad", why=why)
    if was != "bad":
        column = f"lines_{was}"
        Roster.objects.filter(pk=roster.pk).update(**{column: F(column) - 1, "lines_bad": F("lines_bad") + 1})


def _judged(roster: Roster, plan: Plan, part: list[Line], keys: Mapping[int, Key]) -> Iterator[RosterLine]:
    known = known_people(roster.region, [keys[line.line] for line in part if not line.faults])
    for line in part:
        status, why, person = "bad", line.why, None
        if not line.faults:
            there = known.get(keys[line.line])
            found = verdict(plan, line.said, there)
            status, why, person = found.status, found.why, there.person.pk if there else None
        yield RosterLine(
            roster_id=roster.pk,
            line=line.line,
            body=sealed(roster.region, "rosterline.body", body_of(line.said)),
            status=status,
            why=why.rstrip("。")[:WHY_LENGTH],
            person=person,
        )


def body_of(said: dict[str, str]) -> str:
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))
