"""The console's background work. It stands in the kit; workers look for it here."""

from yuju.kit.console.bulk_running import bulk_do, bulk_undo, forget_bulk_rows
from yuju.kit.console.exporting import export_list

__all__ = ["bulk_do", "bulk_undo", "export_list", "forget_bulk_rows"]
