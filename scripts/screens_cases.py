"""Demo cases for the screenshots: each led so far that the pages about it have something to show.

They go through the same services as the pages, by the demo's own sign-ins and about people of the demo's registers.
"""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import screens_funds
import xlsxwriter
from django.core.files.base import ContentFile
from PIL import Image, ImageDraw

from jingban.access.models import Mandate, User
from jingban.access.service import Actor, NotAllowed, actor_of
from jingban.benefits import service as benefits
from jingban.cases import actions, drafts
from jingban.cases.materials import checklist, required_of
from jingban.cases.months import close_month
from jingban.cases.procedures import procedure_of
from jingban.cases.tick import tick
from jingban.cases.view import CaseView, read
from jingban.cases.work import answers_of
from jingban.core.localtime import local_day
from jingban.core.money import to_yuan
from jingban.documents import service as documents
from jingban.exchange import service as exchange
from jingban.processes.engine import allowed_acts
from jingban.processes.errors import AlreadyVoted, ConflictOfInterest, MakerIsChecker
from jingban.processes.predicates import FACTS
from jingban.registry import service as registry
from jingban.registry.demo.names import OWN_VILLAGE
from jingban.registry.models import Enrolment, Unit
from jingban.registry.models.enrolments import Kind, Standing
from jingban.rulebook import publish
from jingban.rulebook.cache import regions
from jingban.rulebook.effective import EffectiveItem
from jingban.tickets import service as tickets
from jingban.uploads import service as uploads
from jingban.visits import service as visits
from jingban.walk.answers import answers_for

OWNER, UNIT, PROVIDER, COUNTER = "applicant", "unit", "institution", ""
"""Who hands it in: the demo's citizen, its employer's clerk, its institution, or somebody at the counter."""
STAFF = ("clerk", "village", "township", "reviewer", "entry", "cashier", "checker", "head")
EXPERTS = tuple(f"expert{n}" for n in range(1, 6))
NOT_FREE = (NotAllowed, MakerIsChecker, ConflictOfInterest, AlreadyVoted)
SAID: dict[str, Any] = {
    "reason": "上传的费用清单缺第2页，请补上。",
    "basis": "《办事指南》受理条件第二项",
    "opinion": "材料齐全，符合条件，同意。",
    "amount": "1286.40",
    "account": "演示银行 6200000000000000",
}
ANSWERS = {
    "note": "",
    "places": "110000",
    "from_place": "310000",
    "offsite_operation": "file",
    "from_insurance": "employee",
    "to_insurance": "employee",
    "employee_operation": "add",
    "bank": "演示银行",
    "bank_account": "6200000000000000",
    "monthly_wage": "5200.00",
}


@dataclass(frozen=True, slots=True)
class Story:
    """A case: which entry, how many days ago, who handed it in, and what was done since."""

    name: str
    item: str
    days: int
    by: str = COUNTER
    acts: tuple[str, ...] = ()
    tier: str = "agency"
    files: bool = False
    facts: Mapping[str, str] | None = None
    at: str = "clerk"
    """At whose counter, where somebody stands at one."""
    answers: Mapping[str, str] | None = None
    """What is said of an employee of the unit beside what is on record."""


STORIES = (
    Story("late", "medical-aid-reimbursement", 60),
    Story("sent-back", "inpatient-reimbursement", 9, OWNER, ("notify",), files=True),
    Story("checked", "maternity-allowance", 8, COUNTER, ("accept",)),
    Story("paid", "outpatient-reimbursement", 7, OWNER, ("accept", "approve")),
    Story("to-account", "outpatient-reimbursement", 7, COUNTER, ("accept", "approve", "pay")),
    Story("in-batch", "outpatient-reimbursement", 7, COUNTER, ("accept", "approve", "pay")),
    Story("granted", "enrolment-certificate", 6, OWNER, ("accept", "approve")),
    Story("transfer", "transfer", 5, COUNTER, ("accept", "send"), facts={"direction": "other-province"}),
    Story("unit", "employee-enrolment", 4, UNIT),
    Story("sealed", "employee-info-change", 4, UNIT, answers={"new_name": "演示新名"}),
    Story("public", "designate-pharmacy", 4, PROVIDER, ("accept", *["vote"] * 5, "publish")),
    Story("refused", "offsite-cross-province-long-term", 4, OWNER, ("accept", "refuse")),
    Story("review", "offsite-cross-province-long-term", 3, COUNTER, ("accept",)),
    Story("family-planning", "family-planning-medical", 3),
    Story("newborn", "grassroots-newborn-enrolment", 2, tier="grassroots", at="village"),
    Story("chronic", "chronic-recognition", 2, at="institution"),
    Story("change", "resident-info-change", 2),
    Story("new", "outpatient-reimbursement", 1, OWNER, files=True),
    Story("account", "maternity-medical", 1),
    Story("claim", "inpatient-reimbursement", 5, OWNER, ("accept",), files=True),
    Story("query", "inpatient-reimbursement", 0),
)
DRAFT = Story("draft", "inpatient-reimbursement", 0, OWNER, files=True)


