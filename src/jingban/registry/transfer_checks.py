"""What speaks against a transfer: fees that run, months handed over before, an account misstated, another person's sheet."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from jingban.core.localtime import local_day
from jingban.core.money import show_yuan, to_fen
from jingban.core.names import person_name
from jingban.registry import enrolments, sheets
from jingban.registry.errors import NotEnrolled, PersonClosed, RegistryError
from jingban.registry.models import IdentityDocument, Person, TransferSheet
from jingban.registry.models.enrolments import Standing
from jingban.registry.sealing import number_digest
from jingban.registry.sheets import Sheet, SheetWrong
from jingban.registry.words import day_text


class FeesRunning(RegistryError):
    """前置校验: the fees at the old place are not stopped."""

    code = "fees_running"


class AlreadyMoved(RegistryError):
    """The months were handed over before, or another transfer is under way."""

    code = "already_moved"


class BalanceStatedWrong(RegistryError):
    """What the act says of the account disagrees with the books."""

    code = "balance_stated_wrong"


def refuse_unknown(person: Person) -> None:
    """Somebody on record who was never insured here has nothing to hand over."""
    if not person.enrolments.exists() and not person.contributions.exists():
        raise NotEnrolled(f"{person.name}在转出地没有参保和缴费记录，没有可以转出的；请核对转出地。")


def refuse_dead(person: Person) -> None:
    """What the dead have on their account goes to their heirs, not to another place."""
    if person.died_on is not None:
        raise PersonClosed(
            f"{person.name}已于{day_text(person.died_on)}登记死亡，不能转移；个人账户余额请由继承人办理一次性支取，"
            "登记有误的请先更正。"
        )


def refuse_running(person: Person, day: date) -> None:
    """前置校验: fees must be stopped at the old place before anything moves."""
    spell = enrolments.on(person, day)
    later = person.enrolments.filter(start_on__gt=day).order_by("start_on").first()
    running = spell if spell is not None and spell.standing == Standing.ACTIVE else later
    if running is not None:
        raise FeesRunning(
            f"{person.name}在转出地仍参加{running.get_insurance_display()}，没有停保，不能转出；"
            "请先在转出地办理停保（终止参保），再办理转移。"
        )


def moved_before(person: Person) -> TransferSheet | None:
    """The sheet by which the person left; none for who never did, or was enrolled here anew since then."""
    sheets_out = TransferSheet.objects.filter(region=person.region, person=person.pk, direction="out")
    last = sheets_out.order_by("-id").first()
    if last is None or person.enrolments.filter(recorded_at__gt=last.received_at).exists():
        return None
    return last


def refuse_moved(person: Person, transferee: str = "") -> Decimal:
    """Months are handed over once. Only the place that has them may ask again, for a corrected sheet: what was paid
    over to it then is said again, not paid again. Says how much that was."""
    last = moved_before(person)
    if last is None:
        return Decimal(0)
    sheet = sheets.opened(last)
    if sheet.transferee.place == transferee:
        return sheet.amount
    raise AlreadyMoved(
        f"{person.name}的医保关系已于{day_text(local_day(last.received_at))}转出（函号{last.letter}），"
        "不能再次转出；请向现参保地查询。",
        letter=last.letter,
    )


def refuse_misstated(amount: Decimal, stated: str | None, *, move_account: bool = True) -> None:
    """The act's “有余额/无余额” must be what the books say; unsaid (a preview) it is not held against them."""
    if stated is None or (stated == "some") == bool(amount):
        return
    if not move_account:
        raise BalanceStatedWrong("来函写明不转移个人账户，没有要划转的余额；请选“个人账户无余额”。")
    right = "有余额" if amount else "无余额"
    raise BalanceStatedWrong(
        f"账上的个人账户余额是{show_yuan(to_fen(amount))}元，与填写的不一致；请退回核对，改选“个人账户{right}”。"
    )


def refuse_other_person(person: Person, sheet: Sheet) -> None:
    """A sheet goes into the register of the person whom it names, by number and name."""
    mark = number_digest(sheet.person.id_kind, sheet.person.id_number)
    own = IdentityDocument.objects.filter(person=person, kind=sheet.person.id_kind, digest=mark)
    if not own.exists():
        raise SheetWrong("《信息表》上的证件号码不是申请人的，不能接续；请与转出地核对，重新发函。")
    if person_name(sheet.person.name) != person.name:
        raise SheetWrong("《信息表》上的姓名与本地登记的不一致；请核对，姓名确已变更的先办理信息变更。")
