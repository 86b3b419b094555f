"""What the database refuses in the registers, whoever writes: the last line behind the words of each act.

The rules stand in ``guards_rules`` and, written twice, in ``guards_postgresql`` and ``guards_sqlite``. How they get
there and how a missing one is found: ``core.guards``. ``docs/algorithms/registers.md`` says what and why.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, IntegrityError
from django.db.models import UniqueConstraint

from jingban.core.guards import Guards
from jingban.registry import guards_postgresql, guards_sqlite
from jingban.registry.errors import AlreadyEnrolled, MonthTwice, NumberTaken, RegisterRefuses, RegistryError
from jingban.registry.guards_rules import CONSTRAINTS, OVERLAPS, WORDS
from jingban.registry.models import (
    AidStatus,
    BankAccount,
    Change,
    Contribution,
    DuplicatePair,
    Enrolment,
    Helper,
    IdentityDocument,
    Issued,
    Kinship,
    Levy,
    MeansCheck,
    OffsiteFiling,
    PaidBenefit,
    Person,
    Recognition,
    TransferSheet,
    Unit,
    UnitLink,
    UnitOperator,
    UnitSeal,
)

_GUARDED = (
    Person, IdentityDocument, Kinship, BankAccount, DuplicatePair, Unit, UnitLink, UnitOperator, Enrolment,
    Contribution, Levy, OffsiteFiling, Recognition, AidStatus, MeansCheck, Helper, PaidBenefit, Change, Issued,
    TransferSheet, UnitSeal,
)  # fmt: skip
GUARDS = Guards("登记册数据表", _GUARDED, guards_postgresql.RULES, guards_sqlite.RULES)
TABLES = GUARDS.tables

_RULE = re.compile(r"registry: (\w+) \(registry_(\w+)\)")
_CONSTRAINT = re.compile(r"constraint \"(\w+)\"|constraint failed: ([^\n]+)")
_KINDS: dict[tuple[str, str], type[RegistryError]] = {
    ("overlap", "enrolment"): AlreadyEnrolled,
    ("overlap", "contribution"): MonthTwice,
    ("one_holder_a_number", "identitydocument"): NumberTaken,
}
_UNKNOWN = "登记的内容和登记册的规则不符，没有写入；请核对后再办，仍不行的请报告系统管理员。"


def ensure_guards(using: str = DEFAULT_DB_ALIAS) -> None:
    """Put the guards in where one is missing or differs; nothing where the tables are not (yet) there."""
    GUARDS.ensure(using)


def drop_guards(using: str = DEFAULT_DB_ALIAS) -> None:
    """Take the triggers out: for a migration that rewrites kept rows, and for tests that empty the tables."""
    GUARDS.drop(using)


def doctor(using: str = DEFAULT_DB_ALIAS) -> list[str]:
    """What of the protection is missing, changed, switched off or not ours; empty when all is well."""
    return GUARDS.doctor(using)


def refused(error: IntegrityError) -> RegistryError:
    """What the database refused, in plain words. Nothing of its own text is kept: it may hold personal data."""
    rule, register = _rule_of(str(error))
    words = OVERLAPS.get(register) if rule == "overlap" else WORDS.get(rule) or CONSTRAINTS.get(rule)
    kind = _KINDS.get((rule, register), RegisterRefuses)
    return kind(words or _UNKNOWN, rule=rule, register=register)


@contextmanager
def in_plain_words() -> Iterator[None]:
    """Around writes: what the database refuses is raised as a RegistryError."""
    try:
        yield
    except IntegrityError as error:
        raise refused(error) from error


def _rule_of(text: str) -> tuple[str, str]:
    """The rule, or the constraint's name, and the register; blank where it is none of ours."""
    if found := _RULE.search(text):
        return found[1], found[2]
    found = _CONSTRAINT.search(text)
    name = (found[1] or found[2]) if found else ""
    if name.startswith("registry_") and name.endswith("_overlap"):
        return "overlap", name.removeprefix("registry_").removesuffix("_overlap")
    return _constraints().get(name, ("", ""))


@cache
def _constraints() -> dict[str, tuple[str, str]]:
    """How a broken constraint of our models shows in an error: by its name, or on SQLite by its columns."""
    found: dict[str, tuple[str, str]] = {}
    for model in apps.get_app_config("registry").get_models():
        register = str(model._meta.model_name)
        for constraint in model._meta.constraints:
            found[constraint.name] = (constraint.name, register)
            if isinstance(constraint, UniqueConstraint):
                columns = [model._meta.get_field(name).column for name in constraint.fields]  # type: ignore[union-attr]
                found[", ".join(f"{model._meta.db_table}.{column}" for column in columns)] = (
                    constraint.name,
                    register,
                )
    return found
