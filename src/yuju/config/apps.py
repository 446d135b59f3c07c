from django.apps import AppConfig


class ConfigConfig(AppConfig):
    name = "yuju.config"
    label = "config"
