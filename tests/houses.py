"""A house with its staff, for tests that open real cases: published entries, people, a clock of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from jingban.access.models import Grant, User
from jingban.access.service import INSTITUTION_ROLES, Actor, Held
from jingban.cases import actions, procedures
from jingban.cases.materials import checklist, required_of
from jingban.cases.places import TREATING, for_institutions
from jingban.cases.view import CaseView, read
from jingban.processes.engine import allowed_acts, roles_for
from jingban.processes.predicates import FACTS
from jingban.rulebook import publish
from jingban.rulebook.cache import effective_item
from jingban.rulebook.effective import EffectiveItem
from jingban.rulebook.publish import Version
from jingban.walk.answers import answers_for as samples
from tests.builders import MONDAY, NEED_VALUES

STANDARD = ("puyang", "agency", "resident-info-change")
PAYMENT = ("bazhou", "agency", "outpatient-reimbursement")
TRANSFER = ("bazhou", "agency", "transfer")
TIP_OFF = ("bazhou", "agency", "report-reward")
EXPERTS = ("luanzhou", "agency", "chronic-recognition")
MONTHLY = ("bazhou", "agency", "settlement-institution")

HOSPITAL = "试验医院"
NAME, NUMBER = "张小凤", "11010519491231002X"
ANSWERS: dict[str, dict[str, str]] = {
    "person": {"name": NAME, "id_number": NUMBER, "phone": "13012345678"},
    "unit": {
        "unit_name": "试验单位",
        "credit_code": "91350100M000100Y43",
        "operator_name": NAME,
        "phone": "13012345678",
    },
    "provider": {"provider_name": "试验医院", "operator_name": NAME, "phone": "13012345678"},
    "report": {"accused": "某药店", "clues": "串换药品", "reporter_name": NAME, "phone": "13012345678"},
}


def answers_for(item: EffectiveItem) -> dict[str, str]:
    """Every required field of the entry's form, invented; of the subject's own fields those that tests name."""
    return samples(item, ANSWERS[item.subject])


def staff(number: int, *roles: str, region: str = STANDARD[0], office: str = "") -> Actor:
    """Somebody with these roles in a region."""
    return Actor(number, f"岗位{number}", held=tuple(Held(role, region, office) for role in roles))


def hospital(region: str, name: str) -> None:
    """A designated institution with a doctor of its own."""
    doctor, _ = User.objects.get_or_create(username=f"doctor-{region}")
    said = {"user": doctor, "region": region, "role": "institution", "office": name}
    Grant.objects.get_or_create(**said, defaults={"start_on": date(2020, 1, 1)})


def forget_versions() -> None:
    """Row numbers come again when a test rolls back; what was remembered under them must not."""
    publish.version.cache_clear()
    procedures.procedure_of.cache_clear()


@dataclass
class House:
    """Publishes entries on demand and drives cases; ``now`` moves only when told to."""

    now: datetime = MONDAY
    applicant: Actor = field(default_factory=lambda: person("applicant"))
    versions: dict[tuple[str, str, str], Version] = field(default_factory=dict)

    def version(self, entry: tuple[str, str, str] = STANDARD) -> Version:
        if entry not in self.versions:
            (row,) = publish.publish([effective_item(*entry)], now=self.now)
            self.versions[entry] = publish.version(row.pk)
        return self.versions[entry]

    def apply(
        self,
        entry: tuple[str, str, str] = STANDARD,
        *,
        key: UUID | None = None,
        actor: Actor | None = None,
        answers: Mapping[str, str] | None = None,
        applicant: int | None = None,
        walk_in: bool = False,
        **rest: Any,
    ) -> CaseView:
        version = self.version(entry)
        said = answers_for(version.item) if answers is None else answers
        if for_institutions(version.item.process):
            said = {TREATING: HOSPITAL, **said}
            hospital(version.item.region, said[TREATING])
        return actions.apply(
            version=version.id,
            actor=actor or self.applicant,
            key=key or uuid4(),
            now=self.now,
            applicant=applicant,
            walk_in=walk_in,
            application=actions.Application(answers=said, **rest),
        )

    def act(
        self,
        view: CaseView,
        act: str,
        *,
        actor: Actor | None = None,
        key: UUID | None = None,
        seen: int | None = None,
        **data: Any,
    ) -> CaseView:
        """One act by somebody who may, with everything it must carry unless the test says otherwise."""
        return actions.act(
            case_id=view.id,
            act=act,
            data={**self.data(view, act), **data},
            actor=actor or self.fitting(view, act),
            seen=view.seq if seen is None else seen,
            key=key or uuid4(),
            now=self.now,
        )

    def tell(
        self, view: CaseView, message: str, result: str | None = None, key: UUID | None = None
    ) -> CaseView:
        return actions.told(case_id=view.id, message=message, result=result, key=key, now=self.now)

    def later(self, **delta: int) -> None:
        self.now += timedelta(**delta)

    def procedure(self, view: CaseView) -> Any:
        return procedures.procedure_of(view.version_id, view.process, self.now.date())

    def fitting(self, view: CaseView, act: str) -> Actor:
        """Somebody else for each step, so maker and checker never meet; the applicant for the own steps."""
        roles = roles_for(self.procedure(view), view.state, act)
        if roles & {"applicant", "unit-clerk", "provider", "reporter"} and view.applicant_id:
            return self.applicant
        number = 1000 + sum(map(ord, view.step))
        office = view.state.place if roles & INSTITUTION_ROLES else ""
        return staff(number, *roles, region=view.region, office=office)

    def data(self, view: CaseView, act: str) -> dict[str, Any]:
        rule = allowed_acts(self.procedure(view), view.state).get(act)
        return {need: self.value(view, need) for need in (rule.needs if rule else ())}

    def value(self, view: CaseView, need: str) -> Any:
        item, state = publish.version(view.version_id).item, view.state
        if need in FACTS:
            return next(iter(FACTS[need].values))
        required = sorted(required_of(item, state.situations, view.channel))
        keys = [slot.key for slot in checklist(item, state.situations, view.channel)]
        lists = {
            "checklist": required,
            "missing_materials": sorted(state.notified or required or keys[:1]),
            "brought_materials": sorted(state.notified or required),
            "owed_materials": keys[-1:],
            "promised_materials": keys[-1:],
            "settled_materials": sorted(state.owed) or keys[-1:],
        }
        due = (self.now + timedelta(days=7)).date().isoformat()
        return lists.get(need, due if need == "owed_due" else NEED_VALUES[need])

    def fresh(self, view: CaseView) -> CaseView:
        return read(view.id)[0]


def person(username: str) -> Actor:
    """A citizen with a row of his own."""
    user = User.objects.create(username=username, name="申请人")
    return Actor(user.pk, user.name)
