from yuju.messaging.services.notices import notice_send, notices_mark_read
from yuju.messaging.services.resident_notices import (
    resident_notice_add,
    resident_notices_add,
    resident_notices_mark_read,
)

__all__ = [
    "notice_send",
    "notices_mark_read",
    "resident_notice_add",
    "resident_notices_add",
    "resident_notices_mark_read",
]
