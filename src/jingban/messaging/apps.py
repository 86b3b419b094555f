from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "jingban.messaging"
    verbose_name = "消息"
