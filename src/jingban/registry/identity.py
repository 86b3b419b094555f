"""Whose data somebody may see: one's own, a principal's, a ward's; staff at the counter see who stands there.

国令765 art. 32 and 49: data of the registers are for the person; others are refused in plain words.
"""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth import get_user_model

from jingban.access.service import actor_of
from jingban.cases.forms import CITIZEN_ID
from jingban.cases.work import Work
from jingban.processes.effects import before_effects
from jingban.registry import enrolments, persons, representatives, units
from jingban.registry.attended import at_counter, is_unattended
from jingban.registry.errors import NotYours, RegistryError
from jingban.registry.models import Identity, IdentityDocument, Kinship, Person, Unit
from jingban.registry.sealing import number_digest
from jingban.registry.unit_rights import RIGHTS


class BoundToAnother(RegistryError):
    """The account is somebody else's."""

    code = "account_bound_to_another"


def bind(
    user_id: int,
    *,
    name: str,
    source: str,
    at: datetime,
    person: Person | None = None,
    digest: bytes | None = None,
) -> Identity:
    """Say whose account a sign-in is: by the person's document, or by the blind index of a number that no
    register has yet. ``source`` says who verified it (人脸核验、窗口核验). The same again changes nothing."""
    mark = digest if person is None else next(iter(_digests(person)), None)
    if mark is None:
        raise RegistryError("没有可以绑定的证件号码，请先登记身份证件。", field="id_number")
    known = Identity.objects.filter(user_id=user_id).first()
    if known is None:
        return Identity.objects.create(user_id=user_id, digest=mark, name=name, source=source, bound_at=at)
    if bytes(known.digest) != mark and not (person and bytes(known.digest) in _digests(person, ended=True)):
        raise BoundToAnother("这个账户已经实名绑定到另一个人，不能再绑定；请用本人的账户登录。")
    if bytes(known.digest) != mark:  # the person's number changed: the account stays the person's
        known.digest, known.name, known.source, known.bound_at = mark, name, source, at
        known.save(update_fields=["digest", "name", "source", "bound_at"])
    return known


def is_same_person(user_id: int, person: Person) -> bool:
    """Whether the account is the person's own: by a document that counts now.

    A number that was once written to the person by mistake gives its true holder no view.
    """
    bound = Identity.objects.filter(user_id=user_id).first()
    return bound is not None and bytes(bound.digest) in _digests(person)


def users_of(person: Person) -> frozenset[int]:
    """The accounts that are bound to the person."""
    found = Identity.objects.filter(digest__in=_digests(person))
    return frozenset(found.values_list("user_id", flat=True))


def allowed_to_see(work: Work, person: Person, *, by_unit: bool = False) -> bool:
    """Whether the case may be told what the registers say of the person.

    At a counter the clerk has seen the papers; an account is all there is to go by for what was filed with it.
    ``by_unit``: the unit's operator may ask too, for whom the unit insures on the day.
    """
    if work.applicant is None:
        return at_counter(work)
    if is_same_person(work.applicant, person) or _acts_for(work, work.applicant, person):
        return True
    return by_unit and _asks_for_unit(work, work.applicant, person)


def may_see(work: Work, person: Person, *, by_unit: bool = False) -> None:
    """The same, or NotYours in plain words."""
    if not allowed_to_see(work, person, by_unit=by_unit):
        raise NotYours(
            "只能查询本人的参保信息。代他人查询的，请先登记委托或监护关系；账户还没有实名绑定的，请先实名认证，或到窗口办理。"
        )


def may_act_for(work: Work, unit: Unit, right: str) -> None:
    """Whoever acts in the case may act for the unit, or NotYours in plain words.

    At a counter staff have seen the paper with the unit's seal; an account must be named for the unit with this right
    (``declare``, ``query``).
    """
    if at_counter(work):
        return
    if work.applicant is None or not units.may_act(work.applicant, unit, work.day, right):
        raise NotYours(
            f"这个账号没有登记为{unit.name}的经办人，或没有{RIGHTS[right]}的权限，不能替它办理；"
            "请先由单位到窗口登记，或带加盖公章的材料到窗口办理。"
        )


@before_effects
def hold_self_service(work: Work) -> None:
    """Where no officer takes part, only the person, or who acts for the person, changes the registers.

    At a counter somebody looked at the papers; online the account itself is all there is to go by. A newborn is
    entered by the guardian whom the form names.
    """
    if work.item.subject != "person" or not is_unattended(work):
        return
    if work.applicant is None:
        raise NotYours("自助办理要先登录并实名认证，才能知道是谁在办；没有账户的，请到窗口办理。")
    person = persons.maybe_person_of(work)
    if person is not None and (
        is_same_person(work.applicant, person) or _acts_for(work, work.applicant, person)
    ):
        return
    bound = Identity.objects.filter(user_id=work.applicant).first()
    own = (work.said("id_number"), work.said("id_kind") or CITIZEN_ID)
    guardian = (work.said("guardian_id_number"), CITIZEN_ID)
    said = [own, guardian] if person is None else [guardian] if not person.enrolments.exists() else []
    if bound is None or bytes(bound.digest) not in [
        number_digest(kind, number) for number, kind in said if number
    ]:
        raise NotYours(
            "自助办理只能办本人的事。代他人办理的，请先登记委托或监护关系；账户还没有实名绑定的，请先实名认证，或到窗口办理。"
        )


def _acts_for(work: Work, user_id: int, person: Person) -> bool:
    """A mandate between accounts, or a guardian, agent or heir on record, in force on the day and for the item."""
    user, item = get_user_model().objects.filter(pk=user_id).first(), work.item.item
    if user is None:
        return False
    principals = users_of(person)
    for mandate in actor_of(user, work.day).mandates:
        if mandate.principal in principals and (not mandate.items or item in mandate.items):
            return True
    bound = Identity.objects.filter(user_id=user_id).first()
    if bound is None:
        return False
    for helper in representatives.in_force(person, work.day):
        if bytes(helper.digest) == bytes(bound.digest) and (not helper.items or item in helper.items):
            return True
    is_minor = work.day < representatives.grown_up_on(person)
    kin = Kinship.objects.on(work.day).filter(person=person, digest=bound.digest, guardian=True)
    return is_minor and kin.exists()


def _asks_for_unit(work: Work, user_id: int, person: Person) -> bool:
    spell = enrolments.on(person, work.day)
    unit = spell.unit if spell is not None else None
    return unit is not None and units.may_act(user_id, unit, work.day, "query")


def _digests(person: Person, *, ended: bool = False) -> list[bytes]:
    """Blind indexes of the person's documents, the citizen's number first."""
    found = IdentityDocument.objects.filter(person=person).order_by("kind", "id")
    return [bytes(d) for d in (found if ended else found.open()).values_list("digest", flat=True)]
