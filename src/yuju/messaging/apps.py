from django.apps import AppConfig


class MessagingConfig(AppConfig):
    name = "yuju.messaging"
    label = "messaging"
