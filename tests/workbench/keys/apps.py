from django.apps import AppConfig


class KeysConfig(AppConfig):
    name = "tests.workbench.keys"
    label = "workbench"
