from django.apps import AppConfig


class ResidencyConfig(AppConfig):
    name = "yuju.residency"
    label = "residency"
