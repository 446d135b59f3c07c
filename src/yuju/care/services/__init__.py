from yuju.care.services.activities import (
    activity_cancel,
    activity_invite,
    activity_save,
    attendance_tick,
    feedback_give,
    sign_up,
    sign_up_withdraw,
)
from yuju.care.services.covers import activity_cover_set
from yuju.care.services.plans import plan_save
from yuju.care.services.segments import segment_delete, segment_is_used, segment_save
from yuju.care.services.visits import plans_tick, visits_make

__all__ = [
    "activity_cancel",
    "activity_cover_set",
    "activity_invite",
    "activity_save",
    "attendance_tick",
    "feedback_give",
    "plan_save",
    "plans_tick",
    "segment_delete",
    "segment_is_used",
    "segment_save",
    "sign_up",
    "sign_up_withdraw",
    "visits_make",
]
