"""Demo data: in each region an applicant, an employer's clerk and staff, and people in the registers. All invented."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from django.contrib.auth.hashers import make_password
from django.db import transaction

from jingban.access.models import Entrustment, Grant, OfficeSwitch, User
from jingban.access.service import INSTITUTION_ROLES, Actor, Held
from jingban.benefits.service import load_demo_catalogue
from jingban.core.localtime import local_day
from jingban.funds import service as funds
from jingban.registry.demo.generator import Made, generate, is_there
from jingban.registry.demo.names import INSTITUTION, OWN_VILLAGE
from jingban.registry.demo.samples import Sample, sample, tie
from jingban.registry.demo.sharing import tell_registers
from jingban.rulebook.cache import regions

__all__ = ["PARTS", "PASSWORD", "PEOPLE", "SEED", "Sample", "load", "people", "regions", "sample"]

PASSWORD = "jingban-demo"  # noqa: S105  demo sign-ins are printed on purpose
SINCE = date(2026, 1, 1)
PEOPLE, SEED = 200, 7
"""How many people the demo has in all regions together, and by which seed they are drawn."""

INCOME_FEN = 5_000_000_00
OWN_ACCOUNTS = {
    funds.Own.EXPENDITURE: ("演示医疗保障局支出户", "6200000000000000"),
    funds.Own.PERSONAL: ("演示医疗保障局个人账户基金户", "6200000000000018"),
}
"""What each fund of the demo has on its special account to begin with: five million yuan."""


@dataclass(frozen=True, slots=True)
class Part:
    """A demo sign-in of each region: its name, and the roles that it holds."""

    key: str
    name: str
    roles: tuple[str, ...] = ()
    office: str = ""


PARTS = (
    Part("applicant", "演示·申请人"),
    Part("unit", "演示·单位专管员"),
    Part("clerk", "演示·窗口", ("window",)),
    Part("reviewer", "演示·审核", ("reviewer", "institution-reviewer", "second-reviewer")),
    Part("entry", "演示·录入", ("entry", "informatics")),
    Part("cashier", "演示·拨付", ("cashier",)),
    Part("checker", "演示·资金复核", ("fund-checker",)),
    Part("head", "演示·负责人", ("head",)),
    Part("expert1", "演示·专家甲", ("expert",)),
    Part("expert2", "演示·专家乙", ("expert",)),
    Part("expert3", "演示·专家丙", ("expert",)),
    Part("expert4", "演示·专家丁", ("expert",)),
    Part("expert5", "演示·专家戊", ("expert",)),
    Part("institution", "演示·定点机构", ("institution", "provider")),
    Part("township", "演示·乡镇", ("township",)),
    Part("village", "演示·村协办", ("village",), office=OWN_VILLAGE),
    Part("supervisor", "演示·监督", ("supervisor", "fund-supervision")),
    Part("admin", "演示·系统管理", ("administrator",)),
)


def load(*, now: datetime) -> list[str]:
    """Make the demo users that are missing; returns the user names made."""
    made: list[str] = []
    today = local_day(now)
    with transaction.atomic():
        load_demo_catalogue(now)
        for region, card in regions().items():
            _means(region, card.switches, today)
            for part in PARTS:
                made += _user(region, part, today)
            Entrustment.objects.get_or_create(
                region=region,
                village=OWN_VILLAGE,
                township="演示乡",
                defaults={"start_on": min(SINCE, today)},
            )
            _money(region, now)
    return made


def _money(region: str, now: datetime) -> None:
    """The own accounts that pay and some income on each fund's special account, so that paying can be tried out."""
    users = dict(User.objects.filter(username__startswith=f"{region}-").values_list("username", "pk"))
    cashier = Actor(users[f"{region}-cashier"], "演示·拨付", held=(Held("cashier", region, ""),))
    missing = funds.unnamed_accounts(region, now)
    for kind in missing:
        name, number = OWN_ACCOUNTS[funds.Own(kind)]
        funds.name_account(
            region=region, kind=kind, name=name, bank="演示银行", number=number, actor=cashier, now=now
        )
    if funds.Own.EXPENDITURE not in missing:
        return
    for fund in funds.Fund.values:
        if fund != funds.Fund.PERSONAL:
            funds.record_income(
                region=region,
                fund=fund,
                fen=INCOME_FEN,
                reference="演示-1",
                memo="演示：基金收入",
                actor=cashier,
                now=now,
            )


def _means(region: str, switches: Iterable[str], today: date) -> None:
    """The demo offices have the means for everything that a guide offers 有条件的."""
    for switch in switches:
        OfficeSwitch.objects.get_or_create(
            region=region, office="", switch=switch, defaults={"start_on": min(SINCE, today)}
        )


@cache
def _hashed() -> str:
    """Hashed once: the demo sign-ins share one password on purpose, and hashing is slow on purpose."""
    return make_password(PASSWORD)


def _user(region: str, part: Part, today: date) -> Iterable[str]:
    username = f"{region}-{part.key}"
    user, created = User.objects.get_or_create(username=username, defaults={"name": part.name})
    if not created:
        return
    user.password = _hashed()
    user.save(update_fields=["password"])
    since = min(SINCE, today)
    Grant.objects.bulk_create(
        Grant(
            user=user, region=region, office=INSTITUTION if role in INSTITUTION_ROLES else part.office, role=role,
            start_on=since,
        )
        for role in part.roles
    )  # fmt: skip
    yield username


def people(*, count: int, seed: int, now: datetime) -> list[Made]:
    """Put invented people into the registers of the regions that have none; the sign-ins are tied to some of them."""
    today, names = local_day(now), sorted(regions())
    made = []
    for place, region in enumerate(names):
        share = count // len(names) + (place < count % len(names))
        if share and not is_there(region):
            made.append(generate(region, share, seed, today))
            users = dict(User.objects.filter(username__startswith=f"{region}-").values_list("username", "pk"))
            tie(
                region, applicant=users.get(f"{region}-applicant"), clerk=users.get(f"{region}-unit"), now=now
            )
            tell_registers(region)
    return made
