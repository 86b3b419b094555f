"""What the steps of procedures do to benefits; ``effects.yaml`` declares the names. All but undo decide a case."""

from __future__ import annotations

from jingban.benefits import decisions
from jingban.benefits.models import Kind
from jingban.cases.work import Work
from jingban.processes.effects import effect

KINDS = {
    "benefits.compute_reimbursement": Kind.REIMBURSEMENT,
    "benefits.compute_maternity_medical": Kind.MATERNITY_MEDICAL,
    "benefits.compute_allowance": Kind.ALLOWANCE,
    "benefits.compute_birth_subsidy": Kind.BIRTH_SUBSIDY,
    "benefits.compute_aid": Kind.AID,
    "benefits.compute_reward": Kind.REWARD,
}


@effect("benefits.compute_reimbursement", moves_registers=False)
def compute_reimbursement(work: Work) -> None:
    """Medical expenses that were paid first (F14, F22)."""
    decisions.decide(work, Kind.REIMBURSEMENT)


@effect("benefits.compute_maternity_medical", moves_registers=False)
def compute_maternity_medical(work: Work) -> None:
    """Fees of birth, family planning and prenatal checks (F14, F22)."""
    decisions.decide(work, Kind.MATERNITY_MEDICAL)


@effect("benefits.compute_allowance", moves_registers=False)
def compute_allowance(work: Work) -> None:
    """The maternity allowance (F15, F22)."""
    decisions.decide(work, Kind.ALLOWANCE)


@effect("benefits.compute_birth_subsidy", moves_registers=False)
def compute_birth_subsidy(work: Work) -> None:
    """一次性生育补助金 (P23)."""
    decisions.decide(work, Kind.BIRTH_SUBSIDY)


@effect("benefits.compute_aid", moves_registers=False)
def compute_aid(work: Work) -> None:
    """Medical aid after insurance (F17, F22)."""
    decisions.decide(work, Kind.AID)


@effect("benefits.compute_reward", moves_registers=False)
def compute_reward(work: Work) -> None:
    """The reward of a tip-off (F26)."""
    decisions.decide(work, Kind.REWARD)


@effect("benefits.undo", moves_registers=False)
def undo(work: Work) -> None:
    """Sent back after a decision: it is undone, and decided anew later. Nothing where none stands."""
    if work.case_id:
        decisions.undo(work.case_id, actor=work.actor, now=work.at, why="退回重新审核")
