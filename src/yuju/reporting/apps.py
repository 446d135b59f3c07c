from django.apps import AppConfig


class ReportingConfig(AppConfig):
    name = "yuju.reporting"
    label = "reporting"
