"""The audit of locked packages, held against answers as the services give them."""

from __future__ import annotations

import json
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "scripts" / "audit-dependencies"


@pytest.fixture(scope="module")
def audit() -> Any:
    loader = SourceFileLoader("audit_dependencies", str(SCRIPT))
    spec = spec_from_loader(loader.name, loader)
    assert spec is not None
    module = module_from_spec(spec)
    sys.modules[loader.name] = module
    loader.exec_module(module)
    return module


FINE = {"name": "django", "version": "5.2.19", "vulns": []}
ADVISORY = {
    "id": "PYSEC-2023-192",
    "fix_versions": ["1.26.17", "2.0.6"],
    "aliases": ["CVE-2023-43804", "GHSA-v845-jxx5-vc9f"],
    "description": "urllib3 doesn't treat the Cookie header specially",
}
BAD = {"name": "urllib3", "version": "2.0.5", "vulns": [ADVISORY]}
SKIPPED = {"name": "anyio", "skip_reason": "Dependency not found on PyPI and could not be audited: anyio (4.16.0)"}

NPM_BAD = {
    "auditReportVersion": 2,
    "vulnerabilities": {
        "braces": {
            "name": "braces",
            "severity": "high",
            "via": [
                {
                    "source": 1098094,
                    "name": "braces",
                    "title": "Uncontrolled resource consumption in braces",
                    "url": "https://github.com/advisories/GHSA-grv7-fg5c-xmjg",
                    "severity": "high",
                    "range": "<3.0.3",
                }
            ],
            "range": "<3.0.3",
            "fixAvailable": True,
        },
        "micromatch": {"name": "micromatch", "severity": "high", "via": ["braces"], "range": "<=4.0.5"},
    },
    "metadata": {"dependencies": {"total": 86}},
}
NPM_FINE = {"auditReportVersion": 2, "vulnerabilities": {}, "metadata": {"dependencies": {"total": 86}}}
NPM_REFUSED = {
    "message": "405 Method Not Allowed - POST https://registry.npmjs.org/-/npm/v1/security/advisories/bulk",
    "statusCode": 405,
    "error": {"summary": "", "detail": ""},
}
NPM_AWAY = {"error": {"code": "ENOTFOUND", "summary": "request to https://registry.npmjs.org failed", "detail": ""}}


def said(*packages: dict[str, Any]) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


def test_a_known_vulnerability_fails(audit: Any, capsys: pytest.CaptureFixture[str]) -> None:
    for verdict, name in (
        (audit.python_verdict(said(FINE, BAD), ""), "urllib3 2.0.5: PYSEC-2023-192"),
        (audit.node_verdict(json.dumps(NPM_BAD)), "braces <3.0.3: Uncontrolled resource consumption"),
    ):
        assert len(verdict.faults) == 1
        assert not audit.report("packages", verdict)
        assert name in capsys.readouterr().err


def test_what_was_accepted_with_a_reason_passes(audit: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    accepted = {"CVE-2023-43804": "no cookies are sent", "GHSA-grv7-fg5c-xmjg": "builds our own sources alone"}
    monkeypatch.setattr(audit, "ACCEPTED", accepted)
    assert not audit.python_verdict(said(BAD), "").faults
    assert not audit.node_verdict(json.dumps(NPM_BAD)).faults


def test_nothing_known_passes_and_says_how_many(audit: Any, capsys: pytest.CaptureFixture[str]) -> None:
    assert audit.report("Python packages", audit.python_verdict(said(FINE, SKIPPED), ""))
    assert audit.report("front-end packages", audit.node_verdict(json.dumps(NPM_FINE)))
    out = capsys.readouterr().out
    assert "1 of 2 packages are not known" in out
    assert "nothing known against 86 packages" in out


def test_a_service_that_is_not_reached_is_named_in_one_line(audit: Any, capsys: pytest.CaptureFixture[str]) -> None:
    away = "ERROR:pip_audit._cli:ConnectionError: Max retries exceeded with url: /pypi/django/5.2.19/json"
    for verdict in (
        audit.python_verdict("", away),
        audit.python_verdict(said(SKIPPED, SKIPPED), ""),
        audit.node_verdict(json.dumps(NPM_REFUSED)),
        audit.node_verdict(json.dumps(NPM_AWAY)),
    ):
        assert audit.report("packages", verdict)
        out = capsys.readouterr().out
        assert out.startswith("Not audited: packages: the advisory service was not reached")
        assert out.count("\n") == 1


def test_anything_else_fails_loudly(audit: Any) -> None:
    with pytest.raises(ValueError, match="pip-audit failed"):
        audit.python_verdict("", "ERROR: requirements.lock: invalid requirement")
    for nonsense in ("", "npm: not found", "{}"):
        with pytest.raises(ValueError, match="npm audit"):
            audit.node_verdict(nonsense)


def test_the_audit_is_part_of_what_ci_runs() -> None:
    assert "scripts/audit-dependencies" in (ROOT / ".ci" / "run").read_text()
    assert "pip-audit==" in (ROOT / "scripts" / "audit.lock").read_text()
