"""The register of persons: finding, registering, changing, death. Nobody else writes these rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date

from django.db import transaction
from django.db.models import F, Q

from jingban.cases.forms import CITIZEN_ID, certificate_number
from jingban.cases.work import Work
from jingban.core.names import person_name
from jingban.registry import deaths, keyinfo
from jingban.registry.changes import recorded
from jingban.registry.errors import NothingChanges, NumberTaken, PersonClosed, PersonNotFound, RegistryError
from jingban.registry.models import (
    BankAccount,
    IdentityDocument,
    Kinship,
    Person,
    Source,
)
from jingban.registry.models.persons import Sex
from jingban.registry.origin import Origin, origin_of
from jingban.registry.periods import DAY, close, contents
from jingban.registry.rules.initials import initials
from jingban.registry.sealing import number_digest, sealed, unsealed
from jingban.registry.words import field_name

FIELDS = (
    "name", "id_kind", "id_number", "sex", "born_on", "phone", "address", "place", "bank", "bank_account",
)  # fmt: skip
"""What ``change`` can change; the first five are key information (关键信息)."""
CONTACT = ("phone", "address", "place")
LONGEST = {"place": 64, "bank": 80}
"""Signs that a field holds; the rest is kept sealed and may be as long as a form lets it."""


died = deaths.died
not_dead = deaths.not_dead


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A person to be registered. Sex and birth date of a citizen follow from the number."""

    name: str
    number: str
    kind: str = CITIZEN_ID
    sex: str = ""
    born_on: date | None = None
    phone: str = ""
    address: str = ""
    place: str = ""


def find(region: str, kind: str, number: str) -> Person | None:
    """Whoever holds the document now, in this region's register; of the dead, whoever held it last."""
    held = Q(end_on__isnull=True) | Q(person__died_on__isnull=False, end_on=F("person__died_on"))
    found = (
        IdentityDocument.objects.filter(
            held,
            digest=number_digest(kind, number),
            region=region,
            kind=kind,
            person__merged_into__isnull=True,
        )
        .select_related("person")
        .order_by(F("end_on").desc(nulls_first=True))
        .first()
    )
    return found.person if found else None


def document(person: Person) -> IdentityDocument | None:
    """The document that a person goes by: the citizen's number before others, the latest of those."""
    held = person.documents.order_by(F("end_on").desc(nulls_first=True), "kind", "-start_on")
    return held.first()


def person_of(work: Work, key: str = "id_number") -> Person:
    """The person whom a case is about; raises PersonNotFound in plain words."""
    found = maybe_person_of(work, key)
    if found is None:
        raise PersonNotFound(
            "本地参保登记册里没有这个证件号码的人，请核对号码，或先办理参保登记。", field=key
        )
    return found


def maybe_person_of(work: Work, key: str = "id_number") -> Person | None:
    kind = work.said(key.removesuffix("_number") + "_kind") or CITIZEN_ID
    number = certificate_number(kind, work.said(key), on=work.day)
    found = find(work.region, kind, number)
    if found is not None and key == "id_number" and (name := work.said("name")) and name != found.name:
        raise PersonNotFound(
            "证件号码和登记的姓名对不上，请核对；姓名确已变更的，先办理信息变更。", field="name"
        )
    return found


def newcomer_of(work: Work) -> Newcomer:
    """Who applies, as the form says."""
    born = work.said("born_on")
    return Newcomer(
        name=work.said("name"),
        number=work.said("id_number"),
        kind=work.said("id_kind") or CITIZEN_ID,
        sex=work.said("sex"),
        born_on=date.fromisoformat(born) if born else None,
        phone=work.said("phone"),
        address=work.said("address"),
        place=work.said("place"),
    )


def known_or_new(work: Work) -> Person:
    """The person of the case, registered now where the region did not know one.

    Of a known one only what was still missing (phone, address, village) is filled in; the rest is a change of its own.
    """
    origin = origin_of(work)
    found = maybe_person_of(work)
    if found is None:
        return register(origin, newcomer_of(work))
    missing = {name: work.said(name) for name in CONTACT if not getattr(found, name)}
    if found.merged_into_id is None and any(missing.values()):
        change(origin, found, {name: text for name, text in missing.items() if text}, origin.day)
    return found


def register(origin: Origin, newcomer: Newcomer) -> Person:
    """Put a person and the identity document into the register."""
    if find(origin.region, newcomer.kind, newcomer.number) is not None:
        raise NumberTaken(
            "这个证件号码已经登记在册，不能重复登记；请核对号码，本人已在册的直接办理参保或信息变更。",
            field="id_number",
        )
    sex, born_on = traits(newcomer)
    if born_on > origin.day:
        raise RegistryError("出生日期晚于今天，请核对。", field="born_on")
    region, name = origin.region, person_name(newcomer.name)
    person = Person.objects.create(
        region=region,
        name=name,
        initials=initials(name),
        sex=sex,
        born_on=born_on,
        phone=sealed(region, "person.phone", newcomer.phone),
        address=sealed(region, "person.address", newcomer.address),
        place=_fitting("place", newcomer.place),
        recorded_at=origin.at,
    )
    _hold(origin, person, newcomer.kind, newcomer.number, origin.day)
    made = {"name": person.name, "id_kind": newcomer.kind, "id_number": newcomer.number, "sex": sex}
    made |= {"born_on": born_on.isoformat(), "phone": newcomer.phone, "address": newcomer.address}
    recorded(origin, person, after={k: v for k, v in {**made, "place": newcomer.place}.items() if v})
    return person


