"""Taking the good lines of a roster into the registers: one case with its lines.

Each line is asked about again, for the registers have moved since the check. A plain enrolment, to which nothing
has to give way, is written with the others of its batch; everything else is what one case of the entry would do, by
the entry's own effect. A line that fails keeps its words and stops nobody.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from django.contrib.auth import get_user_model
from django.db import IntegrityError, connection, transaction
from django.db.models import F, QuerySet

from jingban.access.service import ADMINISTRATOR, LOCAL_ROLES, OUTSIDE_ROLES, Actor, actor_of
from jingban.cases.view import read
from jingban.cases.work import Work
from jingban.core.errors import DomainError
from jingban.core.identifiers import plain
from jingban.core.localtime import local_day
from jingban.core.parameters import Parameter
from jingban.processes.effects import run_effects
from jingban.processes.model import START
from jingban.registry import bulk, units, waits
from jingban.registry.attended import at_counter
from jingban.registry.changes import is_heard
from jingban.registry.errors import NotYours, RegistryError
from jingban.registry.guards import refused
from jingban.registry.identity import may_act_for
from jingban.registry.models import Contribution, Roster, RosterLine
from jingban.registry.models.enrolments import Kind
from jingban.registry.origin import Origin, origin_of
from jingban.registry.rosters.checking import BATCH, WHY_LENGTH
from jingban.registry.rosters.columns import EFFECTS, UNIT, VILLAGE, roster_item
from jingban.registry.rosters.holders import refuse_foreign
from jingban.registry.rosters.verdicts import (
    Known,
    Plan,
    Step,
    history_before,
    key_of,
    known_people,
    newcomer_of,
    plan_for,
    verdict,
)
from jingban.registry.sealing import unsealed
from jingban.rulebook.figures import figures

PREVIEWED = 50
"""So many lines show what a roster would change; the rest is told by its counts."""


class RosterWrong(RegistryError):
    """No such roster, not of this case, or not ready."""

    code = "roster_wrong"


@dataclass(frozen=True, slots=True)
class _Result:
    """What became of a line."""

    line: RosterLine
    status: str
    why: str = ""
    person: int | None = None


def take(work: Work) -> None:
    """Take the good lines of the roster that the case names; a trial run takes only the first of them.

    Raises RosterWrong where the roster is of another unit or village, still being checked, or another case's; NotYours
    where an account asks that may not declare for the unit, or for a village's; ForeignRoster where grassroots staff
    filed a case with the roster of another place.
    """
    roster = _of_case(work)
    _take(work, roster, most=PREVIEWED if is_heard() else None)


def take_lines(origin: Origin, roster: Roster) -> Roster:
    """The same without a case: batch by batch, each kept at once. Called again it goes on where it stopped."""
    work = Work(
        item=roster_item(roster.region, roster.kind),
        actor=origin.actor,
        at=origin.at,
        case_id=origin.case or 0,
        seq=origin.seq,
    )
    _take(work, roster)
    roster.refresh_from_db()
    return roster


def _of_case(work: Work) -> Roster:
    number = int(work.said("roster"))
    kind = UNIT if EFFECTS[UNIT] in work.item.effects else VILLAGE
    roster = Roster.objects.filter(pk=number, region=work.region, kind=kind).first()
    if roster is None:
        raise RosterWrong(f"没有编号为{number}的名册，请核对名册编号，或先上传名册。", field="roster")
    holder = plain(work.said("unit_credit_code")) if kind == UNIT else work.said("place")
    if holder != roster.holder:
        whose = "单位" if kind == UNIT else "村（社区）"
        raise RosterWrong(
            f"名册{number}是另一个{whose}的，不能在本件办理；请核对名册编号和所填的{whose}。", field="roster"
        )
    if kind == UNIT:
        may_act_for(work, units.required(work.region, holder, field="unit_credit_code"), "declare")
    else:
        _hold_village(work, holder)
    return roster


def _hold_village(work: Work, holder: str) -> None:
    """A village's roster is handed in by staff, where they are a township's or a village's: that of their own people.

    The name of the village is no secret, so that it gives nobody a right; and no account acts for a village.
    """
    if not at_counter(work):
        raise NotYours(
            "村（社区）的名册由村（社区）、乡镇（街道）或经办窗口办理；为本人或家人参保的，请不填名册编号，重新申请。"
        )
    for actor, day in _filers(work):
        held = {h.role for h in actor.held if h.region == work.region}
        is_agency = bool(held - LOCAL_ROLES - OUTSIDE_ROLES - {ADMINISTRATOR})
        if work.channel in LOCAL_ROLES or (held & LOCAL_ROLES and not is_agency):
            refuse_foreign(actor, work.region, kind=VILLAGE, holder=holder, day=day)


def _filers(work: Work) -> list[tuple[Actor, date]]:
    """Who filed the case, with the roles of that day; a form that was not filed yet is its writer's."""
    view = read(work.case_id)[0] if work.case_id else None
    day = local_day(view.opened_at) if view is not None else work.day
    keys = view.state.actors.get(START, ()) if view is not None else (work.actor,)
    return [(actor_of(user, day), day) for user in get_user_model().objects.filter(pk__in=keys)]


