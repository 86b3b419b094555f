from django.apps import AppConfig


class UploadsConfig(AppConfig):
    name = "jingban.uploads"
    verbose_name = "上传的材料"
