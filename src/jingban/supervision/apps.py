from django.apps import AppConfig


class SupervisionConfig(AppConfig):
    name = "jingban.supervision"
    verbose_name = "监督"
