from django.apps import AppConfig


class CareConfig(AppConfig):
    name = "yuju.care"
    label = "care"