def change(
    origin: Origin, person: Person, fields: Mapping[str, str | date], valid_from: date
) -> tuple[str, ...]:
    """Change what is named, each real difference recorded; says which fields those were.

    Fields: name, id_kind, id_number, sex, born_on, phone, address, place, bank, bank_account. A new number closes the
    old document the day before; sex and birth date follow a citizen's number. Raises NothingChanges, NumberTaken,
    PersonClosed, or RegistryError where the new values contradict each other.
    """
    with transaction.atomic():
        person.refresh_from_db(from_queryset=Person.objects.select_for_update(no_key=True))
        _refuse_change(origin, person, fields, valid_from)
        paper = _paper(person, str(fields.get("id_kind", "")))
        before = _values(person, paper)
        after = {**before, **_wanted(origin, person, before, fields)}
        news = tuple(name for name in FIELDS if after[name] != before[name])
        if not news:
            raise NothingChanges("填写的内容与登记的相同，没有需要变更的；请核对要变更的栏目。")
        if {"id_kind", "id_number"} & set(news):
            _replace_document(origin, person, paper, after, valid_from)
        if {"bank", "bank_account"} & set(news):
            _replace_bank(origin, person, after, valid_from)
        _write(person, after, news)
        for name in news:
            by = _on_what(origin, name)
            recorded(by, person, field=name, before=before[name], after=after[name], valid_from=valid_from)
    return news


def _on_what(origin: Origin, field: str) -> Origin:
    """Registers of other departments confirm key information only; a telephone is what the person says it is."""
    if origin.source == Source.SHARED and field not in Person.KEY:
        return replace(origin, source=Source.DECLARED)
    return origin


def add_kin(
    origin: Origin,
    person: Person,
    *,
    name: str,
    relation: str,
    number: str = "",
    kind: str = CITIZEN_ID,
    guardian: bool = False,
    start_on: date | None = None,
) -> Kinship:
    """Put a relative on record, enrolled here or not; the same one twice is one row, made guardian where said."""
    digest = number_digest(kind, number) if number else None
    relative = find(origin.region, kind, number) if number else None
    if relative is not None and relative.pk == person.pk:
        raise RegistryError("亲属的证件号码与本人相同，请核对。", field="guardian_id_number")
    known = (
        person.kin.filter(end_on__isnull=True, digest=digest, relation=relation).first() if digest else None
    )
    if known is not None:
        if guardian and not known.guardian:
            known.guardian = True
            known.save(update_fields=["guardian"])
            recorded(origin, known, field="guardian", before=False, after=True, valid_from=origin.day)
        return known
    row = Kinship.objects.create(
        **origin.columns(),
        person=person,
        relative=relative,
        relation=relation,
        name=person_name(name),
        digest=digest,
        guardian=guardian,
        start_on=start_on or origin.day,
    )
    recorded(origin, row, after=contents(row))
    return row


def traits(newcomer: Newcomer) -> tuple[str, date]:
    """Sex and birth date: from a citizen's number, else as stated."""
    if newcomer.kind == CITIZEN_ID:
        return keyinfo.traits_of(newcomer.number)
    if not newcomer.sex or newcomer.born_on is None:
        raise RegistryError("身份证以外的证件要填写性别和出生日期。", field="sex")
    return Sex(newcomer.sex).value, newcomer.born_on


def _paper(person: Person, kind: str) -> IdentityDocument | None:
    """The document that a change is about: the one of that kind where there is one, else what the person goes by."""
    same_kind = person.documents.filter(kind=kind, end_on__isnull=True).first() if kind else None
    return same_kind or document(person)


def _refuse_change(
    origin: Origin, person: Person, fields: Mapping[str, str | date], valid_from: date
) -> None:
    if unknown := set(fields) - set(FIELDS):
        raise ValueError(f"no fields of a person: {', '.join(sorted(unknown))}")
    if person.merged_into_id is not None:
        raise PersonClosed(f"{person.name}的这份档案已并入另一份，请在保留的档案上变更。")
    if valid_from > origin.day:
        raise RegistryError("变更的生效日期不能晚于今天，请核对。", field="from_date")
    if valid_from < person.born_on:
        raise RegistryError("变更的生效日期早于出生日期，请核对。", field="from_date")


