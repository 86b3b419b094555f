"""The agencies that letters go to and come from: those of this installation, and those on record."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlsplit

from django.db import transaction
from django.db.models import Q

from jingban.core.localtime import local_day
from jingban.core.signing import PublicKey, signing_ring
from jingban.exchange.errors import AgencyWrong
from jingban.exchange.models import LOCAL, Agency, AgencyKey
from jingban.rulebook.cache import regions
from jingban.rulebook.models import PublishedItem

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True, slots=True)
class Party:
    """An agency as letters need it."""

    code: str
    name: str
    admin_code: str
    url: str = ""
    payee: str = ""
    bank: str = ""
    account: str = ""

    @property
    def province(self) -> str:
        return self.admin_code[:2]

    @property
    def is_local(self) -> bool:
        return self.url == LOCAL

    @property
    def is_reachable(self) -> bool:
        """Whether letters reach it by themselves; to all others they go by registered post."""
        return bool(self.url)


@dataclass(frozen=True, slots=True)
class Details:
    """What is recorded of an agency; what is left empty of a known one stays as it is."""

    code: str
    name: str = ""
    admin_code: str = ""
    url: str | None = None
    key: str = ""
    key_from: date | None = None
    key_until: date | None = None
    payee: str = ""
    bank: str = ""
    account: str = ""


def agency(code: str, day: date) -> Party | None:
    """The agency of this code on the day: on record, or a region that this installation serves."""
    row = Agency.objects.filter(code=code).first()
    if row is not None:
        return _party(row) if _in_force(row, day) else None
    return _served(code)


def agency_at(place: str, day: date) -> Party | None:
    """Who answers for a place: the agency of the county, else of the city it lies in."""
    for admin_code in dict.fromkeys((place, f"{place[:4]}00")):
        row = Agency.objects.filter(_on(day), admin_code=admin_code).order_by("id").first()
        if row is not None:
            return _party(row)
        card = next((c for c in regions().values() if c.admin_code == admin_code), None)
        found = None if card is None else agency(card.region, day)
        if found is not None and found.admin_code == admin_code:
            return found
    return None


def own_agency(code: str, day: date) -> Party | None:
    """The agency, if its region is of this installation."""
    found = agency(code, day)
    return found if found is not None and found.is_local else None


def all_agencies(day: date) -> list[Party]:
    """Every agency on record and every region served here, by place."""
    codes = {*Agency.objects.values_list("code", flat=True), *regions()}
    found = [party for code in codes if (party := agency(code, day)) is not None]
    return sorted(found, key=lambda party: (party.admin_code, party.code))


def keys_of(party: Party, day: date) -> tuple[PublicKey, ...]:
    """The keys whose signatures count as the agency's on the day."""
    if party.is_local:
        return signing_ring().public_keys
    rows = AgencyKey.objects.filter(_on(day), agency__code=party.code).order_by("id")
    return tuple(PublicKey.parse(row.text) for row in rows)


def add_agency(details: Details, *, now: datetime) -> Party:
    """Record an agency, or change what is on record of it; a new key joins those in force."""
    day = local_day(now)
    card = regions().get(details.code)
    if not re.fullmatch(r"[a-z][a-z0-9-]{1,31}", details.code):
        raise AgencyWrong("机构代码应为小写字母、数字和连字符，以字母开头，2至32位，例如地区文件夹的名称。")
    with transaction.atomic():
        row = Agency.objects.select_for_update().filter(code=details.code).first()
        if row is None:
            row = Agency(code=details.code, start_on=day, recorded_at=now)
        row.name = details.name or row.name or (card.full_name if card else "")
        row.admin_code = details.admin_code or row.admin_code or (card.admin_code if card else "")
        if details.url is not None:
            row.url = _checked_url(details.url)
        for name in ("payee", "bank", "account"):
            if text := getattr(details, name):
                setattr(row, name, text)
        _check(row)
        row.save()
        if details.key:
            _add_key(row, details, day)
    return _party(row)


def _check(row: Agency) -> None:
    if not row.name:
        raise AgencyWrong("请写明机构名称（--name），函件上要用。", field="name")
    if not re.fullmatch(r"[1-9][0-9]{5}", row.admin_code):
        raise AgencyWrong(
            "请写明6位行政区划代码（--admin-code），转出地、转入地按它找机构。", field="admin_code"
        )
    if row.account and not re.fullmatch(r"[0-9]{8,32}", row.account):
        raise AgencyWrong("收款账号应为8至32位数字，请核对。", field="account")


def _checked_url(url: str) -> str:
    """Letters carry personal data: outside this machine they go by TLS only."""
    if url in ("", LOCAL):
        return url
    parts = urlsplit(url)
    if parts.scheme not in ("https", "http") or not parts.hostname or parts.query or parts.fragment:
        raise AgencyWrong(
            "接收地址应为 https://主机[:端口]，或 local（本系统的地区），或留空（只收纸质件）。"
        )
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        raise AgencyWrong("函件含个人信息，接收地址要用 https（只有本机可以用 http）。")
    return url.rstrip("/")


def _add_key(row: Agency, details: Details, day: date) -> None:
    if row.url == LOCAL:
        raise AgencyWrong("本系统的地区用本系统的密钥，不用登记公钥。")
    key = PublicKey.parse(details.key)
    if key in signing_ring().public_keys:
        raise AgencyWrong("这是本系统自己的公钥，请登记对方的公钥。")
    start_on = details.key_from or day
    if details.key_until is not None and details.key_until < start_on:
        raise AgencyWrong("公钥的止期不能早于起期。")
    AgencyKey.objects.update_or_create(
        agency=row,
        key=key.id,
        defaults={"text": key.text, "start_on": start_on, "end_on": details.key_until},
    )


def _served(code: str) -> Party | None:
    """A region of the rulebook with entries in force here is an agency by itself."""
    card = regions().get(code)
    if card is None or not PublishedItem.objects.filter(region=code, is_current=True).exists():
        return None
    return Party(code, card.full_name, card.admin_code, LOCAL)


def _party(row: Agency) -> Party:
    return Party(row.code, row.name, row.admin_code, row.url, row.payee, row.bank, row.account)


def _in_force(row: Agency, day: date) -> bool:
    return row.start_on <= day and (row.end_on is None or day <= row.end_on)


def _on(day: date) -> Q:
    return Q(start_on__lte=day) & (Q(end_on__isnull=True) | Q(end_on__gte=day))
