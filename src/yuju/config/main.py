"""The `yuju` command: Django's management command, on a database that is always ready."""

from __future__ import annotations

import os
import signal
import sys
import warnings
from collections.abc import Mapping
from contextlib import ExitStack
from types import FrameType

from yuju.config import database, home

# These need no database, or must work before there is one.
WITHOUT_DATABASE = frozenset(
    {
        *("help", "version", "check", "diffsettings", "testserver", "startapp", "startproject"),
        *("makemigrations", "makemessages", "compilemessages", "texts", "collectstatic", "findstatic"),
    }
)
# These prepare the database themselves, or take it as it is.
UNPREPARED = frozenset({"backup", "restore"})
# Words of a command that need none, though the command does.
WITHOUT_DATABASE_WORDS = {"keys": {"export", "import"}, "backup": {"--check", "--list"}}
# Django's own commands that look at or change the schema: the application's role may not.
FOR_OWNER = frozenset({"migrate", "showmigrations", "sqlmigrate", "inspectdb"})
# One kind of process each, run by the machine's supervisor on a database that is ready; see `yuju.config.production`.
PRODUCTION = frozenset({"web", "live", "worker"})


def main() -> None:
    """Entry point of the `yuju` command."""
    signal.signal(signal.SIGTERM, _leave)
    try:
        run(sys.argv)
    except home.CannotStart as reason:
        print(f"yuju: {reason}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)


def run(argv: list[str]) -> None:
    """Does one command, with the database prepared and held for as long as it takes where the command needs one."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yuju.config.settings")
    command = argv[1] if len(argv) > 1 else "help"
    if command == "up":
        from yuju.config import supervisor

        supervisor.command(argv[2:])
        return
    if command in PRODUCTION:
        from yuju.config import production

        production.command(argv[1:])
        return
    if command in FOR_OWNER and not any(part.startswith("--database") for part in argv):
        argv = [*argv, "--database=owner"]
    with ExitStack() as held:
        if needs_database(argv):
            from yuju.config.embedded_postgres import EmbeddedServer
            from yuju.config.prepare import prepare

            if database.embedded():
                held.enter_context(EmbeddedServer())
            if command not in UNPREPARED:
                prepare()
        else:
            # makemigrations would complain that it cannot compare with a database.
            warnings.filterwarnings("ignore", "Got an error checking a consistent migration history", RuntimeWarning)
        import django
        from django.core.management import execute_from_command_line
        from django.utils import translation

        django.setup()
        translation.activate(language(os.environ))
        execute_from_command_line(argv)


def language(environment: Mapping[str, str]) -> str:
    """The language of the terminal: English where its locale says so, else Chinese."""
    said = next((environment[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(name)), "")
    return "en" if said.lower().startswith("en") else "zh-hans"


def needs_database(argv: list[str]) -> bool:
    """Whether the command line asks for something that works on the database."""
    words = argv[1:]
    return (
        bool(words)
        and not words[0].startswith("-")
        and words[0] not in WITHOUT_DATABASE
        and not ({"-h", "--help"} | WITHOUT_DATABASE_WORDS.get(words[0], set())) & set(words)
    )


def _leave(signum: int, frame: FrameType | None) -> None:
    # As an exception, so that what is held is let go on the way out.
    sys.exit(128 + signum)
