from django.apps import AppConfig


class WorkforceConfig(AppConfig):
    name = "yuju.workforce"
    label = "workforce"
