"""What befalls units, what is levied, and what the tax department says of it."""

from __future__ import annotations

from datetime import date, timedelta

from jingban.core.errors import DomainError
from jingban.registry import levies, units
from jingban.registry.models import Source
from tests.registry.factories import credit_code, new_name
from tests.registry.lives.drawn import ANY, CLERK, COLLEAGUE, DAYS, PROBES, REGION, REGIONS, act, nine
from tests.registry.lives.enrolled import Enrolled
from tests.registry.lives.shapes import (
    ACTIVE,
    DAY,
    FLEXIBLE,
    ISSUED,
    RESIDENT,
    Firm,
    Key,
    Levy,
    figure,
    first_of,
    last_of,
    month_of,
    must,
    yuan,
)
from tests.registry.lives.world import World


class Payers(Enrolled):
    """Acts on units and levies, and the calendar."""

    # units

    def open_unit(self, region: str, n: int, start: date) -> None:
        code = credit_code(n + 50 * REGIONS.index(region))
        answers = {"unit_name": f"试验{n}公司", "credit_code": code, "unit_kind": "enterprise"}
        answers |= {"legal_representative": new_name(n), "from_date": start.isoformat()}

        def foretold(world: World) -> None:
            must((region, n) not in world.firms, "is there")
            world.firms[region, n] = Firm(region, code, start)

        self.case("open unit", "enrol_unit", region, answers, foretold)

    @act(region=REGION, n=range(1, 7))
    def unit_opens(self, region: str, n: int) -> None:
        if (region, n) not in self.world.firms or self.world.firms[region, n].end is None:
            self.open_unit(region, n, self.world.today)

    @act(
        4, region=REGION, which=ANY, other=ANY, days=DAYS, ready=ANY,
        turn=["suspend", "resume", "resume", "deregister", "merge", "merge", "split", "branch"],
    )  # fmt: skip
    def unit_turns(self, region: str, which: int, other: int, days: str, turn: str, ready: int) -> None:
        paused = [k for k, f in self.world.firms.items() if k[0] == region and f.status == "2"]
        status = "2" if turn == "resume" and paused else "1"
        turn = "suspend" if turn == "resume" and not paused else turn
        day, key, second = self.day(days), self.firm(which, region, fits=lambda f: f.status == status), None
        if turn in ("merge", "split", "branch"):
            code = self.world.firms[key].code
            second = self.firm(other, region, fits=lambda f: f.status == "1" and f.code != code)
        if ready % 3:
            self.make_ready(key, turn, day)
        firm = self.world.firms[key]
        answers = {"credit_code": firm.code, "unit_operation": turn, "from_date": day.isoformat()}
        answers["other_credit_code"] = self.world.firms[second].code if second else ""

        def foretold(world: World) -> None:
            must(world.firms[key].end is None, "unit has ended")
            must(second is None or world.firms[second].end is None, "the other has ended")
            if turn == "merge":
                world.merged(key, second or key, day)
            elif turn == "suspend":
                world.firm_suspended(key, day)
            elif turn == "resume":
                world.firm_resumed(key, day)
            else:
                world.firm_ended(key, day)

        followed = None if turn in ("split", "branch") else foretold
        self.case(f"unit {turn}", "change_unit", region, answers, followed)
        for one in (key, second or key):
            held, row = self.world.firms[one], self.unit(one)
            for asked in PROBES:
                told = units.as_of(row, asked)
                assert (told and told["status"]) == held.status_on(asked), (one, asked)

    def make_ready(self, key: Key, turn: str, day: date) -> None:
        """Pay what is owed before an end; let the people go before an end or a stop."""
        if turn in ("deregister", "merge"):
            for levy in self.world.arrears(key):
                self.confirm(levy, "right")
        if turn in ("deregister", "suspend"):
            last = day if turn == "deregister" else day - DAY
            for life, spell in self.world.at(key, last + DAY):
                if spell.standing == ACTIVE or turn == "deregister":
                    self.employee_case("end", life, last + DAY, last, 1)

    # levies and the tax department

    @act(2, region=REGION, which=ANY, back=range(-1, 3), strict=(False, True))
    def unit_is_levied(self, region: str, which: int, back: int, strict: bool) -> None:
        self.levy_unit(self.firm(which, region), month_of(self.world.today) - back, strict=strict)

    def levy_unit(self, key: Key, month: int, *, strict: bool = False) -> None:
        first = first_of(month)
        if strict:
            self.attempt(
                "levy unit",
                lambda: levies.issue_for_unit(self.origin(key[0]), self.unit(key), first),
                lambda world: must(world.levied(key, month), "nobody to levy"),
            )
            return

        def foretold(world: World) -> None:
            if month <= month_of(world.today) + 1:
                world.levied(key, month)

        answers = {"unit_credit_code": self.world.firms[key].code, "from_date": first.isoformat()}
        self.case("levy", "levy", key[0], answers, foretold)

    @act(who=ANY, back=range(-2, 4))
    def flexible_is_levied(self, who: int, back: int) -> None:
        month = month_of(self.world.today) - back
        life = self.pick(who, lambda x: (s := self.world.paying(x, month)) and s.kind == FLEXIBLE)

        def foretold(world: World) -> None:
            one = self.known(world, life.who, life.region, new=False)
            if month <= month_of(world.today) + 1:
                world.levied_flexible(one, month)

        answers = {**self.said(life.who, life.region), "from_date": first_of(month).isoformat()}
        self.case("levy flexible", "levy", life.region, answers, foretold)

    @act(who=ANY, ahead=range(-1, 2), part=(False, True))
    def premium_is_levied(self, who: int, ahead: int, part: bool) -> None:
        life = self.pick(who, lambda x: [s for s in x.spells if s.insurance == RESIDENT])
        year, key = self.world.today.year + ahead, life.key
        months = range(year * 12 + (self.world.today.month - 1 if part else 0), year * 12 + 12)
        first, last = first_of(months.start), last_of(months.stop - 1)
        amount = figure(life.region, "levy-resident-premium", date(year, 1, 1))

        def act() -> None:
            own, subsidy = levies.resident_premium(life.region, year)
            assert (own, subsidy) == (amount, 0)
            levies.issue_for_person(
                self.origin(life.region),
                self.row(life),
                insurance=RESIDENT,
                first=first,
                last=last,
                amount=own,
            )

        self.attempt(
            "levy premium", act,
            lambda world: world.levied_person(world.lives[key], RESIDENT, months, yuan(amount)),
        )  # fmt: skip

    @act(
        5, which=ANY, how=["right", "right", "signed", "own", "again", "twice", "amount", "early", "unknown", "borrowed"],
    )  # fmt: skip
    def tax_confirms(self, which: int, how: str) -> None:
        """Right, again by the same notice, twice by two, or wrong in some way; late and in any order."""
        found = [x for x in self.world.levies if (x.status == ISSUED) != (how in ("again", "twice"))]
        found = found or self.world.levies
        if found:
            self.confirm(found[which % len(found)], how)

    def confirm(self, levy: Levy, how: str) -> None:
        message = f"HZ{self.draw()}"
        if how == "again":
            message = levy.message or message
        elif how == "borrowed" and (
            used := [m for m, n in self.notices if n != levy.number and n[2:8] == levy.number[2:8]]
        ):
            message = used[0]
        number = "ZJ-" if how == "unknown" else levy.number
        amount = levy.due + (how == "amount")
        actor = CLERK if how in ("own", "signed") else COLLEAGUE
        day = self.world.today + (DAY if how == "early" else -3 * DAY)
        place, again = self.world.levies.index(levy), self.notices.get((message, number))
        others = {n for m, n in self.notices if m == message and n != number and n[2:8] == number[2:8]}
        good = (
            how not in ("unknown", "amount", "early")
            and levy.status == ISSUED
            and not others
            and again is None
        )

        def act() -> None:
            notice = levies.confirmed(
                self.origin(levy.region, Source.TAX, actor=actor),
                number, paid_on=day, message=message, amount=amount, signed=how == "signed",
            )  # fmt: skip
            self.in_words(DomainError(notice.answer)) if not notice.applied else None
            assert again is None or notice.pk == again
            assert again is not None or notice.applied == good, notice.answer
            self.notices[message, number] = notice.pk

        def foretold(world: World) -> None:
            must(how != "own" or levy.status != ISSUED or again, "whoever levied it does not say it was paid")
            if good:
                world.confirmed(world.levies[place], message)

        self.attempt(f"confirm {how}", act, foretold)

    @act(2, region=REGION, unpaid=[None, *ANY[:9]])
    def a_month_goes_by(self, region: str, unpaid: int | None) -> None:
        """Every unit of the region is levied; all pay, or all but one."""
        month = month_of(self.world.today)
        for key, firm in list(self.world.firms.items()):
            if firm.end is None and key[0] == region:
                self.levy_unit(key, month)
        open_now = [n for n, x in enumerate(self.world.levies) if (x.status, x.region) == (ISSUED, region)]
        for n in open_now:
            if unpaid is None or n != open_now[unpaid % len(open_now)]:
                self.confirm(self.world.levies[n], "right")
        self.world.now = nine(first_of(month + 1) + 8 * DAY)

    @act(3, days=range(1, 41))
    def time_passes(self, days: int) -> None:
        self.world.now = nine(self.world.today + timedelta(days=days))
