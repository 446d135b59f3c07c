"""The production set-up agrees with the program. What it does is tried by `deploy/try`."""

from __future__ import annotations

import re
import subprocess

import pytest

from yuju.config import production
from yuju.config.home import checkout
from yuju.config.thread_bridge import LARGEST_BODY

ROOT = checkout()
assert ROOT is not None
DEPLOY = ROOT / "deploy"
NGINX = (DEPLOY / "nginx" / "yuju.conf").read_text()
SERVICES = sorted((DEPLOY / "systemd").glob("*.service"))


def locked(name: str) -> dict[str, str]:
    """Package → version of a lock file."""
    return dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / name).read_text(), re.M))


def test_production_runs_what_was_tested() -> None:
    """After a change of requirements.lock: docs/guide/tests.md says how to make the other one."""
    tested, running = locked("requirements.lock"), locked("requirements-production.lock")
    assert {name: version for name, version in running.items() if tested.get(name) != version} == {}
    assert {"django", "granian", "uvicorn", "psycopg"} <= set(running)
    assert {"pytest", "playwright", "mypy"} & set(running) == set()


def test_ports_and_sizes_agree() -> None:
    ports = {int(port) for port in re.findall(r"server 127\.0\.0\.1:(\d+)", NGINX)}
    assert ports == {production.WEB_PORT, production.WEB_PORT + 1, production.LIVE_PORT}
    assert f"client_max_body_size {LARGEST_BODY // 1024 // 1024}m;" in NGINX
    said = "".join(file.read_text() for file in SERVICES)
    assert "--port 810%i" in said
    assert f"--port {production.LIVE_PORT}" in said


def test_alerts_ask_for_metrics_there_are() -> None:
    asked = set(re.findall(r"\byuju_\w+", (DEPLOY / "prometheus-rules.yml").read_text()))
    sources = "".join(file.read_text() for file in (ROOT / "src/yuju/config").glob("measures*.py"))
    made = set(re.findall(r'"(yuju_\w+)"', sources))
    assert made
    assert {name for name in asked if re.sub(r"_(count|bucket|sum|total)$", "", name) not in made} == set()


@pytest.mark.parametrize("service", SERVICES, ids=lambda file: file.name)
def test_every_service_is_shut_in(service: object) -> None:
    text = service.read_text()  # type: ignore[attr-defined]
    for line in (
        "User=yuju",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "PrivateTmp=yes",
        "CapabilityBoundingSet=",
    ):
        assert re.search(rf"^{line}$", text, re.M), line
    assert re.search(r"^MemoryMax=", text, re.M)
    # Only who has to passes the wall.
    assert ("owner.env" in text) == ("backup" in service.name)  # type: ignore[attr-defined]


@pytest.mark.parametrize("script", ["install", "try", "yuju"])
def test_scripts_can_be_read_by_their_shell(script: str) -> None:
    shell = (DEPLOY / script).read_text().splitlines()[0].split()[-1].rpartition("/")[2]
    subprocess.run([shell, "-n", DEPLOY / script], check=True)
