from django.apps import AppConfig


class ConsoleConfig(AppConfig):
    name = "yuju.console"
    label = "console"
