"""The tax department's word that a levy was paid, as a message door hands it on (``levies.confirmed``)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from django.conf import settings
from django.db import transaction

from jingban.audit import service as audit
from jingban.core.money import show_yuan, to_fen, to_yuan
from jingban.registry import accounts, contributions
from jingban.registry.changes import recorded
from jingban.registry.errors import RegistryError
from jingban.registry.levy_rates import by_illustrations, due_words, flexible_has_account, rates
from jingban.registry.models import Insurance, Levy, LevyLine, Person, Source, TaxNotice
from jingban.registry.models.enrolments import LevyStatus
from jingban.registry.origin import Origin
from jingban.registry.rules import levy as rules
from jingban.registry.rules import months as m
from jingban.registry.words import day_text
from jingban.rulebook.cache import regions

_LONGEST = {"message": ("回执编号", 64), "number": ("征缴单号", 40)}


class OwnLevy(RegistryError):
    """Whoever issued a levy does not say that it was paid."""

    code = "levy_own"


def confirmed(
    origin: Origin, number: str, *, paid_on: date, message: str, amount: Decimal, signed: bool = False
) -> TaxNotice:
    """Take in that the levy of this number was paid; ``message`` is the sender's own id of the notice, ``amount``
    (yuan) what came in. ``signed``: the tax department's own signature is proved; else somebody typed it from paper.

    Always answers with the row that records the notice: ``applied`` says whether it counts, ``answer`` says in plain
    words what was done or why nothing was, ``levy`` is the levy it was applied to or speaks of (none where the number
    is unknown). A door sends ``applied`` and ``answer`` back and need not know any error; a notice that is not
    applied needs somebody who asks the tax department.

    * The same message about the same number again changes nothing and gives the same answer, whenever it comes.
    * Not applied: a number that is unknown, void or paid already, a message id that was used for another number, a
      day of payment that is still to come, an ``amount`` that is not what is due.
    * Applied: the levy is paid; each line's months go on record as paid at the region, and an employee's own part is
      credited to the personal account (a flexible worker's only where ``levy-flexible-account`` says yes), under the
      reference ``levy:<number>:<person.number>``. A month that is on record meanwhile is not counted twice: the answer
      says for how many persons the money is to be returned.

    Raises RegistryError where the ids themselves are no ids (empty, or longer than any), and OwnLevy (audited) where
    whoever issued the levy typed it in; nothing is recorded then, so that somebody else still can.
    """
    origin = replace(origin, source=Source.TAX)
    for name, text in (("message", message), ("number", number)):
        word, most = _LONGEST[name]
        if not text.strip() or len(text) > most:
            raise RegistryError(f"{word}须为1至{most}个字，请核对回执。", field=name)
    with transaction.atomic():
        levy = _held(origin.region, number)
        known = TaxNotice.objects.filter(region=origin.region, message=message, number=number).first()
        if known is not None:
            return known
        if levy is not None and not signed:
            _hold_apart(origin, levy)
        refusal = _refusal(origin, levy, number, paid_on, message, amount)
        answer = refusal if levy is None or refusal else _apply(origin, levy, paid_on, message)
        notice, _ = TaxNotice.objects.get_or_create(
            region=origin.region,
            message=message,
            number=number,
            defaults={
                "levy": levy,
                "paid_on": paid_on,
                "applied": not refusal,
                "answer": answer,
                "actor": origin.actor,
                "received_at": origin.at,
            },
        )
        return notice


def _held(region: str, number: str) -> Levy | None:
    """The levy, held until the transaction ends; its person first, as whoever issues to the person does."""
    found = Levy.objects.filter(region=region, number=number)
    for person in found.filter(person__isnull=False).values_list("person", flat=True):
        Person.objects.select_for_update().get(pk=person)
    return found.select_for_update(no_key=True).first()


def _hold_apart(origin: Origin, levy: Levy) -> None:
    """Maker is not checker: one hand that levies and confirms could put months and money on record by itself."""
    if levy.status != LevyStatus.ISSUED or levy.actor != origin.actor:
        return
    detail = f"征缴单{levy.number}由本人生成，不能由本人登记到账"
    audit.record(
        actor=origin.actor, kind=audit.REFUSED, subject=f"levy:{levy.number}", detail=detail, now=origin.at
    )
    raise OwnLevy(
        f"征缴单{levy.number}是您生成的，到账不能由您登记；请由另一位同事登记，或等税务部门发来的签名回执。",
        field="number",
    )


def _refusal(
    origin: Origin, levy: Levy | None, number: str, paid_on: date, message: str, amount: Decimal
) -> str:
    """Why the notice cannot be applied; nothing where it can."""
    other = TaxNotice.objects.filter(region=origin.region, message=message).exclude(number=number).first()
    if other is not None:
        return f"回执{message}已经用于征缴单{other.number}，没有入账；请换用新的回执编号重新发送。"
    if levy is None:
        return f"没有编号为{number}的征缴单，没有入账；请核对征缴单号和地区，换新的回执编号重新发送。"
    if levy.status == LevyStatus.CONFIRMED:
        paid = f"征缴单{number}已于{day_text(levy.paid_on or origin.day)}确认到账（回执{levy.message}）"
        return f"{paid}，没有重复入账；多收的请退还缴费人。"
    if levy.status == LevyStatus.VOID:
        return f"征缴单{number}已经作废，没有入账；{_instead(levy)}。"
    if not settings.JINGBAN_PAYS_ILLUSTRATIVE and by_illustrations([levy]):  # left over from a trial
        return f"征缴单{number}是按示例值生成的，不能据以入账；请核定缴费参数、重新生成征缴单，按新单登记。"
    if paid_on > origin.day:
        return f"到账日{day_text(paid_on)}还没有到，没有入账；请核对到账日期，换新的回执编号重新发送。"
    if to_fen(amount) != levy.due_fen:
        return (
            f"征缴单{number}应缴{due_words(levy)}，回执是{show_yuan(to_fen(amount))}元，金额不符，没有入账；"
            "请核对后换新的回执编号重新发送。"
        )
    return ""


def _instead(levy: Levy) -> str:
    """Which levy took the place of a void one."""
    now = Levy.objects.filter(unit=levy.unit_id, person=levy.person_id, insurance=levy.insurance)
    found = now.filter(start_on=levy.start_on).exclude(status=LevyStatus.VOID).order_by("-id").first()
    return f"请按现行征缴单{found.number}核对" if found else "本期已没有要缴的费用，已收的请退还缴费人"


def _apply(origin: Origin, levy: Levy, paid_on: date, message: str) -> str:
    levy.status, levy.paid_on, levy.message = LevyStatus.CONFIRMED, paid_on, message
    levy.save(update_fields=["status", "paid_on", "message"])
    recorded(
        origin,
        levy,
        field="status",
        before=LevyStatus.ISSUED.value,
        after=LevyStatus.CONFIRMED.value,
        valid_from=paid_on,
    )
    place = regions()[origin.region].admin_code
    credits, returned = [], 0
    for line in levy.lines.select_related("person").order_by("id"):
        person = _standing(line.person)
        counted = _put_on_record(origin, levy, line, person, place)
        own = _own_part(levy, line) * counted
        if own:
            reference = f"levy:{levy.number}:{line.person.number}"
            credits.append(accounts.Credit(person, to_yuan(own), reference))
        returned += counted < len(m.span(levy.start_on, levy.end_on))
    if credits:
        accounts.credit_many(origin, credits, kind="levy", memo=f"{levy.start_on:%Y年%-m月}个人缴费")
    extra = f"；其中{returned}人的月份已有缴费记录或不能计入，没有重复计算，多收的请退还" if returned else ""
    return f"征缴单{levy.number}已确认到账{extra}。"


def _put_on_record(origin: Origin, levy: Levy, line: LevyLine, person: Person, place: str) -> int:
    """Put the line's months on record, but for those that are there and those after a death; says how many."""
    runs = person.contributions.filter(insurance=levy.insurance).touching(levy.start_on, levy.end_on)
    there = {month for run in runs for month in contributions.span_of(run)}
    last = levy.end_on if person.died_on is None else min(levy.end_on, person.died_on)
    fresh = set(m.span(levy.start_on, last)) - there
    for run in m.runs(fresh):
        contributions.add(
            origin,
            person,
            insurance=levy.insurance,
            first=m.first_day(run.start),
            last=m.last_day(run.stop - 1),
            base=to_yuan(line.base_fen) if line.base_fen else None,
            unit=levy.unit,
            place=place,
        )
    return len(fresh)


def _own_part(levy: Levy, line: LevyLine) -> int:
    """What of one month of the line is the person's own, in fen."""
    if levy.insurance != Insurance.EMPLOYEE:
        return 0
    if levy.unit_id is not None:
        return line.person_fen
    if not flexible_has_account(levy.region, levy.start_on):
        return 0
    return rules.own_part(line.base_fen, rates(levy.region, levy.start_on))


def _standing(person: Person) -> Person:
    """The row that a duplicate was merged into."""
    while person.merged_into is not None:
        person = person.merged_into
    return person
