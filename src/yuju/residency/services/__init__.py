from yuju.residency.services.many import residents_set_category, residents_tag_add, residents_tag_remove
from yuju.residency.services.occupants import occupant_add, occupant_remove
from yuju.residency.services.residents import resident_change, resident_create, reveal_personal_data
from yuju.residency.services.tags import resident_tags_set, tag_change, tag_create
from yuju.residency.services.tenures import lease_create, ownership_create, tenure_change, tenure_term_set

__all__ = [
    "lease_create",
    "occupant_add",
    "occupant_remove",
    "ownership_create",
    "resident_change",
    "resident_create",
    "resident_tags_set",
    "residents_set_category",
    "residents_tag_add",
    "residents_tag_remove",
    "reveal_personal_data",
    "tag_change",
    "tag_create",
    "tenure_change",
    "tenure_term_set",
]
