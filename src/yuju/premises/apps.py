from django.apps import AppConfig


class PremisesConfig(AppConfig):
    name = "yuju.premises"
    label = "premises"