class House:
    """One region of the demo with its sign-ins; what was led is found by its name in ``found``."""

    def __init__(self, region: str, now: datetime) -> None:
        self.region, self.now = region, now
        self.found: dict[str, Any] = {}
        self._people = self._insured()

    def lead(self) -> dict[str, Any]:
        """Every story to where it ends; what the addresses of the screens need, by name."""
        for story in STORIES:
            view = self._applied(story)
            for act in story.acts:
                if act == "approve" and benefits.takes_bills(view):
                    self._billed(view)
                view = self._done(view, act, self.now - timedelta(days=story.days) + timedelta(hours=2))
            self.found[story.name], self.found[f"{story.name}.code"] = view.number, view.query_code
            self.found[f"{story.name}.view"] = view
        last_month = (local_day(self.now).replace(day=1) - timedelta(days=1)).replace(day=1)
        close_month(month=last_month, now=self.now, regions=[self.region])
        self.found["claim.bill"] = self._billed(self.found["claim.view"]).pk
        self.found |= screens_funds.room(
            self.region, *(self.actor(part) for part in ("cashier", "checker", "head")), self.now
        )
        self._paper()
        self._letter()
        self._registers()
        self._roster()
        self._visit()
        self._hall()
        self._drafted()
        return self.found

    def user(self, part: str) -> User:
        return User.objects.get(username=f"{self.region}-{part}")

    def actor(self, part: str) -> Actor:
        return actor_of(self.user(part), local_day(self.now))

    def _insured(self) -> Iterator[Any]:
        """Grown people of the region's registers, one after the other, the employees first."""
        day = local_day(self.now)
        spells = Enrolment.objects.on(day).filter(region=self.region, standing=Standing.ACTIVE)
        grown = spells.exclude(kind__in=(Kind.NEWBORN, Kind.CHILD, Kind.PUPIL))
        found = [spell.person for spell in grown.select_related("person").order_by("insurance", "person_id")]
        return cycle(found)

    def _applied(self, story: Story) -> CaseView:
        version, item = self._entry(story)
        now = self.now - timedelta(days=story.days)
        actor = self.actor(story.by or story.at)
        draft = uuid4()
        application = actions.Application(
            answers=self._answers(story, item, actor),
            facts=dict(story.facts or self._facts(item)),
            situations=frozenset(),
            supplied=(),
            channel="online" if story.by and "online" in {c.id for c in item.channels} else "window",
            office=item.accepted_by[-1].id if story.tier == "grassroots" else "",
        )
        if story.files:
            slots = checklist(item, frozenset(), application.channel)[:2]
            self._uploaded(story, item, draft, [slot.key for slot in slots], now)
        view = actions.apply(
            version=version, application=application, actor=actor, key=draft, now=now, walk_in=not story.by
        )
        if story.files:
            uploads.attach(draft=draft, case=view.id, now=now)
        return view

    def _entry(self, story: Story) -> tuple[int, EffectiveItem]:
        row = publish.current(self.region, story.tier, story.item)
        if row is None:
            raise SystemExit(f"{self.region}：规则手册里没有 {story.tier}/{story.item}")
        return row.pk, publish.version(row.pk).item

    def _answers(self, story: Story, item: EffectiveItem, actor: Actor) -> dict[str, str]:
        day = local_day(self.now - timedelta(days=story.days))
        person = next(self._people)
        if story.by == OWNER:
            person = registry.own_person(actor.id, self.region, day) or person
        unit = self._employer()
        if story.answers:
            person = Enrolment.objects.on(day).filter(unit=unit).order_by("id")[0].person
        known = {
            **ANSWERS,
            **registry.on_record(person),
            "unit_credit_code": unit.credit_code,
            "from_date": day.isoformat(),
            **(story.answers or {}),
        }
        return answers_for(item, known)

    def _facts(self, item: EffectiveItem) -> dict[str, str]:
        """The first value of what the application must say, but for the channel, which the door knows."""
        asked = [n for n in item.facts_asked if n != "channel" and FACTS[n].asked == "application"]
        return {name: next(iter(FACTS[name].values)) for name in asked}

    def _billed(self, view: CaseView) -> benefits.Bill:
        """A visit ten days before the application, as the counter enters it."""
        benefits.load_demo_catalogue(self.now)
        day = local_day(view.opened_at) - timedelta(days=10)
        lines = (
            ("DEMO-I-001", "普通门诊诊查费（示例）", 1000),
            ("DEMO-D-002", "头孢克肟胶囊（示例）", 128_640),
        )
        total, place = sum(fen for _, _, fen in lines), "演示县人民医院"
        payer = answers_of(view, publish.version(view.version_id).item)["name"]
        paper = benefits.InvoiceDraft(f"{view.id:010d}", total, day, place, code="99060199", payer=payer)
        draft = benefits.BillDraft(
            care="outpatient", began_on=day, ended_on=day, institution=place, level="2",
            place_code=regions()[self.region].admin_code, total=total,
            lines=tuple(benefits.LineDraft(name=name, amount=fen, day=day, code=code) for code, name, fen in lines),
            invoices=(paper,),
        )  # fmt: skip
        return benefits.enter_bill(view.id, draft, actor=self.user("clerk").pk, now=self.now)

    def _done(self, view: CaseView, act: str, now: datetime) -> CaseView:
        """The act, by the first of the staff whom the procedure lets do it; what the system does first is done."""
        tick(now=now)
        view = read(view.id)[0]
        refused: Exception | None = None
        rule = allowed_acts(procedure_of(view.version_id, view.process, local_day(now)), view.state)[act]
        data = {need: self._value(view, need) for need in rule.needs}
        data |= {"vote": "yes"} if act == "vote" else {}
        for part in STAFF + EXPERTS:
            try:
                return actions.act(
                    case_id=view.id, act=act, data=data, actor=self.actor(part), seen=view.seq, key=None, now=now
                )  # fmt: skip
            except NOT_FREE as error:
                refused = error
        raise SystemExit(f"{view.number} {act}：{refused}")

    def _value(self, view: CaseView, need: str) -> Any:
        item = publish.version(view.version_id).item
        required = sorted(required_of(item, view.state.situations, view.channel) - view.state.received)
        if need == "checklist":
            return sorted(required_of(item, view.state.situations, view.channel))
        if need == "missing_materials":
            return required or [checklist(item, view.state.situations, view.channel)[0].key]
        if need == "amount" and (worked := benefits.work_out(view, actor=0, now=self.now)):
            return f"{to_yuan(worked.fund):.2f}"
        return SAID[need] if need in SAID else next(iter(FACTS[need].values))

    def _uploaded(
        self, story: Story, item: EffectiveItem, draft: UUID, slots: list[str], now: datetime
    ) -> None:
        owner = self.actor(story.by)
        for key in slots:
            uploads.take(
                file=ContentFile(photograph(), name="照片.jpg"), owner=owner.id, slot=key,
                holder=uploads.Holder(item.region, draft=draft), now=now,
            )  # fmt: skip

    def _paper(self) -> None:
        """The last paper of the granted case, sealed and signed: its address, its code and its mark."""
        view, who = self.found["granted.view"], self.actor("clerk")
        for seq in range(view.seq, 0, -1):
            for kind in ("result-notice", "enrolment-certificate", "acceptance-notice"):
                row = documents.issue_of_case(view=view, seq=seq, kind=kind, actor=who, now=self.now)
                if row is not None:
                    self.found |= {"paper": kind, "paper.seq": seq, "paper.code": row.code}
                    return
        raise SystemExit("办结的件没有可以出具的文书")

    def _letter(self) -> None:
        exchange.deliver(now=self.now, at_once=True)
        letter = exchange.Letter.objects.order_by("-pk").first()
        self.found |= {"letter": letter.pk if letter else 0, "year": local_day(self.now).year}

    def _registers(self) -> None:
        """Somebody of the register and a unit to look at; and a citizen who acts for another."""
        own = registry.own_person(self.user(OWNER).pk, self.region, local_day(self.now))
        if own is None:
            raise SystemExit("演示的申请人没有参保登记")
        self.found |= {
            "clerk": self.user("clerk").pk,
            "person": next(self._people).pk,
            "employer": self._employer().pk,
            "owner": own.pk,
            "owner.name": own.name,
            "certificate": registry.ties_of(own).issued[0].number,
        }
        Mandate.objects.get_or_create(
            principal=self.user("unit"), agent=self.user("applicant"),
            defaults={"proof": "演示：委托书", "start_on": local_day(self.now)},
        )  # fmt: skip

    def _employer(self) -> Unit:
        return Unit.objects.filter(region=self.region, end_on__isnull=True).order_by("id")[0]

    def _roster(self) -> None:
        """A unit's list with somebody new, and a number that a spreadsheet rounded."""
        new, day = registry.on_record(next(self._people)), local_day(self.now).isoformat()
        rows = (
            ("姓名", "证件号码", "参保日期", "月工资", "手机号码"),
            (new["name"], new["id_number"], day, "5200.00", "13012340001"),
            ("演示某", "1.30301E+17", day, "5200.00", "13012340002"),
        )
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "名册.xlsx"
            with xlsxwriter.Workbook(path) as book:
                sheet = book.add_worksheet()
                for place, row in enumerate(rows):
                    sheet.write_row(place, 0, row)
            made = registry.check_roster(
                registry.Origin(self.region, self.user("clerk").pk, self.now), path,
                kind=registry.UNIT_ROSTER, holder=self._employer().credit_code, name="名册.xlsx",
            )  # fmt: skip
        self.found |= {"roster": made.pk, "lines": "\n".join("\t".join(row) for row in rows[1:])}

    def _visit(self) -> None:
        """What a village worker wrote down at somebody's door."""
        mark, who = uuid4(), self.user("village")
        said = visits.Said(
            name="演示某", how="called", said="想问慢特病怎样认定，行动不便，约好下周上门收材料。"
        )
        visits.write_down(
            mark, said, worker=who.pk, region=self.region, place=OWN_VILLAGE,
            visited_at=self.now - timedelta(hours=3), now=self.now,
        )  # fmt: skip
        self.found["visit"] = mark

    def _hall(self) -> None:
        """Seven numbers taken, three of them called."""
        hall = regions()[self.region].offices[0].id
        for _ in range(7):
            tickets.take(region=self.region, hall=hall, now=self.now)
        for window, part in enumerate(("clerk", "reviewer", "entry"), start=1):
            tickets.call_next(
                region=self.region, hall=hall, window=str(window), actor=self.user(part).pk, now=self.now
            )
        self.found["hall"] = hall

    def _drafted(self) -> None:
        """An application on its way, with photographs of the first materials."""
        version, item = self._entry(DRAFT)
        self.found["version"] = publish.version(version).hash
        actor, draft = self.actor(DRAFT.by), uuid4()
        filled = drafts.Filled(answers=self._answers(DRAFT, item, actor), office=item.accepted_by[0].id)
        drafts.save(
            draft=draft, version=version, filled=filled, actor=actor, seen=0, now=self.now, channel="online"
        )
        slots = [slot.key for slot in checklist(item, frozenset(), "online")][:2]
        self._uploaded(DRAFT, item, draft, slots, self.now)
        self.found["draft"] = draft


def photograph() -> bytes:
    """What a telephone makes of a paper: a grey desk, a white sheet, lines."""
    picture = Image.new("RGB", (900, 1200), (150, 150, 145))
    pen = ImageDraw.Draw(picture)
    pen.rectangle((70, 60, 830, 1140), fill=(250, 250, 245))
    pen.rectangle((300, 130, 600, 165), fill=(60, 60, 60))
    for line in range(18):
        pen.rectangle((140, 230 + 45 * line, 760 - 90 * (line % 4), 240 + 45 * line), fill=(130, 130, 130))
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=80)
    return out.getvalue()
