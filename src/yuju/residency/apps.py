from django.apps import AppConfig


class ResidencyConfig(AppConfig):
    name = "yuju.residency"
    label = "residency"

    def ready(self) -> None:
        from yuju.messaging.services.resident_notices import silence_by
        from yuju.residency.deaths import deceased_among

        silence_by(deceased_among)
