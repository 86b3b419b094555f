"""Who may do what in the funds room, outside the acts of cases. Pages ask here what to offer; every act asks again."""

from __future__ import annotations

from jingban.access.service import Actor, Answer, On, may

CASHIER = frozenset({"cashier"})
CHECKER = frozenset({"fund-checker"})
HEAD = frozenset({"head"})
BANK = CASHIER | CHECKER
"""Who registers what the bank says: nothing is decided there, the statement of the day shows every slip."""
PROPOSERS = CASHIER | {"reviewer"}
"""Who proposes a recovery, or another account."""
DECIDERS = CHECKER | HEAD
"""Who agrees to it, closes a month, and explains a difference."""
REVOKERS = PROPOSERS | DECIDERS
"""Who proposes that a benefit is revoked; another of the deciders agrees."""
READERS = CASHIER | CHECKER | HEAD | {"fund-supervision", "supervisor"}


def allowed(actor: Actor, region: str, office: str, roles: frozenset[str]) -> Answer:
    """Whether the actor holds one of the roles there; an empty ``office`` asks for the whole region."""
    return may(actor, "funds", On(region=region, office=office, item="", roles=roles))


def required(actor: Actor, region: str, office: str, roles: frozenset[str]) -> None:
    """The same as a refusal in words."""
    allowed(actor, region, office, roles).required()
