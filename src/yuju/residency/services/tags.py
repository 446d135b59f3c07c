"""Tags (标签), and which of them a resident has."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.utils.translation import gettext as _

from yuju.identity.models import User
from yuju.identity.services import edits
from yuju.kit.errors import Refused
from yuju.premises.services.saving import save_row, set_fields
from yuju.residency.choices import TagTone
from yuju.residency.models import Resident, ResidentTag, Tag


@edits
def tag_create(*, name: str, tone: str = TagTone.PLAIN, by: User | None, at: datetime) -> Tag:
    """Makes a tag.

    Raises:
        Refused: it has no name, or there is a tag of this name.
    """
    made = Tag(name=_checked(name), tone=tone)
    save_row(made, _taken(made.name))
    return made


@edits
def tag_change(*, tag: Tag, name: str, tone: str, by: User | None, at: datetime) -> Tag:
    """Renames a tag or shows it in another colour, for every resident who has it.

    Raises:
        Refused: as `tag_create`.
    """
    changes = set_fields(tag, {"name": _checked(name), "tone": tone})
    if changes:
        save_row(tag, _taken(tag.name))
    return tag


@edits
def resident_tags_set(*, resident: Resident, tags: Iterable[Tag], by: User | None, at: datetime) -> None:
    """Gives a resident exactly these tags."""
    wanted = {tag.pk: tag for tag in tags}
    held = {one.tag_id: one for one in ResidentTag.objects.filter(resident=resident)}
    gone = [one for key, one in held.items() if key not in wanted]
    new = [tag for key, tag in wanted.items() if key not in held]
    if not gone and not new:
        return
    ResidentTag.objects.filter(pk__in=[one.pk for one in gone]).delete()
    ResidentTag.objects.bulk_create([ResidentTag(resident=resident, tag=tag) for tag in new])


def _checked(name: str) -> str:
    name = name.strip()
    if not name:
        raise Refused(_("A tag needs a name."), field="name")
    return name


def _taken(name: str) -> dict[str, tuple[str, str]]:
    return {"tag_name_once": ("name", _("There is a tag “%(value)s” already.") % {"value": name})}
