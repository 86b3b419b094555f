"""What a person had settled outside Jingban in a year, up to a day: direct settlements at hospitals (联网结算).

Each row is a whole: the newest up to the day on which a case was first decided is where its year begins. A row is never
edited: a correction takes its place, and only once a second person has looked at it (``checked_at``). Sums are sealed:
their names carry diseases.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from django.db.models import Q, QuerySet
from pydantic import TypeAdapter

from jingban.benefits.errors import OpeningWrong, OwnBill
from jingban.benefits.models import Kind, OpeningSource, OpeningSum
from jingban.core.crypto import open_sealed, reseal, seal
from jingban.core.money import show_yuan
from jingban.registry import service as registry

COUNTS = frozenset({Kind.REIMBURSEMENT, Kind.AID})
"""Benefits whose yearly rules look at what was settled directly. A pregnancy has a year of its own."""
INSURANCES = {"employee": "职工医保", "resident": "居民医保"}
CARES = {"chronic": "门诊慢性病", "special": "门诊特殊疾病"}
MOST = 10**9
"""Ten million yuan: more is a slip of the keyboard."""


@dataclass(frozen=True, slots=True)
class Named:
    """A sum of the year as people call it, and where the rules look for it, by insurance (``rules.model.Year``)."""

    key: str
    name: str
    at: Mapping[str, str]
    of: str = ""
    """The sum that it is a part of: no more was paid than there was to be paid of."""
    is_count: bool = False

    def text(self, amount: int) -> str:
        return f"{self.name}{amount}次" if self.is_count else f"{self.name}{show_yuan(amount)}元"


def _named(key: str, name: str, at: str, insurances: Iterable[str] = INSURANCES, of: str = "") -> Named:
    return Named(key, name, {one: at.format(one) for one in insurances}, of)


SUMS = (
    _named("pool", "统筹基金（居民医保基金）已付", "{}.pool"),
    Named("admissions", "住院次数", {one: f"{one}.admissions" for one in INSURANCES}, is_count=True),
    _named("outpatient_in_scope", "普通门诊政策范围内费用", "{}-outpatient.in_scope"),
    _named("outpatient_paid", "普通门诊统筹已付", "{}-outpatient.paid", of="outpatient_in_scope"),
    _named("village_in_scope", "村卫生室政策范围内费用", "{}-outpatient:village.in_scope", ("resident",)),
    _named("village_paid", "村卫生室统筹已付", "{}-outpatient:village.paid", ("resident",), "village_in_scope"),
    _named("serious_self", "大病保险：政策范围内个人自付", "serious.self", ("resident",)),
    _named("serious_paid", "大病保险已付", "serious.paid", ("resident",), "serious_self"),
    _named("supplement_self", "大额补充：统筹封顶线以上费用", "supplement.self", ("employee",)),
    _named("supplement_paid", "大额补充已付", "supplement.paid", ("employee",), "supplement_self"),
    _named("civil_self", "公务员补助：政策范围内个人负担", "civil.self", ("employee",)),
    _named("civil_paid", "公务员补助已付", "civil.paid", ("employee",), "civil_self"),
    _named("enterprise_self", "企业补充：政策范围内个人负担", "enterprise.self", ("employee",)),
    _named("enterprise_paid", "企业补充已付", "enterprise.paid", ("employee",), "enterprise_self"),
    _named("aid_self", "医疗救助：保险支付后个人负担", "aid.self"),
    _named("aid_paid", "医疗救助已付", "aid.paid", of="aid_self"),
    _named("extra_aid_self", "倾斜救助：救助后个人负担", "extra_aid.self"),
    _named("extra_aid_paid", "倾斜救助已付", "extra_aid.paid", of="extra_aid_self"),
)  # fmt: skip
"""In the order of a settlement statement; each of them cumulated from the first of January."""
BY_KEY = {one.key: one for one in SUMS}


@dataclass(frozen=True, slots=True)
class DiseaseSum:
    """What was settled of a chronic or special disease, which has its own deductible and cap."""

    care: str
    code: str
    in_scope: int = 0
    paid: int = 0


@dataclass(frozen=True, slots=True)
class OpeningDraft:
    """A statement as it is entered. ``paper``: its number and who printed it; ``void`` takes back what was registered."""

    year: int
    insurance: str
    until_on: date
    source: str
    paper: str = ""
    sums: Mapping[str, int] = field(default_factory=dict)
    diseases: tuple[DiseaseSum, ...] = ()
    void: bool = False


@dataclass(frozen=True, slots=True)
class Content:
    """What of a statement is sealed."""

    paper: str = ""
    sums: dict[str, int] = field(default_factory=dict)
    diseases: tuple[DiseaseSum, ...] = ()
    void: bool = False


@dataclass(frozen=True, slots=True)
class Opening:
    """A statement, opened."""

    pk: int
    insurance: str
    until_on: date
    source: str
    entered_by: int
    entered_at: datetime
    is_checked: bool
    content: Content

    @property
    def sums(self) -> dict[str, int]:
        """By the names that the rules look for."""
        found = {
            BY_KEY[key].at[self.insurance]: amount for key, amount in self.content.sums.items() if amount
        }
        for one in self.content.diseases:
            account = f"{self.insurance}-{one.care}:{one.code}"
            found |= {f"{account}.in_scope": one.in_scope, f"{account}.paid": one.paid}
        return {key: amount for key, amount in found.items() if amount}

    @property
    def words(self) -> str:
        """The sums in a sentence."""
        told = [one.text(self.content.sums[one.key]) for one in SUMS if self.content.sums.get(one.key)]
        told += [
            f"{CARES[one.care]}{one.code}政策范围内{show_yuan(one.in_scope)}元、统筹已付{show_yuan(one.paid)}元"
            for one in self.content.diseases
        ]
        return "，".join(told) or "没有直接结算的金额"

    @property
    def origin(self) -> str:
        """Where it comes from and up to when."""
        paper = f"（{self.content.paper}）" if self.content.paper else ""
        insured = INSURANCES[self.insurance]
        return f"{insured}{OpeningSource(self.source).label}{paper}，累计到{registry.day_text(self.until_on)}"

    def step(self) -> dict[str, object]:
        """The first line of an explanation."""
        return {
            "key": "opening", "name": "此前在医院直接结算的累计", "amount": self.content.sums.get("pool", 0),
            "formula": f"{self.origin}：{self.words}", "used": [], "unit": "yuan",
        }  # fmt: skip


_CONTENT = TypeAdapter(Content)


def of_year(person_id: int, year: int, *, until: date | None = None, unchecked: bool = True) -> list[Opening]:
    """The statements of a year that stand, the last first; those to be checked among them where asked."""
    rows = _standing(year).filter(person__in=registry.rows_of(person_id))
    rows = rows if unchecked else rows.filter(checked_at__isnull=False)
    rows = rows if until is None else rows.filter(until_on__lte=until)
    return [opened(row) for row in rows]


def checked(year: int) -> QuerySet[OpeningSum]:
    """All that count in a year, the last first, sealed as they are."""
    return _standing(year).filter(checked_at__isnull=False)


def _standing(year: int) -> QuerySet[OpeningSum]:
    return OpeningSum.objects.filter(year=year, removed_at__isnull=True).order_by("-until_on", "-id")


def counting(found: Iterable[Opening], day: date) -> tuple[Opening, ...]:
    """What counts for a case first decided on the day: of each insurance the newest; a correction before what it corrects."""
    newest: dict[str, Opening] = {}
    seen: set[tuple[str, date]] = set()
    for one in found:
        if one.until_on > day or (one.insurance, one.until_on) in seen:
            continue
        seen.add((one.insurance, one.until_on))
        if not one.content.void:
            newest.setdefault(one.insurance, one)
    return tuple(newest[key] for key in INSURANCES if key in newest)


def opened(row: OpeningSum) -> Opening:
    content = _CONTENT.validate_json(
        open_sealed(bytes(row.content), context=_context(row.person_id, row.year))
    )
    return Opening(
        row.pk, row.insurance, row.until_on, row.source, row.entered_by, row.entered_at,
        row.checked_at is not None, content,
    )  # fmt: skip


def look_over(person_id: int, year: int, until: date, *, actor: int, now: datetime, alone: bool) -> bool:
    """Let what nobody looked at yet count from now on, for who decides saw it; whether anything did.

    ``alone``: who enters and settles in one act (F14), or a trial. Raises OwnBill for whoever entered it.
    """
    rows = OpeningSum.objects.filter(
        person__in=registry.rows_of(person_id), year=year, removed_at__isnull=True
    )
    waiting = list(rows.filter(checked_at__isnull=True, until_on__lte=until).order_by("id"))
    for row in waiting:
        if row.entered_by == actor and not alone:
            raise OwnBill(
                "此前直接结算的累计是您本人登记的，请由另一位同事审核核定（社会保险经办条例第三十六条）。"
            )
        settle(row, by=None if row.entered_by == actor else actor, now=now)
    return bool(waiting)


def settle(row: OpeningSum, *, by: int | None, now: datetime) -> None:
    """Let a row count, in the place of what stood of the same day."""
    same = OpeningSum.objects.filter(
        person__in=registry.rows_of(row.person_id),
        year=row.year,
        insurance=row.insurance,
        until_on=row.until_on,
    )
    same.filter(Q(checked_at__isnull=False), removed_at__isnull=True).update(removed_at=now)
    row.checked_by, row.checked_at = by, now
    row.removed_at = now if opened(row).content.void else None
    row.save(update_fields=["checked_by", "checked_at", "removed_at"])


def write(person: registry.Person, draft: OpeningDraft, *, actor: int, now: datetime) -> OpeningSum | None:
    """Keep a statement, to be looked at by a second person; the one that waited goes. None where it says the same again.

    Raises OpeningWrong. The caller holds the person's year.
    """
    hold(draft)
    mine = registry.rows_of(person.pk)
    rows = OpeningSum.objects.filter(person__in=mine, year=draft.year, insurance=draft.insurance)
    standing = list(rows.filter(until_on=draft.until_on, removed_at__isnull=True).order_by("-id"))
    content = Content(draft.paper.strip(), dict(draft.sums), _diseases(draft), draft.void)
    last = standing[0] if standing else None
    if last is None and draft.void:
        return None
    if last is not None and (opened(last).content, last.source) == (content, draft.source):
        return None
    if last is not None and last.checked_at is None:
        last.removed_at = now
        last.save(update_fields=["removed_at"])
        if draft.void:  # what nobody looked at goes by itself; what counts stays
            return None
    return OpeningSum.objects.create(
        region=person.region,
        person=person,
        year=draft.year,
        insurance=draft.insurance,
        until_on=draft.until_on,
        source=draft.source,
        content=seal(_CONTENT.dump_json(content).decode(), context=_context(person.pk, draft.year)),
        entered_by=actor,
        entered_at=now,
        replaces=last,
    )


def hold(draft: OpeningDraft) -> None:
    """Refuse what cannot be, at the field where it stands."""
    if draft.until_on.year != draft.year:
        raise OpeningWrong(f"累计到的日期应在{draft.year}年内，请核对年度和日期。", field="until_on")
    if draft.void:
        return
    for key, amount in draft.sums.items():
        _hold_sum(key, amount, draft)
    for number, one in enumerate(draft.diseases, 1):
        if not 0 <= one.paid <= one.in_scope <= MOST:
            raise OpeningWrong(
                f"病种{one.code}的已付金额不能大于政策范围内费用，也不能小于零，请核对结算单。",
                field=f"disease_{number}_paid",
            )
    if len({(one.care, one.code) for one in draft.diseases}) < len(draft.diseases):
        raise OpeningWrong("同一病种填写了两次，请合并成一行。", field="disease_1_code")
    of_outpatient = draft.sums.get("outpatient_paid", 0) + draft.sums.get("village_paid", 0)
    parts = of_outpatient + sum(one.paid for one in draft.diseases)
    if draft.sums.get("pool", 0) < parts:
        raise OpeningWrong(
            f"统筹基金已付应包括普通门诊、慢特病和住院，至少是{show_yuan(parts)}元，请按结算单核对。",
            field="pool",
        )
    if not any(draft.sums.values()) and not draft.diseases:
        raise OpeningWrong("没有填写累计金额；没有直接结算过的，不用登记。", field="pool")


def _hold_sum(key: str, amount: int, draft: OpeningDraft) -> None:
    named = BY_KEY[key]
    if amount and draft.insurance not in named.at:
        raise OpeningWrong(f"{INSURANCES[draft.insurance]}没有“{named.name}”这一项，请核对险种。", field=key)
    if not 0 <= amount <= (366 if named.is_count else MOST):
        raise OpeningWrong(f"“{named.name}”不对，请按结算单核对。", field=key)
    if named.of and amount > draft.sums.get(named.of, 0):
        whole = BY_KEY[named.of].name
        raise OpeningWrong(f"“{named.name}”不能大于“{whole}”，请按结算单核对。", field=key)


def reseal_openings() -> int:
    """Seal contents of an older key again by the current one; how many rows changed."""
    changed = 0
    for row in OpeningSum.objects.order_by("id").iterator(chunk_size=200):
        kept = bytes(row.content)
        again = reseal(kept, context=_context(row.person_id, row.year))
        if again != kept:
            changed += OpeningSum.objects.filter(pk=row.pk).update(content=again)
    return changed


def _diseases(draft: OpeningDraft) -> tuple[DiseaseSum, ...]:
    return tuple(sorted(draft.diseases, key=lambda one: (one.care, one.code)))


def _context(person_id: int, year: int) -> bytes:
    return f"opening:{person_id}:{year}".encode()
