"""Drive a case along a path through the same acts that the pages use."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from jingban.access.service import OWNER_ROLES, Actor, Held
from jingban.cases import actions
from jingban.cases.materials import checklist, required_of
from jingban.cases.procedures import procedure_of
from jingban.cases.tick import tick
from jingban.cases.verify import case_faults, events_of
from jingban.cases.view import CaseView, read
from jingban.core.localtime import SHANGHAI, local_day
from jingban.processes.engine import allowed_acts, roles_for
from jingban.processes.model import Edge, Process
from jingban.processes.predicates import FACTS, PREDICATES
from jingban.rulebook.publish import Version

BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)
_TEXTS = {
    "reason": "演练：说明理由",
    "basis": "演练：依据条款",
    "opinion": "演练：同意",
    "account": "演练账户",
    "correction": "演练：更正一处笔误",
    "amount": "100.00",
    "working_days": 5,
}
ANSWERS = {
    "person": {"name": "演练·甲", "id_number": "11010519491231002X", "phone": "01000000000"},
    "unit": {
        "unit_name": "演练单位",
        "credit_code": "91350100M000100Y43",
        "name": "演练·乙",
        "phone": "01000000000",
    },
    "provider": {"provider_name": "演练医院", "name": "演练·丙", "phone": "01000000000"},
    "report": {"accused": "演练对象", "clues": "演练线索"},
}


class WalkFailed(Exception):
    """The case did not go where the arrow points."""


@dataclass
class Drive:
    """One case under way: its clock advances an hour an act, and jumps to what is due."""

    version: Version
    process: Process
    applicant: int
    now: datetime = BEGIN
    view: CaseView = field(init=False)
    planned: set[str] = field(default_factory=set)
    actors: dict[str, int] = field(default_factory=dict)
    ahead: list[Edge] = field(default_factory=list)

    def along(self, facts: dict[str, str], edges: tuple[Edge, ...]) -> None:
        """Take every arrow in order, then check the case against itself."""
        todo = self.ahead = list(edges)
        while todo:
            before = self.view.seq if todo[0].kind != "start" else 0
            self._take(todo[0], facts)
            self._arrived(todo, before)
        faults = list(case_faults(self.view.id))
        if faults:
            raise WalkFailed("；".join(faults))

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
        for event in events:
            self.planned.update(event.data.get("effects", ()))

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
        item = self.version.item
        application = actions.Application(
            answers=ANSWERS[item.subject],
            facts={k: v for k, v in facts.items() if k != "channel"},
            channel=facts.get("channel", "window"),
        )
        if self.process.starts == "application":
            self.view = actions.apply(
                version=self.version.id,
                application=application,
                key=None,
                now=self.now,
                actor=Actor(self.applicant, "演练申请人"),
            )
            return
        self.view = actions.start(
            version=self.version.id,
            process=self.process.process,
            application=application,
            key=None,
            now=self.now,
        )

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
            self._act("recuse", {}, as_one=900)
        for seat in range(panel.quorum):
            vote = "yes" if edge.index == 0 else "no"
            self._act("vote", {"vote": vote}, as_one=901 + seat)

    def _hear(self, edge: Edge) -> None:
        receives = self.process.steps[edge.source].receives
        if receives is None:
            raise WalkFailed(f"环节 {edge.source} 不等来函")
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
            return Actor(self.applicant, "演练申请人")
        place = f"{self.view.step}"
        number = as_one or self.actors.setdefault(place, 1000 + len(self.actors))
        held = tuple(Held(role, self.view.region, "") for role in sorted(roles))
        return Actor(number, "演练", held=held)

    def _data(self, edge: Edge) -> dict[str, Any]:
        step = self.process.steps.get(edge.source)
        act = (step.do.get(edge.act) if step else None) or self.process.common.get(edge.act)
        if act is None and step is None:
            act_needs = self.process.ends[edge.source].follows[edge.act].needs
        else:
            act_needs = act.needs if act else ("reason",)
        data = {name: self._value(name) for name in act_needs if name not in FACTS}
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

    def _value(self, need: str) -> Any:
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
