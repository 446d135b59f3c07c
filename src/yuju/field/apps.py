from django.apps import AppConfig


class FieldConfig(AppConfig):
    name = "yuju.field"
    label = "field"
