from django.apps import AppConfig


class SharingConfig(AppConfig):
    name = "jingban.sharing"
    verbose_name = "数据共享"