def _take(work: Work, roster: Roster, most: int | None = None) -> None:
    origin = origin_of(work)
    with transaction.atomic():
        held = Roster.objects.select_for_update(no_key=True).get(pk=roster.pk)
        if not _begin(held, origin):
            return
    plan = plan_for(origin, held)
    taking = _Taking(work, plan, figures(roster.region), {})
    last, left = 0, most
    while left is None or left > 0:
        with transaction.atomic():
            # Two at once take turns: the lines of a batch are read while nobody else takes any.
            Roster.objects.select_for_update(no_key=True).get(pk=held.pk)
            size = BATCH if left is None else min(BATCH, left)
            lines = list(_good(held, last)[:size])
            if not lines:
                break
            _write_down(held, [*taking.batch(lines)])
            last = lines[-1].line
        left = None if left is None else left - len(lines)
    if most is None:
        Roster.objects.filter(pk=held.pk).update(status="done")


def _begin(roster: Roster, origin: Origin) -> bool:
    """Whether there is something to take; a roster is of one case only."""
    if roster.status == "checking":
        raise RosterWrong(
            "名册还没有核对完，请稍后再办；长时间没有完成的，请重新上传同一份文件。", field="roster"
        )
    if roster.case is not None and origin.case is not None and roster.case != origin.case:
        raise RosterWrong("这份名册已经在另一件里登记过，不能再办；请核对名册编号。", field="roster")
    if roster.status == "done":
        return False
    roster.status, roster.case = "taking", origin.case
    roster.save(update_fields=["status", "case"])
    return True


def _good(roster: Roster, after: int) -> QuerySet[RosterLine]:
    return roster.lines.filter(status="good", line__gt=after).order_by("line")


