"""The register of recognised chronic and special diseases (门诊慢特病待遇认定).

One application is decided as a whole: all its diseases are recognised or none. Where the experts find only some of
them proved, the reviewer sends the case back and the applicant leaves the others out. A recognition counts from the
day of the act; it is looked at again on its re-check day and does not end by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from jingban.registry import enrolments
from jingban.registry.changes import recorded
from jingban.registry.errors import RegistryError
from jingban.registry.models import Person, Recognition
from jingban.registry.origin import Origin
from jingban.registry.periods import DAY, close, contents
from jingban.registry.room import refuse_closed
from jingban.registry.rules.recheck import may_renew, recheck_day
from jingban.registry.words import day_text
from jingban.rulebook.diseases import diseases as known_diseases
from jingban.rulebook.figures import figures

LOCAL = "chronic-diseases"
"""The figure by which a region says which diseases it recognises; without one it is all of the coding."""


class DiseaseUnknown(RegistryError):
    """A code that the national coding, or the region, does not have."""

    code = "disease_unknown"


class AlreadyRecognised(RegistryError):
    """The person has the disease on record, and its re-check is not due yet."""

    code = "already_recognised"


def in_force(person: Person, day: date) -> list[Recognition]:
    """What counts on a day, by disease."""
    return list(person.recognitions.on(day).order_by("disease"))


def holds(person: Person, disease: str, day: date) -> Recognition | None:
    """The recognition of one disease on a day."""
    found: Recognition | None = person.recognitions.on(day).filter(disease=disease).first()
    return found


def recognise(
    origin: Origin, person: Person, *, diseases: Iterable[str], institution: str = "", on: date | None = None
) -> list[Recognition]:
    """Recognise the diseases from a day on (the act's own); one whose re-check is due is renewed instead."""
    day, codes = on or origin.day, tuple(dict.fromkeys(diseases))
    refuse_closed(person, "门诊慢特病待遇认定")
    enrolments.required_on(person, day)
    ahead = int(figures(origin.region)["chronic-recheck-ahead-months"].at(day))
    names, standing = _accepted(origin.region, codes, day), _standing(person, codes, day)
    early = [r for r in standing.values() if not may_renew(r.recheck_on, day, ahead)]
    if early:
        said = "、".join(f"{names[r.disease]}（{_until(r)}）" for r in early)
        raise AlreadyRecognised(f"{person.name}已经认定{said}，不用重复申请；请从申请中去掉后再办。")
    made = []
    for code in codes:
        old = standing.get(code)
        made.append(
            renew(origin, old, institution, day) if old else _made(origin, person, code, institution, day)
        )
    return made


def renew(
    origin: Origin, recognition: Recognition, institution: str = "", on: date | None = None
) -> Recognition:
    """The re-check passed: the next one is due a term after it; another institution takes over where one is named."""
    day = on or origin.day
    if recognition.end_on is not None and recognition.end_on < day:
        raise RegistryError(f"这项待遇已于{day_text(recognition.end_on)}终止，请重新申请认定。")
    due = recheck_day(day, _term(origin.region, day))
    changed = {"recheck_on": (_iso(recognition.recheck_on), due.isoformat())}
    recognition.recheck_on = due
    if institution and institution != recognition.institution:
        changed["institution"] = (recognition.institution, institution)
        recognition.institution = institution
    recognition.save(update_fields=list(changed))
    for field, (before, after) in changed.items():
        recorded(origin, recognition, field=field, before=before, after=after, valid_from=day)
    return recognition


def end(origin: Origin, recognition: Recognition, last: date, why: str) -> None:
    """End a recognition with this last day: the re-check failed, or it was recognised by mistake."""
    recorded(origin, recognition, field="end_why", after=why, valid_from=last + DAY)
    close(origin, recognition, last, why)


def due_for_recheck(region: str, day: date, limit: int | None = None) -> list[Recognition]:
    """What was to be looked at again by the day, the oldest first, no further than ``limit``: a work list."""
    waiting = Recognition.objects.on(day).filter(region=region, recheck_on__lte=day)
    return list(waiting.select_related("person").order_by("recheck_on", "id")[:limit])


def _accepted(region: str, codes: tuple[str, ...], day: date) -> dict[str, str]:
    """The diseases with their names, or which of them nobody recognises here."""
    names, book = known_diseases(), figures(region)
    local = book[LOCAL].text_at(day).split("、") if LOCAL in book else names
    if not codes:
        raise DiseaseUnknown("没有填写病种，请填写门诊慢特病病种编码。", field="diseases")
    for code in codes:
        if code not in names:
            raise DiseaseUnknown(
                f"没有编码为“{code}”的门诊慢特病病种，请对照病种目录核对。", field="diseases"
            )
        if code not in local:
            raise DiseaseUnknown(
                f"“{names[code]}”（{code}）不在本地门诊慢特病病种范围内，请去掉后再申请。", field="diseases"
            )
    return names


def _standing(person: Person, codes: tuple[str, ...], day: date) -> dict[str, Recognition]:
    found = person.recognitions.touching(day, None).filter(disease__in=codes).order_by("start_on")
    return {recognition.disease: recognition for recognition in found}


def _made(origin: Origin, person: Person, code: str, institution: str, day: date) -> Recognition:
    made = Recognition.objects.create(
        **origin.columns(),
        person=person,
        slot=int(code[1:]),
        start_on=day,
        disease=code,
        institution=institution,
        recheck_on=recheck_day(day, _term(origin.region, day)),
    )
    recorded(origin, made, after=contents(made))
    return made


def _term(region: str, day: date) -> int:
    return int(figures(region)["chronic-recheck-months"].at(day))


def _until(recognition: Recognition) -> str:
    since = f"自{day_text(recognition.start_on)}起"
    return f"{since}，{day_text(recognition.recheck_on)}复审" if recognition.recheck_on else since


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
