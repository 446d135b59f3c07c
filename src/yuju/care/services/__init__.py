from yuju.care.services.plans import plan_save
from yuju.care.services.segments import segment_save
from yuju.care.services.visits import plans_tick, visits_make

__all__ = ["plan_save", "plans_tick", "segment_save", "visits_make"]
