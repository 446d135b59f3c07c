"""Templates of contracts: taken in after they were checked, replaced by a newer version, taken out of use."""

from __future__ import annotations

from datetime import datetime

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from yuju.identity.choices import AuditAction
from yuju.identity.models import User
from yuju.identity.services import audit_record
from yuju.kit import files
from yuju.kit.errors import Refused
from yuju.kit.word import Fault
from yuju.premises.models import Property
from yuju.residency.choices import TemplateKind
from yuju.residency.contracts.checking import template_check
from yuju.residency.models import ContractTemplate

FOLDER = "contract-templates"


class TemplateFaults(Refused):
    """A Word file has faults; `faults` are all of them."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__(_("The file has faults and was not taken in."), field="file", code="faults")
        self.faults = faults


@transaction.atomic
def contract_template_add(
    *,
    name: str,
    kind: TemplateKind | str,
    property: Property | None,
    file: File[bytes],
    by: User | None,
    at: datetime,
) -> ContractTemplate:
    """Takes in a template. One of the same name and place becomes its newest version; the same file again changes nothing.

    Raises:
        TemplateFaults: with every fault of the file.
        Refused: it is no Word document, holds macros, is too large, or there is no name.
    """
    name = name.strip()
    if not name:
        raise Refused(_("Give the template a name."), field="name")
    files.check(file, (files.DOCX,), field="file")
    try:
        checked = template_check(file.read(), kind)
    except Refused as refused:
        raise Refused(refused.message, field="file", code=refused.code) from refused
    file.seek(0)
    if checked.faults:
        raise TemplateFaults(checked.faults)
    rows = ContractTemplate.objects.select_for_update(no_key=True).filter(name=name, property=property)
    latest: ContractTemplate | None = rows.order_by("-version").first()
    kept = files.keep(file, (files.DOCX,), folder=FOLDER, field="file")
    try:
        if latest is not None and latest.is_used() and (latest.sha256, latest.kind) == (kept.sha256, str(kind)):
            files.forget(kept.path)
            return latest
        rows.filter(replaced_at=None).update(replaced_at=at)
        made: ContractTemplate = ContractTemplate.objects.create(
            name=name,
            kind=kind,
            property=property,
            version=latest.version + 1 if latest is not None else 1,
            path=kept.path,
            sha256=kept.sha256,
            size=kept.size,
            made_at=at,
            made_by=by,
        )
    except Exception:
        files.forget(kept.path)
        raise
    _recorded(made, AuditAction.CREATED, by, at)
    return made


@transaction.atomic
def contract_template_retire(*, template: ContractTemplate, by: User | None, at: datetime) -> ContractTemplate:
    """Takes a template out of use; contracts made of it stay. It is out already: nothing happens."""
    held: ContractTemplate = ContractTemplate.objects.select_for_update(no_key=True).get(pk=template.pk)
    if held.retired_at is None:
        held.retired_at = at
        held.save(update_fields=["retired_at"])
        _recorded(held, AuditAction.CHANGED, by, at)
    return held


def _recorded(template: ContractTemplate, action: AuditAction, by: User | None, at: datetime) -> None:
    audit_record(
        action=action,
        by=by,
        at=at,
        about=template,
        property_id=template.property_id,
        what="contract_template",
        name=template.name,
        version=template.version,
    )
