from django.apps import AppConfig


class PortalsConfig(AppConfig):
    name = "jingban.portals"
    verbose_name = "门户"
