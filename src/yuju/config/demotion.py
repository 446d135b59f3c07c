"""PostgreSQL refuses to run as root. Where we are root, its programs run as somebody else.

Two ways: as an ordinary user (`postgres` or `nobody`), where that user can reach the programs and the data; or in a user
namespace of its own, in which root looks like an ordinary user. The second reaches everything root reaches, but some
containers forbid it.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yuju.config.home import CannotStart, root

ORDINARY_USERS = ("postgres", "nobody")
NAMESPACE = ("unshare", "--user", "--map-user=1000", "--map-group=1000", "--")


@dataclass(frozen=True)
class Demotion:
    """How a program of the server is run: `prefix` before the command, `user` and `group` ids to become (None: as we are)."""

    prefix: tuple[str, ...] = ()
    user: int | None = None
    group: int | None = None

    def arguments(self) -> dict[str, Any]:
        """Further arguments for `subprocess.run` and `Popen`."""
        if self.user is None:
            return {}
        return {"user": self.user, "group": self.group, "extra_groups": []}

    def give(self, target: Path) -> None:
        """Makes the user of the server the owner of a file or folder."""
        if self.user is not None and self.group is not None:
            os.chown(target, self.user, self.group)


def demotion_for(data: Path, programs: Path) -> Demotion:
    """How to run the server over `data`, which may not exist yet. The owner of data that exists stays its owner.

    Raises:
        CannotStart: when the data belongs to another user, or root can be demoted in neither way.
    """
    owner = data.stat().st_uid if data.exists() else None
    if os.geteuid() != 0:
        if owner not in (None, os.geteuid()):
            raise CannotStart(
                f"{data} belongs to user {_user_name(owner or 0)}: run yuju as that user, or set YUJU_HOME to another folder."
            )
        return Demotion()
    for account in _candidates(owner):
        demotion = Demotion(user=account.pw_uid, group=account.pw_gid)
        if _reaches(demotion, data, programs):
            return demotion
    if owner in (None, 0) and shutil.which(NAMESPACE[0]):
        demotion = Demotion(prefix=NAMESPACE)
        if _runs(demotion, programs):
            return demotion
    raise CannotStart(
        "PostgreSQL does not run as root, and here it can run as nobody else: "
        f"no ordinary user can reach {programs} and {root()}, and this machine allows no user namespaces. "
        "Put the checkout and YUJU_HOME where other users may enter (not under /root), "
        "run yuju as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own."
    )


def _candidates(owner: int | None) -> list[pwd.struct_passwd]:
    if owner == 0:
        return []
    accounts = []
    for name in ORDINARY_USERS if owner is None else [_user_name(owner)]:
        try:
            accounts.append(pwd.getpwnam(name))
        except KeyError:
            continue
    return accounts


def _reaches(demotion: Demotion, data: Path, programs: Path) -> bool:
    """Whether that user can run the programs and enter the data's folder; the home is opened for passing through."""
    if not _runs(demotion, programs):
        return False
    home = root()
    before = {folder: folder.stat().st_mode for folder in (home, data.parent)}
    for folder, mode in before.items():
        folder.chmod(mode & 0o7777 | 0o011)  # others may pass, not look; what lies inside is closed one by one
    if _passes(demotion, data.parent):
        return True
    for folder, mode in before.items():
        folder.chmod(mode & 0o7777)
    return False


def _passes(demotion: Demotion, folder: Path) -> bool:
    test = ["/usr/bin/env", "test", "-x", str(folder)]
    try:
        return subprocess.run(test, cwd="/", capture_output=True, **demotion.arguments()).returncode == 0
    except OSError:
        return False


def _runs(demotion: Demotion, programs: Path) -> bool:
    command = [*demotion.prefix, str(programs / "postgres"), "--version"]
    try:
        return subprocess.run(command, cwd="/", capture_output=True, **demotion.arguments()).returncode == 0
    except OSError:
        return False


def _user_name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
