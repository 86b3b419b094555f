"""What a change of a person's data must agree with: the number of the document, its sex and its birth date.

A citizen's number says sex and birth date (GB 11643). Whoever changes one of the three changes what belongs to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from jingban.cases.forms import CITIZEN_ID, certificate_number
from jingban.core.identifiers import CitizenId
from jingban.registry.errors import RegistryError
from jingban.registry.models.persons import Sex
from jingban.registry.words import day_text


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """The document a person is known by, and the traits that go with it."""

    kind: str
    number: str
    sex: str
    born_on: date


def traits_of(number: str) -> tuple[str, date]:
    """Sex and birth date that a citizen's number says."""
    citizen = CitizenId(number)
    return (Sex.MALE.value if citizen.sex == "男" else Sex.FEMALE.value), citizen.birth_date


def changed(now: KeyInfo, wanted: Mapping[str, str | date], *, on: date) -> KeyInfo:
    """The key information after a change; raises RegistryError where what is wanted contradicts itself."""
    kind = str(wanted.get("id_kind", now.kind))
    number = now.number
    if "id_number" in wanted:
        number = certificate_number(kind, str(wanted["id_number"]), on=on)
    elif kind != now.kind:
        raise RegistryError("变更证件种类的，请一并填写变更后的证件号码。", field="new_id_number")
    sex = str(wanted.get("sex", now.sex))
    born_on = _day(wanted.get("born_on", now.born_on))
    if kind == CITIZEN_ID:
        said_sex, said_birth = traits_of(number)
        is_new = (kind, number) != (now.kind, now.number)
        if "sex" in wanted and sex != said_sex:
            raise _sex_differs(sex, is_new)
        if "born_on" in wanted and born_on != said_birth:
            raise _birth_differs(said_birth, is_new)
        sex, born_on = said_sex, said_birth
    if born_on > on:
        raise RegistryError("出生日期晚于今天，请核对。", field="new_born_on")
    return KeyInfo(kind, number, Sex(sex).value, born_on)


def _day(said: str | date) -> date:
    return said if isinstance(said, date) else date.fromisoformat(said)


def _sex_differs(sex: str, is_new: bool) -> RegistryError:
    wanted, other = Sex(sex).label, Sex.FEMALE.label if sex == Sex.MALE else Sex.MALE.label
    if is_new:
        words = f"变更后的身份证号码第17位表示{other}，与填写的性别{wanted}不一致，请核对号码和性别。"
    else:
        words = (
            f"登记的身份证号码第17位表示{other}，性别不能单独改为{wanted}；"
            "号码有误的，请一并填写变更后的证件号码，号码无误的，性别不用改。"
        )
    return RegistryError(words, field="new_sex")


def _birth_differs(said: date, is_new: bool) -> RegistryError:
    if is_new:
        words = f"变更后的身份证号码里的出生日期是{day_text(said)}，与填写的出生日期不一致，请核对号码和出生日期。"
    else:
        words = (
            f"登记的身份证号码里的出生日期是{day_text(said)}，出生日期不能单独改；"
            "号码有误的，请一并填写变更后的证件号码，号码无误的，出生日期不用改。"
        )
    return RegistryError(words, field="new_born_on")
