"""What kinds of tasks look like, and how far a task is, on every face."""

from __future__ import annotations

from yuju.workforce.choices import TaskKind, TaskState

ICONS: dict[str, str] = {
    TaskKind.GENERAL: "list-check",
    TaskKind.HANDOVER: "key",
    TaskKind.INSPECTION: "clipboard-check",
    TaskKind.CLEANING: "spray",
    TaskKind.REPAIR: "tool",
    TaskKind.CARE: "heart-handshake",
    TaskKind.CALL: "phone",
    TaskKind.FILING: "file-text",
    TaskKind.RENEWAL: "refresh",
}

TONES: dict[str, str] = {
    TaskState.OPEN: "info",
    TaskState.DOING: "brand",
    TaskState.BLOCKED: "warn",
    TaskState.DONE: "ok",
    TaskState.CANCELLED: "",
}
