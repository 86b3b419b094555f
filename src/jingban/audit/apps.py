from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "jingban.audit"
    verbose_name = "审计"
