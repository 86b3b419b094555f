from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "jingban.cases"
    verbose_name = "办件"
