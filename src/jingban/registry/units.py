"""The register of units: finding, registering, changing, reading as of a day, and who acts for them.

What holds "now" stands in the row, so no change begins in the future, nor before a later change of the same field.
What befalls a unit as a whole (branches, splits, mergers, suspension, the end) is in ``unit_events``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import date

from django.db import IntegrityError, transaction

from jingban.cases.work import Work
from jingban.registry.changes import changed, record, recorded, value_on
from jingban.registry.errors import NothingChanges, RegistryError
from jingban.registry.models import Change, Unit, UnitOperator
from jingban.registry.origin import Origin
from jingban.registry.periods import DAY, close
from jingban.registry.sealing import sealed, unsealed
from jingban.registry.words import day_text

FIELDS = ("name", "credit_code", "kind", "legal_representative", "address", "phone", "contact", "parent_code")
"""What can be changed and read as of a day; the representative's number is sealed and only kept."""
_NUMBER = "legal_representative_number"


class UnitNotFound(RegistryError):
    """No unit with this code is in the region's register."""

    code = "unit_not_found"


class CodeTaken(RegistryError):
    """The credit code is another unit's."""

    code = "credit_code_taken"


class UnitEnded(RegistryError):
    """The unit was struck off; nothing more can be done in its name."""

    code = "unit_ended"


class UnitWrong(RegistryError):
    """What is asked of the unit is impossible."""

    code = "unit_wrong"


class UnitNotClear(RegistryError):
    """Something must be settled first: arrears, or people still enrolled."""

    code = "unit_not_clear"


@dataclass(frozen=True, slots=True)
class NewUnit:
    """A unit to be registered, whether declared or from the company registry (``origin.source``)."""

    credit_code: str
    name: str
    kind: str
    legal_representative: str
    start_on: date
    legal_representative_number: str = ""
    address: str = ""
    phone: str = ""
    contact: str = ""
    parent_code: str = ""


def find(region: str, credit_code: str) -> Unit | None:
    """The unit that holds the code now, in this region's register."""
    return Unit.objects.filter(region=region, credit_code=credit_code, end_on__isnull=True).first()


def required(region: str, credit_code: str, *, field: str = "credit_code") -> Unit:
    """The same, or UnitNotFound or UnitEnded in plain words."""
    found = find(region, credit_code)
    if found is not None:
        return found
    ended = Unit.objects.filter(region=region, credit_code=credit_code).order_by("-end_on").first()
    if ended is not None and ended.end_on is not None:
        raise UnitEnded(
            f"{ended.name}已于{day_text(ended.end_on)}注销，不能再办理；请核对代码，重新开业的先办理单位参保登记。",
            field=field,
        )
    raise UnitNotFound(
        "本地参保登记册里没有这个统一社会信用代码的单位，请核对代码，或先办理单位参保登记。", field=field
    )


def unit_of(work: Work, key: str = "credit_code") -> Unit:
    """The unit that a case is about; its name must be the registered one where the form says it."""
    found = required(work.region, work.said(key), field=key)
    said = work.said("unit_name") if key == "credit_code" else ""
    if said and _plain(said) != _plain(found.name):
        raise UnitNotFound(
            f"统一社会信用代码登记的单位是“{found.name}”，与填写的名称不同，请核对；名称确已变更的，先办理信息变更。",
            field="unit_name",
        )
    return found


