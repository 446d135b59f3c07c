"""The product's settings, with the model that the tests have besides: for commands that meet a database of the tests."""

from yuju.config.settings import *  # noqa: F403
from yuju.config.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.workbench.keys"]
