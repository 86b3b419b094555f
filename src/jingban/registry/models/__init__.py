"""The registers: who is insured where, since when, by what; every datum with its source and its case."""

from jingban.registry.models.claims import Claim
from jingban.registry.models.enrolments import Contribution, Enrolment, Insurance, Levy, LevyLine, TaxNotice
from jingban.registry.models.entitlements import (
    AidStatus,
    Helper,
    MeansCheck,
    OffsiteFiling,
    PaidBenefit,
    Recognition,
)
from jingban.registry.models.persons import BankAccount, DuplicatePair, IdentityDocument, Kinship, Person
from jingban.registry.models.records import Change, Counter, Identity, Issued, Source, TransferSheet
from jingban.registry.models.rosters import Roster, RosterLine
from jingban.registry.models.units import Unit, UnitLink, UnitOperator, UnitSeal

__all__ = [
    "AidStatus",
    "BankAccount",
    "Change",
    "Claim",
    "Contribution",
    "Counter",
    "DuplicatePair",
    "Enrolment",
    "Helper",
    "Identity",
    "IdentityDocument",
    "Insurance",
    "Issued",
    "Kinship",
    "Levy",
    "LevyLine",
    "MeansCheck",
    "OffsiteFiling",
    "PaidBenefit",
    "Person",
    "Recognition",
    "Roster",
    "RosterLine",
    "Source",
    "TaxNotice",
    "TransferSheet",
    "Unit",
    "UnitLink",
    "UnitOperator",
    "UnitSeal",
]
