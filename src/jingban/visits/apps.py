from django.apps import AppConfig


class VisitsConfig(AppConfig):
    name = "jingban.visits"
    verbose_name = "走访和帮办"
