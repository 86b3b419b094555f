from django.apps import AppConfig


class TicketsConfig(AppConfig):
    name = "jingban.tickets"
    verbose_name = "取号叫号"
