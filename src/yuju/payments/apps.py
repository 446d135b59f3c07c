from django.apps import AppConfig


class PaymentsConfig(AppConfig):
    name = "yuju.payments"
    label = "payments"
