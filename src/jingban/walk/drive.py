"""Drive a case along a path through the same acts that the pages use."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from jingban.access.service import INSTITUTION_ROLES, OWNER_ROLES, Actor, Held
from jingban.cases import actions
from jingban.cases.materials import checklist, required_of
from jingban.cases.offering import closed_channel
from jingban.cases.procedures import procedure_of
from jingban.cases.tick import tick
from jingban.cases.verify import case_faults, events_of
from jingban.cases.view import CaseView, read
from jingban.core.localtime import local_day
from jingban.exchange.service import deliver, unwritten
from jingban.ledger import service as ledger
from jingban.processes.engine import allowed_acts, roles_for
from jingban.processes.model import Edge, Process
from jingban.processes.predicates import FACTS, PREDICATES
from jingban.rulebook.publish import Version
from jingban.walk import bank
from jingban.walk.answers import answers_for
from jingban.walk.scene import PREPARER, STAFF, Part

RECUSED = PREPARER - 100
"""The expert who withdraws; those who vote come after."""
_TEXTS = {
    "reason": "演练：说明理由",
    "basis": "演练：依据条款",
    "opinion": "演练：同意",
    "reward_grade": "1",
    "reward_insider": "no",
    "payee_name": "演练收款人",
    "bank": "演练银行",
    "bank_account": "6200000000000009",
    "reward_payees": [["演练收款人", "演练银行", "6200000000000009"]],
    "receiver_agreed": "yes",
    "correction": "演练：更正一处笔误",
    "amount": "100.00",
    "working_days": 5,
    "household_authorised_on": "2026-03-01",
    "household_people": 3,
    "household_income": "21600.00",
    "household_property": "0.00",
    "household_spending": "36000.00",
}


class WalkFailed(Exception):
    """The case did not go where the arrow points."""


@dataclass
class Drive:
    """One case under way: its clock advances an hour an act, and jumps to what is due."""

    version: Version
    process: Process
    part: Part
    now: datetime = field(init=False)
    view: CaseView = field(init=False)
    effects: set[str] = field(default_factory=set)
    actors: dict[str, int] = field(default_factory=dict)
    ahead: list[Edge] = field(default_factory=list)

    def along(self, facts: dict[str, str], edges: tuple[Edge, ...]) -> None:
        """Take every arrow in order, then check the case against itself."""
        self.now = self.part.at
        todo = self.ahead = list(edges)
        while todo:
            before = self.view.seq if todo[0].kind != "start" else 0
            self._take(todo[0], facts)
            self._arrived(todo, before)
        bank.settles(self.view, self.now)
        if self.part.ended is not None:
            self.now += timedelta(hours=1)
            self.part.ended(self.view, self.now)
        self._post()
        faults = list(case_faults(self.view.id))
        if faults:
            raise WalkFailed("；".join(faults))

    def _post(self) -> None:
        """What the case sends to other agencies is written; what cannot be is a fault."""
        if unwritten(self.view.id):
            deliver(now=self.now, at_once=True)
        if faults := unwritten(self.view.id):
            raise WalkFailed("；".join(f"{name}没有写成：{why}" for name, why in faults))

    @property
    def is_late(self) -> bool:
        """Whether a clock of the case ran out before it was stopped."""
        return any(c.is_late(local_day(self.now)) for c in self.view.state.clocks.values())

    def _arrived(self, todo: list[Edge], before: int) -> None:
        """Hold what happened against the path; system steps were passed in the same act."""
        events = [e for e in events_of(self.view.id) if e.seq > before]
        last = {e.act for e in events}
        edge = todo.pop(0)
        moves = [e for e in events if e.to_step != e.from_step or edge.target == edge.source]
        if not moves or edge.kind == "panel":
            moves = events[-1:]
        if moves[0].to_step != edge.target:
            raise WalkFailed(f"“{edge.label}”应到 {edge.target}，却到了 {moves[0].to_step}（{last}）")
        for move in moves[1:]:
            if not todo or todo[0].target != move.to_step:
                raise WalkFailed(f"系统环节到了 {move.to_step}，路径上没有")
            todo.pop(0)
        done = {name for event in events for name in event.data.get("effects", ())}
        self.effects |= done
        if done:
            self._balanced()

    def _balanced(self) -> None:
        """After every step that can move money, debits and credits of the region are the same."""
        sheet = ledger.trial_balance(region=self.view.region).values()
        if sum(debit - credit for debit, credit in sheet):
            raise WalkFailed("账簿借贷不平")

    def _take(self, edge: Edge, facts: dict[str, str]) -> None:
        self.now += timedelta(hours=1)
        if edge.kind == "start":
            self._open(facts)
        elif edge.kind == "timer" or edge.act == "quiet":
            self._wait()
        elif edge.kind == "panel":
            self._vote(edge)
        elif edge.kind == "message":
            self._hear(edge)
        else:
            self._act(edge.act, self._data(edge))

    def _open(self, facts: dict[str, str]) -> None:
        if self.part.opens is not None:
            self.view = self.part.opens(self.now)
        else:
            self.view = self._applied(facts)
        if self.part.opened is not None:
            self.part.opened(self.view, self.now)

    def _applied(self, facts: dict[str, str]) -> CaseView:
        item = self.version.item
        application = actions.Application(
            answers=answers_for(item, self.part.answers),
            facts={k: v for k, v in facts.items() if k != "channel"},
            channel=facts.get("channel") or self._channel(),
        )
        if self.process.starts != "application":
            return actions.start(
                version=self.version.id,
                process=self.process.process,
                application=application,
                key=None,
                now=self.now,
            )
        return actions.apply(
            version=self.version.id,
            application=application,
            key=None,
            now=self.now,
            actor=Actor(self.part.applicant, "演练申请人"),
        )

    def _channel(self) -> str:
        """The window where the entry has one, else its first way in that is open."""
        item = self.version.item
        offered = [
            c.id
            for c in item.channels
            if c.id in FACTS["channel"].values and not closed_channel(item, c.id, self.now)
        ]
        return "window" if "window" in offered or not offered else offered[0]

    def _wait(self) -> None:
        due = self.view.state.timer
        if due is None:
            raise WalkFailed(f"环节 {self.view.step} 没有到期时间")
        self.now = max(due, self.now)
        tick(now=self.now)
        self.view, _ = read(self.view.id)

    def _vote(self, edge: Edge) -> None:
        panel = self.process.steps[edge.source].panel
        if panel is None:
            raise WalkFailed(f"环节 {edge.source} 没有表决")
        if panel.recuse:
            self._act("recuse", {}, as_one=RECUSED)
        for seat in range(panel.quorum):
            vote = "yes" if edge.index == 0 else "no"
            self._act("vote", {"vote": vote}, as_one=RECUSED + 1 + seat)

    def _hear(self, edge: Edge) -> None:
        receives = self.process.steps[edge.source].receives
        if receives is None:
            raise WalkFailed(f"环节 {edge.source} 不等来函")
        bank.endows(self.view, self.now)
        if (paid := bank.answers(self.view, edge.act, self.now)) is not None:
            self.view = paid
            return
        if self.part.hears is not None:
            heard = self.part.hears(self.view, edge, self.now)
            if heard is not None:
                self.view = heard
                return
        complete = edge.act == next(iter(receives.ways))
        names = receives.all if receives.all and complete else receives.messages[:1]
        way = self._facts_for(edge)
        data = {**{n: self._value(n) for n in receives.ways[edge.act].needs}, **way}
        for name in names:
            self.view = actions.told(
                case_id=self.view.id, message=name, result=edge.act, data=data, key=None, now=self.now
            )

    def _act(self, name: str, data: dict[str, Any], as_one: int | None = None) -> None:
        procedure = procedure_of(self.view.version_id, self.view.process, local_day(self.now))
        if name not in allowed_acts(procedure, self.view.state):
            raise WalkFailed(f"环节 {self.view.step} 不允许 {name}")
        roles = roles_for(procedure, self.view.state, name)
        self.view = actions.act(
            case_id=self.view.id,
            act=name,
            data=data,
            seen=self.view.seq,
            key=None,
            now=self.now,
            actor=self._actor(name, roles, as_one),
        )

    def _actor(self, name: str, roles: frozenset[str], as_one: int | None) -> Actor:
        """Somebody else at every step, so that maker and checker never meet."""
        if roles <= OWNER_ROLES and self.view.applicant_id is not None:
            return Actor(self.part.applicant, "演练申请人")
        place = f"{self.view.step}"
        number = as_one or self.actors.setdefault(place, STAFF + len(self.actors))
        held = tuple(
            Held(role, self.view.region, self.view.state.place if role in INSTITUTION_ROLES else "")
            for role in sorted(roles)
        )
        return Actor(number, "演练", held=held)

    def _data(self, edge: Edge) -> dict[str, Any]:
        step = self.process.steps.get(edge.source)
        act = (step.do.get(edge.act) if step else None) or self.process.common.get(edge.act)
        if act is None and step is None:
            act_needs = self.process.ends[edge.source].follows[edge.act].needs
        else:
            act_needs = act.needs if act else ("reason",)
        data = {name: self._value(name, edge.act) for name in act_needs if name not in FACTS}
        return {**data, **self._facts_for(edge, act_needs)}

    def _facts_for(self, edge: Edge, needs: tuple[str, ...] = ()) -> dict[str, str]:
        """Facts that lead over this arrow, or over a later one that asks for what is stated now."""
        asked = [name for name in needs if name in FACTS]
        if edge.when is not None and FACTS[PREDICATES[edge.when].fact].asked == "act":
            asked.append(PREDICATES[edge.when].fact)
        return {name: self._fact(name) for name in asked}

    def _fact(self, name: str) -> str:
        for edge in self.ahead:
            fork = [e for e in self.process.edges if (e.source, e.act) == (edge.source, edge.act) and e.when]
            if any(PREDICATES[e.when].fact == name for e in fork if e.when):
                if edge.when is None:
                    break
                return min(PREDICATES[edge.when].values)
        return _plain(name)

    def _value(self, need: str, act: str = "") -> Any:
        carries = self.part.carries
        if (found := carries.get(f"{act}:{need}", carries.get(need))) is not None:
            return found
        state, item = self.view.state, self.version.item
        keys = [s.key for s in checklist(item, state.situations, self.view.channel)] or ["application-form"]
        if need == "checklist":
            return sorted(required_of(item, state.situations, self.view.channel))
        if need == "missing_materials":
            required = required_of(item, state.situations, self.view.channel) - state.received
            return sorted(state.notified or required or keys[:1])
        if need == "brought_materials":
            return sorted(state.notified or keys)
        if need in ("owed_materials", "promised_materials"):
            return keys[-1:]
        if need == "settled_materials":
            return sorted(state.owed) or keys[-1:]
        if need == "owed_due":
            return (local_day(self.now) + timedelta(days=7)).isoformat()
        return _TEXTS[need]


def _plain(fact: str) -> str:
    """The value of an act's fact that takes no special way."""
    said = {v for p in PREDICATES.values() if p.fact == fact for v in p.values}
    return next(v for v in FACTS[fact].values if v not in said)
