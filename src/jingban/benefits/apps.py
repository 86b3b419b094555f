from importlib import import_module

from django.apps import AppConfig


class BenefitsConfig(AppConfig):
    name = "jingban.benefits"
    verbose_name = "待遇核定"

    def ready(self) -> None:
        import_module("jingban.benefits.effects")
