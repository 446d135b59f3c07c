from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "yuju.identity"
    label = "identity"

    def ready(self) -> None:
        from yuju.identity.sealed_history import SealedHistory
        from yuju.kit.sealed_columns import sealed_place

        sealed_place(SealedHistory())
