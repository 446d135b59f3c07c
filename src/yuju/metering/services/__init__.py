from yuju.metering.services.meters import meter_change, meter_create, meter_replace
from yuju.metering.services.readings import reading_record, reading_supersede

__all__ = ["meter_change", "meter_create", "meter_replace", "reading_record", "reading_supersede"]
