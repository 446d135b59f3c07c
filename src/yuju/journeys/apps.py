from django.apps import AppConfig


class JourneysConfig(AppConfig):
    name = "yuju.journeys"
    label = "journeys"

    def ready(self) -> None:
        # What follows from tasks is said by the stories that make them.
        from yuju.journeys import move_out as move_out
