"""The pages for a WSGI server: `granian --interface wsgi yuju.config.wsgi:application`. The database must be prepared."""

from __future__ import annotations

import os

from django.core.wsgi import get_wsgi_application

from yuju.config.backup import mark
from yuju.config.memory import collect_seldom

mark.refuse_unfinished()
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yuju.config.settings")

application = get_wsgi_application()
collect_seldom()
