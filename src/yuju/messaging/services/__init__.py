from yuju.messaging.services.notices import notice_send, notices_mark_read

__all__ = ["notice_send", "notices_mark_read"]
