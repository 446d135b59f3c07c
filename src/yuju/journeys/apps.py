from django.apps import AppConfig


class JourneysConfig(AppConfig):
    name = "yuju.journeys"
    label = "journeys"
