from django.apps import AppConfig


class MeteringConfig(AppConfig):
    name = "yuju.metering"
    label = "metering"
