"""What each kind of entry is applied for with, chosen from the registers as they stand."""

from __future__ import annotations

from collections.abc import Callable

from jingban.processes.effects import REGISTRY
from jingban.processes.model import Process
from jingban.rulebook.effective import EffectiveItem
from jingban.walk.answers import VISITOR
from jingban.walk.parts import accounts, aid, benefits, care, people, residents, transfers, units
from jingban.walk.scene import Part, Scene, effects_of

Script = Callable[[Scene], Part]

SCRIPTS: dict[str, Script] = {
    "registry.enrol_unit": units.enrolment,
    "registry.change_unit": units.change,
    "registry.answer_unit_query": units.query,
    "registry.enrol_employee": people.employee,
    "registry.enrol_flexible": people.flexible,
    "registry.change_employee": people.employee_change,
    "registry.answer_person_query": people.own_data,
    "registry.issue_certificate": people.own_data,
    "registry.enrol_resident": residents.enrolment,
    "registry.change_resident": residents.change,
    "registry.enrol_newborn": residents.newborn,
    "registry.suspend_or_resume_resident": residents.pause,
    "registry.end_resident": residents.death,
    "registry.withdraw_resident": residents.withdrawal,
    "registry.withdraw_account": accounts.withdrawal,
    "registry.transfer_in": transfers.move,
    "registry.transfer_out": transfers.asked,
    "registry.file_offsite": care.filing,
    "registry.recognise_chronic": care.recognition,
    "registry.enrol_aided": aid.subsidy,
    "benefits.compute_reimbursement": benefits.reimbursement,
    "benefits.compute_maternity_medical": benefits.maternity_fees,
    "benefits.compute_allowance": benefits.allowance,
    "benefits.compute_birth_subsidy": benefits.birth_subsidy,
    "benefits.compute_aid": benefits.aid_claim,
    "benefits.compute_reward": benefits.reward,
}
"""By the first effect that a script knows: of the entry, else of its procedure's steps."""


def part_of(scene: Scene) -> Part:
    """The part of a path: of an entry that changes no register, a visitor's."""
    return script_of(scene.item, scene.process)(scene)


def script_of(item: EffectiveItem, process: Process) -> Script:
    """The script of a procedure. What answers a letter follows its own steps, not the entry's effect."""
    own = [name for edge in process.edges for name in effects_of(item, process, edge)]
    named = (*item.effects, *own) if process == item.process else own
    return next((SCRIPTS[name] for name in named if name in SCRIPTS and name in REGISTRY), visitor)


def visitor(scene: Scene) -> Part:
    """Whoever asks for what no register holds yet."""
    cast = scene.cast
    return Part(who=(), at=cast.at(), applicant=cast.account("visitor-1"), answers=VISITOR)
