"""One execution of the pipeline."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from tortoise import fields
from tortoise.models import Model

from .fields import time_field


class RunStatus(StrEnum):
    """Where a run stands."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    CANCELED = "CANCELED"


UNFINISHED_RUNS = (RunStatus.PENDING, RunStatus.RUNNING)


class InferenceRun(Model):
    """A record of one inference: what it read, with which settings and models, what it found, and how it ended."""

    id = fields.BigIntField(primary_key=True)
    status = fields.CharEnumField(RunStatus, max_length=9)
    stage = fields.CharField(max_length=32, default="waiting")
    progress = fields.FloatField(default=0.0)
    """0 to 1."""
    parameters: dict[str, Any] = fields.JSONField(default=dict)  # type: ignore[assignment]
    models: dict[str, str] = fields.JSONField(default=dict)  # type: ignore[assignment]
    """Name -> version of each model used."""
    watermark = fields.BigIntField(null=True)
    """Largest complaint id read."""
    counts: dict[str, int] = fields.JSONField(default=dict)  # type: ignore[assignment]
    timings: dict[str, float] = fields.JSONField(default=dict)  # type: ignore[assignment]
    """Seconds by stage."""
    corrections: dict[str, Any] | None = fields.JSONField(null=True)  # type: ignore[assignment]
    """How it corrected confidences by what people decided (`server/jobs/decided.py`); null where it has not yet, or never did."""
    failure = fields.CharField(max_length=500, null=True)
    """What went wrong, in words that are safe to show."""
    cancel_asked = fields.BooleanField(default=False)
    heartbeat_at = time_field(null=True)
    """When the worker last gave a sign of life: an unfinished run that has gone silent was cut off."""
    started_by: fields.ForeignKeyNullableRelation = fields.ForeignKeyField(
        "models.Member", related_name="runs", null=True, on_delete=fields.OnDelete.SET_NULL
    )
    created_at = time_field()
    started_at = time_field(null=True)
    finished_at = time_field(null=True)

    class Meta:
        table = "inference_run"
        indexes = (("status", "id"),)
