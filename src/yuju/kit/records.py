"""The tables of the kit: search keys, number series, the progress of jobs, what was done to many rows at once."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _

from yuju.kit.models import Walled, WalledForeignKey


class SearchKey(Walled):
    """What the search box finds one thing by; written by `yuju.kit.search.index`, read by `yuju.kit.search.find`.

    `keys` holds lexemes that begin with the operator, so that one operator's searches never wade through another's.
    """

    property_id = models.BigIntegerField(null=True)
    kind = models.CharField(max_length=24)
    object_id = models.BigIntegerField()
    title = models.TextField()
    subtitle = models.TextField(default="")
    keys = SearchVectorField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "kind", "object_id"], name="search_key_once"),
        ]
        # Without a list of pending entries, which every search would have to read through after a bulk load.
        indexes = [GinIndex(fields=["keys"], name="search_key_keys", fastupdate=False)]


class NumberSeries(Walled):
    """The last number given out in a series, such as the bills of a property in a month."""

    property_id = models.BigIntegerField(null=True)
    series = models.CharField(max_length=40)
    period = models.CharField(max_length=10, default="")
    last = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["operator_id", "series", "property_id", "period"],
                name="number_series_once",
                nulls_distinct=False,
            ),
        ]


class LimitCount(models.Model):
    """How often one caller asked for one thing in the window of time `slot`; written by `yuju.kit.throttle`.

    It stands outside the wall: strangers are counted before any operator is known. The key tells nothing of the caller.
    """

    key = models.CharField(max_length=64, primary_key=True)
    slot = models.BigIntegerField()
    asked = models.IntegerField()
    until = models.DateTimeField()


class JobProgress(Walled):
    """How far a long job is, for the page that waits for it. Moments are UTC."""

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    kind = models.CharField(max_length=60)
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    done = models.BigIntegerField(default=0)
    total = models.BigIntegerField(null=True)
    message = models.TextField(default="")
    result = models.JSONField(null=True)
    user_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["operator_id", "id"], name="job_progress_key")]
        indexes = [models.Index(fields=["operator_id", "kind", "-id"], name="job_progress_by_kind")]

    @property
    def percent(self) -> int | None:
        """Whole percent done, or None while the total is unknown."""
        if self.total is None:
            return None
        return 100 if not self.total else min(100, self.done * 100 // self.total)

    @property
    def is_over(self) -> bool:
        """Whether it has ended, well or not."""
        return self.state in (self.State.DONE, self.State.FAILED)

    @property
    def is_cleared(self) -> bool:
        """Whether it ended well, so long ago that what it found was deleted (`yuju.kit.jobs.forget_passing_files`)."""
        return self.state == self.State.DONE and self.result is None


class BulkRun(Walled):
    """One action on many rows of a list: asked for, done, perhaps taken back. Moments are UTC.

    Attributes:
        key: made by the page that asks; sent twice, it is one run.
        place_id: the property the list was about; empty for all.
        query: the list's view, as its address says it.
        ids: the rows that were ticked; empty: whatever matches the view when the run begins.
        values: what was filled in, as it was typed.
        changed: how many rows were changed.
        left: each reason why rows were left out, and how many.
        progress_id: of the job that does it or takes it back, where one does.
        restored, kept: after taking back: how many rows are as before, and how many were changed since and stay.
    """

    class State(models.TextChoices):
        ASKED = "asked", _("waiting")
        DONE = "done", _("done")
        UNDONE = "undone", _("taken back")

    key = models.UUIDField()
    console = models.CharField(max_length=60)
    action = models.CharField(max_length=40)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    user_id = models.BigIntegerField()
    place_id = models.BigIntegerField(null=True)
    query = models.TextField(default="")
    ids: Any = ArrayField(models.BigIntegerField(), null=True)
    values: Any = models.JSONField(default=dict)
    sentence = models.TextField(default="")
    changed = models.BigIntegerField(default=0)
    left: Any = models.JSONField(default=list)
    restored = models.BigIntegerField(default=0)
    kept = models.BigIntegerField(default=0)
    progress_id = models.BigIntegerField(null=True)
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "key"], name="bulk_run_once"),
            models.UniqueConstraint(fields=["operator_id", "id"], name="bulk_run_key"),
        ]
        indexes = [models.Index(fields=["operator_id", "done_at"], name="bulk_run_by_time")]


class BulkRow(Walled):
    """A row that a bulk run changed: what the action touches of it, before and after. Kept as long as it can be taken back.

    `state` is empty at first; after taking back it says whether the row was restored or had been changed since.
    """

    class State(models.TextChoices):
        RESTORED = "restored", _("restored")
        KEPT = "kept", _("changed since")

    run = WalledForeignKey(BulkRun, on_delete=models.CASCADE, related_name="rows")
    object_id = models.BigIntegerField()
    before: Any = models.JSONField(null=True)
    after: Any = models.JSONField(null=True)
    state = models.CharField(max_length=10, choices=State.choices, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["operator_id", "run", "object_id"], name="bulk_row_once"),
        ]
