from importlib import import_module

from django.apps import AppConfig


class ExchangeConfig(AppConfig):
    name = "jingban.exchange"
    verbose_name = "机构来往函件"

    def ready(self) -> None:
        import_module("jingban.exchange.composing")
