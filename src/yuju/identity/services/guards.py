"""What holds whenever rights change: nothing gets lost for good, and open pages learn of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.utils.translation import gettext as _

from yuju.identity.models import Operator, User
from yuju.identity.selectors import ROLES, grantable
from yuju.kit.errors import Refused
from yuju.kit.live import RIGHTS, publish
from yuju.kit.tenancy import require_operator_id


class NothingLeft(Refused):
    """A change that would leave permissions which nobody could ever give again.

    Attributes:
        permissions: which they are.
    """

    def __init__(self, permissions: frozenset[str]) -> None:
        self.permissions = permissions
        if ROLES in permissions:
            sentence = _(
                "Then nobody could change roles any more. Give somebody else that right at all properties first."
            )
        else:
            sentence = _(
                "Then nobody who may change roles could do this any more, and so nobody could ever give it again. "
                "Let somebody who may change roles keep it at all properties."
            )
        super().__init__(sentence, code="last")


@contextmanager
def nothing_lost(by: User | None) -> Iterator[None]:
    """Changes of rights inside, one after the other within an operator.

    Nobody gives what they do not hold. So what nobody who may change roles held any more could never be given again: the
    last one of them keeps it. The command line (`by` None) may do everything.

    Raises:
        NothingLeft: the change would leave nobody who may change roles, or nobody of them with a permission.
    """
    Operator.objects.select_for_update(no_key=True).get(pk=require_operator_id())
    before = grantable() if by is not None else frozenset()
    yield
    if before and (lost := before - grantable()):
        raise NothingLeft(lost)


def rights_changed() -> None:
    """Has the operator's open streams ask again at once, before the next event, what they may follow."""
    publish(RIGHTS)
