from django.apps import AppConfig


class KitConfig(AppConfig):
    name = "yuju.kit"
    label = "kit"