@dataclass(frozen=True, slots=True)
class _Taking:
    """One run: in whose name, by which figures; waits of newcomers are worked out once for a kind and a day."""

    work: Work
    plan: Plan
    table: Mapping[str, Parameter]
    waited: dict[tuple[str, date, date | None], date]

    def batch(self, lines: list[RosterLine]) -> list[_Result]:
        """What becomes of these lines, in order."""
        said = {line.pk: json.loads(unsealed(line, "body")) for line in lines}
        keys = {line.pk: key_of(said[line.pk]) for line in lines}
        known = known_people(self.plan.origin.region, keys.values(), hold=True)
        results: dict[int, _Result] = {}
        plain_ones: list[tuple[RosterLine, Step]] = []
        others: list[RosterLine] = []
        for line in lines:
            found = verdict(self.plan, said[line.pk], known.get(keys[line.pk]))
            if found.status != "good":
                results[line.pk] = _Result(line, found.status, found.why, line.person)
            elif found.step is not None:
                plain_ones.append((line, found.step))
            else:
                others.append(line)
        for result in self._plainly(plain_ones, said, {pk: known.get(key) for pk, key in keys.items()}):
            results[result.line.pk] = result
        for line in others:
            results[line.pk] = self._by_itself(line, said[line.pk])
        return [results[line.pk] for line in lines]

    def _plainly(
        self,
        rows: list[tuple[RosterLine, Step]],
        said: Mapping[int, dict[str, str]],
        known: Mapping[int, Known | None],
    ) -> list[_Result]:
        """Write plain enrolments together; where the database refuses one of them, each goes by itself."""
        try:
            with transaction.atomic():
                return self._written(rows, said, known)
        except IntegrityError:
            return [self._by_itself(line, said[line.pk]) for line, _ in rows]

    def _written(
        self,
        rows: list[tuple[RosterLine, Step]],
        said: Mapping[int, dict[str, str]],
        known: Mapping[int, Known | None],
    ) -> list[_Result]:
        origin = self.plan.origin
        fresh = [line.pk for line, _ in rows if known[line.pk] is None]
        made = bulk.register(origin, [newcomer_of(self.plan, said[pk]) for pk in fresh])
        persons = dict(zip(fresh, made, strict=True))
        persons |= {pk: there.person for pk, there in known.items() if there is not None}
        paid = _paid([persons[line.pk].pk for line, _ in rows if known[line.pk] is not None])
        enrolling = [
            bulk.Enrolling(
                person=persons[line.pk],
                insurance=self.plan.insurance,
                kind=step.kind,
                start_on=step.start_on,
                end_on=step.end_on,
                unit=step.unit,
                wage_fen=step.wage_fen,
                benefit_from=self._begins(step, known[line.pk], paid),
            )
            for line, step in rows
        ]
        bulk.enrol(origin, enrolling)
        return [_Result(line, "done", "", persons[line.pk].pk) for line, _ in rows]

    def _begins(self, step: Step, known: Known | None, paid: Mapping[int, list[Contribution]]) -> date:
        if known is not None:
            return self._wait(step, known, paid.get(known.person.pk, []))
        key = (step.kind, step.start_on, step.person.born_on if step.kind == Kind.NEWBORN else None)
        if key not in self.waited:
            self.waited[key] = self._wait(step, None, [])
        return self.waited[key]

    def _wait(self, step: Step, known: Known | None, paid: list[Contribution]) -> date:
        wait = waits.waiting_after(
            step.person,
            history_before(known, step.start_on) if known else [],
            paid,
            insurance=self.plan.insurance,
            kind=step.kind,
            start_on=step.start_on,
            table=self.table,
        )
        return wait.begins(step.start_on)

    def _by_itself(self, line: RosterLine, said: Mapping[str, str]) -> _Result:
        """The line as a case of its own: the entry's effect with the line's answers."""
        own = (
            {"unit_credit_code": self.plan.holder} if self.plan.kind == UNIT else {"place": self.plan.holder}
        )
        work = replace(self.work, answers={**self.work.item.fixed, **said, **own})
        try:
            with transaction.atomic():
                run_effects([EFFECTS[self.plan.kind]], work)
        except DomainError as error:
            return _Result(line, "bad", error.message, line.person)
        except IntegrityError as error:
            return _Result(line, "bad", refused(error).message, line.person)
        there = known_people(self.plan.origin.region, [key_of(said)]).get(key_of(said))
        return _Result(line, "done", "", there.person.pk if there else None)


def _paid(persons: list[int]) -> dict[int, list[Contribution]]:
    """Months of contribution of people that the register knows."""
    found: dict[int, list[Contribution]] = {}
    for start in range(0, len(persons), 1000):
        rows = Contribution.objects.filter(person__in=persons[start : start + 1000])
        for row in rows.order_by("person", "start_on", "insurance"):
            found.setdefault(row.person_id, []).append(row)
    return found


def _write_down(roster: Roster, results: list[_Result]) -> None:
    """The lines with what became of them, and the counts."""
    table = connection.ops.quote_name(RosterLine._meta.db_table)
    values = [(r.status, r.why.rstrip("。")[:WHY_LENGTH], r.person, r.line.pk) for r in results]
    with connection.cursor() as cursor:
        cursor.executemany(f"UPDATE {table} SET status = %s, why = %s, person = %s WHERE id = %s", values)  # noqa: S608
    count = [result.status for result in results]
    Roster.objects.filter(pk=roster.pk).update(
        lines_good=F("lines_good") - len(results),
        lines_done=F("lines_done") + count.count("done"),
        lines_bad=F("lines_bad") + count.count("bad"),
        lines_same=F("lines_same") + count.count("same"),
    )
