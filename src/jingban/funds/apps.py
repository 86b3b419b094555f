from importlib import import_module

from django.apps import AppConfig


class FundsConfig(AppConfig):
    name = "jingban.funds"
    verbose_name = "基金收付"

    def ready(self) -> None:
        import_module("jingban.funds.adjustments")
        import_module("jingban.funds.effects")
        import_module("jingban.funds.merged")
