"""Units: the next one enrols; one that is enrolled goes through what can befall it; the employer asks."""

from __future__ import annotations

from jingban.core.localtime import local_day
from jingban.registry.models import Change, Unit, UnitLink
from jingban.registry.models.units import UnitStatus
from jingban.walk.scene import EMPLOYER, Part, Scene


def enrolment(scene: Scene) -> Part:
    """The next credit code that the register does not know."""
    cast = scene.cast
    key = cast.first_unit(lambda _, unit: unit is None)
    role, at = cast.unit_role(key), cast.at(key)
    said = {
        "unit_name": role.name,
        "credit_code": role.code,
        "operator_name": "演练·乙",
        "phone": "01000000001",
        "unit_kind": "enterprise",
        "legal_representative": "演练·戊",
        "from_date": local_day(at).isoformat(),
        "unit_address": "演练路5号",
        "unit_phone": "01000000002",
    }
    return Part((key,), at, cast.clerk(), said)


def change(scene: Scene) -> Part:
    """变更、设立分支、分立、停缴、恢复, at last 合并 or 注销; then the next unit."""
    cast = scene.cast
    key = cast.first_unit(lambda _, unit: unit is None or unit.end_on is None)
    at = cast.at(key)
    if scene.acts:
        scene.employer(at, key)
    unit, role = cast.unit(key), cast.unit_role(key)
    said = {
        "unit_name": unit.name if unit is not None else role.name,
        "credit_code": role.code,
        "operator_name": "演练·乙",
        "phone": "01000000001",
        "from_date": local_day(at).isoformat(),
    }
    operation = _operation(unit, key)
    said |= {"unit_operation": operation, **_beside(scene, key, operation)}
    return Part((key,), at, cast.clerk(), said)


def _beside(scene: Scene, key: str, operation: str) -> dict[str, str]:
    """The new values, or the other unit."""
    cast, at, turn = scene.cast, scene.cast.at(key), int(key.rpartition("-")[2])
    if operation == "change":
        if turn % 2:
            return {"new_unit_address": "演练路6号", "new_operator_name": "演练·己"}
        return {"new_unit_name": f"{cast.unit_role(key).name}（新）", "new_legal_representative": "演练·庚"}
    if operation == "merge":
        if scene.acts:
            scene.employer(at)
        return {"other_credit_code": cast.unit_role(EMPLOYER).code}
    if operation in ("branch", "split"):
        other = cast.first_unit(lambda k, unit: k != key and (unit is None or unit.end_on is None))
        if scene.acts:
            scene.employer(at, other)
        return {"other_credit_code": cast.unit_role(other).code}
    return {}


def _operation(unit: Unit | None, key: str) -> str:
    """What comes next for the unit, by what the register says befell it."""
    if unit is None:
        return "change"
    if unit.status == UnitStatus.SUSPENDED:
        return "resume"
    told = Change.objects.filter(unit=unit.pk, register="unit", row=unit.pk, case__isnull=False).exclude(
        field=""
    )
    rested = told.filter(field="status").exists()
    if not told.exclude(field__in=("status", "parent_code")).exists():
        return "change"
    links = set(UnitLink.objects.filter(other=unit).values_list("kind", flat=True))
    for operation in ("branch", "split"):
        if operation not in links:
            return operation
    if not rested:
        return "suspend"
    return "merge" if int(key.rpartition("-")[2]) % 2 else "deregister"


def query(scene: Scene) -> Part:
    """The employer asks what is registered of it."""
    cast = scene.cast
    at = cast.at(EMPLOYER)
    if scene.acts:
        scene.employer(at)
    unit, role = cast.unit(EMPLOYER), cast.unit_role(EMPLOYER)
    said = {"unit_name": unit.name if unit else role.name, "credit_code": role.code}
    return Part((), at, cast.clerk(), {**said, "operator_name": "演练·乙", "phone": "01000000001"})
