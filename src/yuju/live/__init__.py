"""Server-sent events: open pages are told what changed."""

from yuju.live.stream import application as application