def _values(person: Person, paper: IdentityDocument | None) -> dict[str, str]:
    """Everything that ``change`` can change, as it is now, in plain text."""
    account = person.bank_accounts.filter(end_on__isnull=True).order_by("-start_on").first()
    return {
        "name": person.name,
        "id_kind": paper.kind if paper else "",
        "id_number": unsealed(paper, "number") if paper else "",
        "sex": person.sex,
        "born_on": person.born_on.isoformat(),
        "phone": unsealed(person, "phone"),
        "address": unsealed(person, "address"),
        "place": person.place,
        "bank": account.bank if account else "",
        "bank_account": unsealed(account, "number") if account else "",
    }


def _wanted(
    origin: Origin, person: Person, now: Mapping[str, str], fields: Mapping[str, str | date]
) -> dict[str, str]:
    """The new values in their written form, with what follows from a number."""
    said = {name: _fitting(name, str(value)) for name, value in fields.items() if name not in Person.KEY}
    if "name" in fields:
        said["name"] = person_name(str(fields["name"]))
    if not Person.KEY.isdisjoint(fields.keys() - {"name"}):
        said |= _key_info(origin, person, now, fields)
    account = {**now, **said}
    if ("bank" in said or "bank_account" in said) and not (account["bank"] and account["bank_account"]):
        raise RegistryError("开户行和银行账号要一并填写，请补充。", field="new_bank")
    return said


def _fitting(name: str, text: str) -> str:
    if len(text) > (longest := LONGEST.get(name, len(text))):
        raise RegistryError(f"{field_name('person', name)}最多{longest}个字，请写得短一些。", field=name)
    return text


def _key_info(
    origin: Origin, person: Person, now: Mapping[str, str], fields: Mapping[str, str | date]
) -> dict[str, str]:
    held = keyinfo.KeyInfo(now["id_kind"], now["id_number"], now["sex"], person.born_on)
    info = keyinfo.changed(held, fields, on=origin.day)
    citizen = person.documents.filter(kind=CITIZEN_ID, end_on__isnull=True).first()
    if citizen is not None and held.kind != CITIZEN_ID:
        # Beside a passport, say: the citizen's number still stands, and what it says of sex and birth with it.
        other = keyinfo.KeyInfo(CITIZEN_ID, unsealed(citizen, "number"), info.sex, info.born_on)
        keyinfo.changed(other, {"sex": info.sex, "born_on": info.born_on}, on=origin.day)
    if person.died_on is not None and info.born_on > person.died_on:
        raise RegistryError("出生日期晚于登记的死亡日期，请核对。", field="new_born_on")
    return {
        "id_kind": info.kind,
        "id_number": info.number,
        "sex": info.sex,
        "born_on": info.born_on.isoformat(),
    }


def _write(person: Person, after: Mapping[str, str], news: Collection[str]) -> None:
    """The columns of the person's own row."""
    columns: list[str] = []
    for name in news:
        if name in ("phone", "address"):
            setattr(person, name, sealed(person.region, f"person.{name}", after[name]))
        elif name in ("name", "sex", "place"):
            setattr(person, name, after[name])
        elif name == "born_on":
            person.born_on = date.fromisoformat(after[name])
        else:
            continue
        columns.append(name)
    if "name" in news:
        person.initials = initials(person.name)
        columns.append("initials")
    person.save(update_fields=columns)


def _hold(origin: Origin, person: Person, kind: str, number: str, start_on: date) -> None:
    IdentityDocument.objects.create(
        **origin.columns(),
        person=person,
        kind=kind,
        number=sealed(person.region, "identitydocument.number", number),
        digest=number_digest(kind, number),
        start_on=start_on,
    )


def _replace_document(
    origin: Origin,
    person: Person,
    paper: IdentityDocument | None,
    after: Mapping[str, str],
    valid_from: date,
) -> None:
    """Close the old document and open the new one; one that would be left without a day is corrected in place."""
    kind, number = after["id_kind"], after["id_number"]
    holder = find(person.region, kind, number)
    if holder is not None and holder.pk != person.pk:
        raise NumberTaken(
            "变更后的证件号码已登记在另一份档案上，不能改成它；请核对号码，两份档案是同一个人的，请办理重复档案合并。",
            field="new_id_number",
        )
    if paper is not None and paper.end_on is None and paper.start_on < valid_from:
        close(origin, paper, valid_from - DAY, "changed")
        paper = None
    if paper is None:
        _hold(origin, person, kind, number, valid_from)
        return
    paper.kind, paper.digest = kind, number_digest(kind, number)
    paper.number = sealed(person.region, "identitydocument.number", number)
    paper.save(update_fields=["kind", "digest", "number"])


def _replace_bank(origin: Origin, person: Person, after: Mapping[str, str], valid_from: date) -> None:
    number = sealed(person.region, "bankaccount.number", after["bank_account"])
    for row in person.bank_accounts.filter(end_on__isnull=True):
        if row.start_on < valid_from:
            close(origin, row, valid_from - DAY, "changed")
            continue
        row.bank, row.holder, row.number = after["bank"], after["name"], number
        row.save(update_fields=["bank", "holder", "number"])
        return
    BankAccount.objects.create(
        **origin.columns(),
        person=person,
        bank=after["bank"],
        holder=after["name"],
        number=number,
        start_on=valid_from,
    )
