from django.apps import AppConfig


class DocumentsConfig(AppConfig):
    name = "jingban.documents"
    verbose_name = "文书"