def register(origin: Origin, new: NewUnit) -> Unit:
    """Put a unit into the register; of a parent it keeps the code alone, and ``unit_events.register`` links the two."""
    if new.start_on > origin.day:
        raise UnitWrong(
            "单位参保日期不能晚于今天，请核对；职工从以后某日起参保的，在职工参保登记里填写。",
            field="from_date",
        )
    _code_free(origin.region, new.credit_code, new.start_on)
    if new.parent_code == new.credit_code:
        raise UnitWrong("单位不能是自己的上级单位，请核对上级单位代码。", field="parent_credit_code")
    columns = asdict(new) | {
        _NUMBER: sealed(origin.region, f"unit.{_NUMBER}", new.legal_representative_number)
    }
    try:
        with transaction.atomic():
            unit = Unit.objects.create(**columns, region=origin.region, recorded_at=origin.at)
    except IntegrityError:  # registered by somebody else in this very moment
        raise _taken() from None
    made = {k: v for k, v in asdict(new).items() if k in FIELDS} | {"status": str(unit.status)}
    recorded(origin, unit, after={**made, "start_on": new.start_on.isoformat()})
    return unit


@transaction.atomic
def change(origin: Origin, unit: Unit, changes: Mapping[str, str], valid_from: date) -> None:
    """Change what is registered of a unit, field by field; a new representative's number replaces the old one's."""
    hold(unit, origin, valid_from)
    news = {field: text for field, text in changes.items() if text != _now(unit, field)}
    if not news:
        raise NothingChanges("要变更的内容与现在登记的相同，请核对要变更的栏目。")
    if "legal_representative" in news and _now(unit, _NUMBER):
        news.setdefault(_NUMBER, changes.get(_NUMBER, ""))
    if "credit_code" in news:
        _code_free(origin.region, news["credit_code"], valid_from)
    not_before_later_change(unit, news, valid_from)
    before = {field: _now(unit, field) for field in news}
    for field, text in news.items():
        setattr(unit, field, sealed(unit.region, f"unit.{_NUMBER}", text) if field == _NUMBER else text)
    unit.save(update_fields=list(news))
    record(
        origin,
        [
            changed(origin, unit, field=field, before=before[field], after=text, valid_from=valid_from)
            for field, text in news.items()
        ],
    )


def as_of(unit: Unit, day: date) -> dict[str, str] | None:
    """What was registered of the unit on a day, its status included; none before it was in the register."""
    if day < unit.start_on:
        return None
    history = list(Change.objects.filter(unit=unit.pk, register="unit", row=unit.pk).order_by("id"))
    found = {field: value_on(history, field, day) for field in (*FIELDS, "status")}
    return {field: getattr(unit, field) if text is None else text for field, text in found.items()}


@transaction.atomic
def name_operator(
    origin: Origin,
    unit: Unit,
    user: int,
    *,
    start_on: date | None = None,
    may_declare: bool = True,
    may_query: bool = True,
    may_seal: bool = False,
    may_manage: bool = False,
) -> UnitOperator:
    """Let an account act for the unit from a day on (default today); other rights take the place of the ones held."""
    rights = {
        "may_declare": may_declare, "may_query": may_query, "may_seal": may_seal, "may_manage": may_manage,
    }  # fmt: skip
    day = start_on or origin.day
    unit.refresh_from_db(from_queryset=Unit.objects.select_for_update(no_key=True))
    if unit.end_on is not None:
        raise refused_ended(unit)
    if not any(rights.values()):
        raise UnitWrong("请至少选择一项权限；都不要的，请办理撤销。", field="may_query")
    held = unit.operators.filter(user=user).touching(day, None).order_by("start_on").first()
    if held is not None and all(getattr(held, name) == value for name, value in rights.items()):
        return held
    if held is not None and held.start_on >= day:
        raise UnitWrong("这个账号的权限今天刚登记过，请先撤销，从明天起再登记新的权限。", field="user")
    if held is not None:
        close(origin, held, day - DAY)
    made = UnitOperator.objects.create(
        **origin.columns(),
        unit=unit,
        user_id=user,
        slot=user,
        start_on=day,
        **rights,
    )
    recorded(origin, made, after={"user": user, **rights})
    return made


@transaction.atomic
def dismiss_operator(origin: Origin, unit: Unit, user: int, on: date) -> None:
    """The account no longer acts for the unit; ``on`` is the last day on which it did."""
    held = unit.operators.filter(user=user).touching(on, None).order_by("start_on").first()
    if held is None or held.end_on == on:
        raise NothingChanges("这个账号在该日以后没有为单位办事的权限，不用撤销。")
    close(origin, held, on)


