from django.apps import AppConfig


class RulebookConfig(AppConfig):
    name = "jingban.rulebook"
    verbose_name = "规则手册"
