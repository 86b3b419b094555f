from importlib import import_module
from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from jingban.core.guards import Guards


class RegistryConfig(AppConfig):
    name = "jingban.registry"
    verbose_name = "参保登记册"

    def ready(self) -> None:
        from jingban.core.guards import keep_through_migrations

        import_module("jingban.registry.effects")
        import_module("jingban.registry.asking")
        import_module("jingban.registry.claims")
        import_module("jingban.registry.unit_rights")
        keep_through_migrations(self, _guards)


def _guards() -> "Guards":
    from jingban.registry.guards import GUARDS

    return GUARDS
