from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "yuju.portal"
    label = "portal"
