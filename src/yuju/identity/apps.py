from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "yuju.identity"
    label = "identity"
