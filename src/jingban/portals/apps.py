from importlib import import_module

from django.apps import AppConfig


class PortalsConfig(AppConfig):
    name = "jingban.portals"
    verbose_name = "门户"

    def ready(self) -> None:
        import_module("jingban.portals.printing")
        import_module("jingban.portals.benefitpapers")
        import_module("jingban.portals.fundpapers")