def operators(unit: Unit, day: date) -> list[UnitOperator]:
    """Who acts for the unit on a day."""
    return list(unit.operators.on(day).select_related("user").order_by("id"))


def operator_accounts(region: str, code: str, day: date) -> list[int]:
    """The accounts of who acts for the unit of a credit code on a day; none where the register has no such unit."""
    unit = Unit.objects.filter(region=region, credit_code=code).first()
    return [] if unit is None else [found.user_id for found in operators(unit, day)]


def may_act(user_id: int, unit: Unit, day: date, right: str) -> bool:
    """Whether an account may ``declare``, ``query``, ``seal`` or ``manage`` for the unit on a day."""
    return unit.operators.on(day).filter(user=user_id, **{f"may_{right}": True}).exists()


def set_columns(origin: Origin, unit: Unit, on: date, **columns: str) -> None:
    """Write columns of a held row, and say so in the history."""
    before = {field: getattr(unit, field) for field in columns}
    for field, text in columns.items():
        setattr(unit, field, text)
    unit.save(update_fields=list(columns))
    for field, text in columns.items():
        recorded(origin, unit, field=field, before=str(before[field]), after=str(text), valid_from=on)


def hold(unit: Unit, origin: Origin, day: date) -> None:
    """The row as it stands, held until the transaction ends; it must be in force and the day fit."""
    unit.refresh_from_db(from_queryset=Unit.objects.select_for_update(no_key=True))
    if unit.end_on is not None:
        raise refused_ended(unit)
    if unit.region != origin.region:
        raise UnitNotFound("这个单位在另一个地区的登记册里，请到参保地办理。", field="credit_code")
    if day > origin.day:
        raise UnitWrong("起始日期不能晚于今天，请核对。", field="from_date")
    if day < unit.start_on:
        raise UnitWrong(
            f"起始日期不能早于单位的参保日期{day_text(unit.start_on)}，请核对。", field="from_date"
        )


def not_before_later_change(unit: Unit, fields: Iterable[str], day: date) -> None:
    """The row holds what is true now, so nothing is changed behind a later change of the same field."""
    later = (
        Change.objects.filter(unit=unit.pk, register="unit", row=unit.pk, field__in=list(fields))
        .filter(valid_from__gt=day)
        .order_by("-valid_from")
        .first()
    )
    if later is not None:
        raise UnitWrong(
            f"要变更的栏目在{day_text(later.valid_from)}已经变更过，起始日期不能早于这一天，请核对。",
            field="from_date",
        )


def _code_free(region: str, code: str, day: date) -> None:
    if find(region, code) is not None:
        raise _taken()
    if Unit.objects.filter(region=region, credit_code=code, end_on__gte=day).exists():
        raise CodeTaken(
            "这个统一社会信用代码在起始日期还属于一个后来注销的单位，请核对日期。", field="from_date"
        )


def _now(unit: Unit, field: str) -> str:
    if field == _NUMBER:
        return unsealed(unit, _NUMBER)
    if field not in FIELDS:
        raise KeyError(f"not a changeable column of a unit: {field}")
    return str(getattr(unit, field))


def _taken() -> CodeTaken:
    return CodeTaken(
        "这个统一社会信用代码已经有单位登记在册，请核对代码，不用重复登记。", field="credit_code"
    )


def refused_ended(unit: Unit) -> UnitEnded:
    """The refusal of every act on a unit that was struck off."""
    return UnitEnded(f"{unit.name}已于{day_text(unit.end_on or unit.start_on)}注销，不能再办理；请核对单位。")


def _plain(name: str) -> str:
    """A name for comparing: brackets half-width, no blanks."""
    return "".join(name.split()).replace("（", "(").replace("）", ")")
