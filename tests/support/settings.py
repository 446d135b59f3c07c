"""Settings of the tests: a home of their own (`$YUJU_TEST_HOME`, else `var/test` of the checkout), cheap password hashes."""

import os

from yuju.config import home

os.environ["YUJU_HOME"] = os.environ.get("YUJU_TEST_HOME") or str((home.checkout() or home.Path.cwd()) / "var" / "test")
os.environ.pop("YUJU_PRODUCTION", None)
os.environ.pop("YUJU_POOL", None)

from yuju.config.settings import *  # noqa: F403
from yuju.config.settings import INSTALLED_APPS, STORAGES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {**STORAGES, "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}

# A model with its pages that only the tests have: docs/guide/add-a-model.md is true.
INSTALLED_APPS = [*INSTALLED_APPS, "tests.workbench.keys"]
