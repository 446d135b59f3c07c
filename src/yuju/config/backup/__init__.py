"""Backups of database and files: made, checked, kept, restored and proved (ADR 0020)."""
