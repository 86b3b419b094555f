from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate


class LedgerConfig(AppConfig):
    name = "jingban.ledger"
    verbose_name = "账务"

    def ready(self) -> None:
        post_migrate.connect(_put_guards_back, sender=self, dispatch_uid="ledger guards")


def _put_guards_back(*, using: str, **_: Any) -> None:
    """SQLite loses a table's triggers when a migration makes the table anew."""
    from jingban.ledger.guards import ensure_guards

    ensure_guards(using)
