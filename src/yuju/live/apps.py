from django.apps import AppConfig


class LiveConfig(AppConfig):
    name = "yuju.live"
    label = "live"
