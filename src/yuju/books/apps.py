from django.apps import AppConfig


class BooksConfig(AppConfig):
    name = "yuju.books"
    label = "books"
