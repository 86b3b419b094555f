"""Where money for a person goes: the bank account that holds now, the person's own or an heir's."""

from __future__ import annotations

from jingban.registry.changes import recorded
from jingban.registry.models import BankAccount, Person
from jingban.registry.origin import Origin
from jingban.registry.periods import DAY, close
from jingban.registry.sealing import sealed, unsealed


def note(origin: Origin, person: Person, *, bank: str, number: str, holder: str) -> BankAccount:
    """Record the account that the application names; the one before ends the day before. The same again is one row."""
    for row in person.bank_accounts.filter(end_on__isnull=True).order_by("start_on", "id"):
        if (row.bank, row.holder, unsealed(row, "number")) == (bank, holder, number):
            return row
        close(origin, row, origin.day - DAY, "changed")
    made = BankAccount.objects.create(
        **origin.columns(),
        person=person,
        bank=bank,
        holder=holder,
        number=sealed(origin.region, "bankaccount.number", number),
        start_on=origin.day,
    )
    recorded(origin, made, after={"bank": bank, "holder": holder, "bank_account": number})
    return made
