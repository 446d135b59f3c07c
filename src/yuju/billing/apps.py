from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "yuju.billing"
    label = "billing"
