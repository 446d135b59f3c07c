"""What saving a form would bring about, shown beside it while it is filled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any


@dataclass(frozen=True)
class Line:
    """A fact of the panel.

    Args:
        label: what it is.
        value: an amount in yuan (a `Decimal`), or words.
        under: a second, quieter line below the label, such as the days it is for.
        kind: a kind of the components (`warn`, `bad`, …) where the value is not a plain one.
        url: where the label leads.
    """

    label: Any
    value: Any = ""
    under: Any = ""
    kind: str = ""
    url: str = ""

    @property
    def is_money(self) -> bool:
        return isinstance(self.value, Decimal)

    @property
    def is_words(self) -> bool:
        """Whether the value is a sentence that may break, not a figure."""
        return bool(self.kind) and not self.is_money


@dataclass(frozen=True)
class Caution:
    """Something to look at before saving.

    Args:
        text: what it is, in one sentence.
        url, link: where it is looked at, and what that is called.
        kind: `warn`, `bad` or `info`.
    """

    text: Any
    url: str = ""
    link: Any = ""
    kind: str = "warn"


@dataclass(frozen=True)
class Consequences:
    """The panel beside a form.

    Args:
        title: what it shows.
        lines: facts, one below the other.
        total: their sum, in yuan.
        cautions: what to look at first; they stand on top.
        text: one sentence below; or in place of the lines while too little is known.
        template: what draws it; one of its own finds `context` as `panel.context`.
    """

    title: Any
    lines: Sequence[Line] = ()
    total: Decimal | None = None
    cautions: Sequence[Caution] = ()
    text: Any = ""
    template: str = "kit/console/consequences.html"
    context: Mapping[str, Any] = field(default_factory=dict)
