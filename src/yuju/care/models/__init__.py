"""Who is cared for and how: segments of residents, and the plans that hold for them."""

from yuju.care.models.plans import CarePlan
from yuju.care.models.segments import Segment

__all__ = ["CarePlan", "Segment"]
