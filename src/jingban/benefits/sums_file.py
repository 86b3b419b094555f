"""A file of what people had settled outside (CSV): checked line by line, taken whole or not at all.

Lines of one person, year, insurance and day are one statement: more than one where there are several diseases. The same
file twice changes nothing; a line with other figures for the same day takes the place of what was there.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from django.db import transaction

from jingban.benefits import statements
from jingban.benefits.errors import OpeningWrong
from jingban.benefits.models import OpeningSource
from jingban.benefits.openings import CARES, INSURANCES, SUMS, DiseaseSum, OpeningDraft, hold
from jingban.core.checkdigit import with_check_digit
from jingban.core.errors import DomainError
from jingban.core.money import to_fen
from jingban.registry import service as registry

PERSON = ("个人编号", "姓名", "年度", "险种", "累计到")
DISEASE = ("病种类别", "病种编码", "病种政策范围内费用", "病种统筹已付")
NAMES = {one.name: one for one in SUMS}
COLUMNS = (*PERSON, "来源说明", *NAMES, *DISEASE)
MOST_FAULTS = 50
BY_NAME = {name: key for key, name in INSURANCES.items()}
CARE_NAMES = {name: key for key, name in CARES.items()} | {"慢病": "chronic", "特病": "special"}


@dataclass(frozen=True, slots=True)
class SumsLoaded:
    """What a file changed; ``redone``: decisions that came out otherwise."""

    made: int
    corrected: int
    same: int
    redone: int


def load(text: str, *, region: str, actor: int, now: datetime) -> SumsLoaded:
    """Take a file in. Raises OpeningWrong with every fault and its line."""
    found = read(text, region)
    made = corrected = same = redone = 0
    with transaction.atomic():
        for person, draft in found:
            row, changed = statements.receive(person, draft, actor=actor, now=now)
            redone += changed
            if row is None:
                same += 1
            elif row.replaces_id is None:
                made += 1
            else:
                corrected += 1
    return SumsLoaded(made, corrected, same, redone)


def read(text: str, region: str) -> list[tuple[registry.Person, OpeningDraft]]:
    """The statements of a file, by person; every fault of every line at once."""
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    names = [(name or "").strip() for name in reader.fieldnames or ()]
    reader.fieldnames = names
    if missing := [name for name in PERSON if name not in names]:
        raise OpeningWrong(f"文件第一行缺少栏目：{'、'.join(missing)}；应有：{'、'.join(COLUMNS)}。")
    if unknown := [name for name in names if name not in COLUMNS]:
        raise OpeningWrong(f"文件第一行有不认识的栏目：{'、'.join(unknown)}；可用：{'、'.join(COLUMNS)}。")
    drafts: dict[tuple[int, int, str, date], tuple[int, OpeningDraft]] = {}
    people: dict[int, registry.Person] = {}
    faults: list[str] = []
    for line, raw in enumerate(reader, start=2):
        try:
            person, draft = _line(
                {k: (v or "").strip() for k, v in raw.items() if isinstance(k, str)}, region
            )
            key = (person.pk, draft.year, draft.insurance, draft.until_on)
            people[person.pk] = person
            drafts[key] = (line, _joined(drafts[key][1], draft) if key in drafts else draft)
        except (ValueError, DomainError) as error:
            faults.append(f"第{line}行：{_words(error)}")
    for line, draft in drafts.values():
        try:
            hold(draft)
        except OpeningWrong as error:
            faults.append(f"第{line}行：{_words(error)}")
    if not drafts and not faults:
        faults.append("文件里没有累计")
    if faults:
        more = f"（共{len(faults)}处，只列前{MOST_FAULTS}处）" if len(faults) > MOST_FAULTS else ""
        raise OpeningWrong(f"一条也没有登记：{'；'.join(faults[:MOST_FAULTS])}{more}。", faults=faults)
    return [(people[key[0]], draft) for key, (_, draft) in sorted(drafts.items())]


def _line(raw: Mapping[str, str], region: str) -> tuple[registry.Person, OpeningDraft]:
    person = _person(raw["个人编号"], raw["姓名"], region)
    if not (raw["年度"].isascii() and raw["年度"].isdigit() and len(raw["年度"]) == 4):
        raise ValueError(f"年度“{raw['年度']}”不对，应为4位数字")
    insurance = BY_NAME.get(raw["险种"], raw["险种"])
    if insurance not in INSURANCES:
        raise ValueError(f"险种“{raw['险种']}”不认识，应为{'、'.join(INSURANCES.values())}")
    try:
        until = date.fromisoformat(raw["累计到"])
    except ValueError:
        raise ValueError(f"日期“{raw['累计到']}”不对，应为2026-01-31这样") from None
    sums = {one.key: _amount(raw, name, one.is_count) for name, one in NAMES.items() if raw.get(name)}
    draft = OpeningDraft(
        year=int(raw["年度"]),
        insurance=insurance,
        until_on=until,
        source=OpeningSource.FILE,
        paper=raw.get("来源说明", "")[:120],
        sums={key: amount for key, amount in sums.items() if amount},
        diseases=_disease(raw),
    )
    return person, draft


def _person(number: str, name: str, region: str) -> registry.Person:
    digits = number.isascii() and number.isdigit() and len(number) == 20
    if not digits or with_check_digit(number[:-1]) != number:
        raise ValueError(f"个人编号“{number}”不对，应为20位数字")
    found = registry.person_of_id(int(number[:-1]))
    if found is None or found.region != region or found.merged_into_id is not None:
        raise ValueError(f"个人编号{number}不在本地登记册里")
    if found.name != name:
        raise ValueError(f"个人编号{number}登记的不是这个姓名，请核对")
    return found


def _disease(raw: Mapping[str, str]) -> tuple[DiseaseSum, ...]:
    if not any(raw.get(name) for name in DISEASE):
        return ()
    care = CARE_NAMES.get(raw.get("病种类别", ""), "")
    code = raw.get("病种编码", "").upper()
    if not care or not code:
        raise ValueError(f"病种要写类别（{'、'.join(CARES.values())}）和编码")
    return (DiseaseSum(care, code, _amount(raw, DISEASE[2]), _amount(raw, DISEASE[3])),)


def _amount(raw: Mapping[str, str], name: str, is_count: bool = False) -> int:
    text = raw.get(name, "").replace(",", "")
    if is_count:
        if not (text.isascii() and text.isdigit()):
            raise ValueError(f"{name}“{text}”不对，应为整数")
        return int(text)
    return to_fen(text) if text else 0


def _joined(one: OpeningDraft, more: OpeningDraft) -> OpeningDraft:
    """Two lines of one statement."""
    if twice := [key for key in more.sums if one.sums.get(key, more.sums[key]) != more.sums[key]]:
        names = "、".join(s.name for s in SUMS if s.key in twice)
        raise ValueError(f"同一人同一天的“{names}”和前面的行不同")
    return replace(one, sums={**one.sums, **more.sums}, diseases=(*one.diseases, *more.diseases))


def _words(error: Exception) -> str:
    return (error.message if isinstance(error, DomainError) else str(error)).rstrip("。")
