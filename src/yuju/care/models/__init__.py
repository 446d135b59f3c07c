"""Who is cared for and how: segments of residents, the plans that hold for them, and activities with them."""

from yuju.care.models.activities import Activity, SignUp
from yuju.care.models.plans import CarePlan
from yuju.care.models.segments import Segment

__all__ = ["Activity", "CarePlan", "Segment", "SignUp"]
