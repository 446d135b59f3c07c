from yuju.residency.services.abandoned import (
    abandonment_close,
    abandonment_end,
    abandonment_notice_serve,
    abandonment_notice_withdraw,
    abandonment_open,
    abandonment_rule_set,
    abandonment_store,
    thing_outcome_note,
)
from yuju.residency.services.agreements import agreement_set
from yuju.residency.services.blacklist import blacklisting_lift, blacklisting_save
from yuju.residency.services.companies import invoice_title_of, invoice_title_save
from yuju.residency.services.deaths import death_record, death_withdraw, freeze_release
from yuju.residency.services.doors import door_closing_done, door_closing_failed, door_closings_ask
from yuju.residency.services.ends import end_answer_give, end_reminders_set
from yuju.residency.services.filings import (
    filing_rules_set,
    filings_add,
    filings_mark,
    filings_reopen,
    filings_set_aside,
    proof_keep,
)
from yuju.residency.services.heirs import heir_add, heir_withdraw
from yuju.residency.services.links import refuse_followed, tenure_link
from yuju.residency.services.many import residents_set_category, residents_tag_add, residents_tag_remove
from yuju.residency.services.move_out import (
    move_out_notice_give,
    move_out_notice_withdraw,
    turnover_begin,
    turnover_end,
)
from yuju.residency.services.occupants import occupant_add, occupant_change, occupant_remove, occupant_reveal
from yuju.residency.services.residents import resident_change, resident_create, reveal_personal_data
from yuju.residency.services.room_entries import (
    entry_photo_add,
    entry_thing_add,
    entry_thing_remove,
    room_entry_begin,
    room_entry_sign,
)
from yuju.residency.services.states import state_by_days, tenure_move
from yuju.residency.services.tags import resident_tags_set, tag_change, tag_create
from yuju.residency.services.tenures import lease_create, ownership_create, tenure_change, tenure_term_set

__all__ = [
    "abandonment_close",
    "abandonment_end",
    "abandonment_notice_serve",
    "abandonment_notice_withdraw",
    "abandonment_open",
    "abandonment_rule_set",
    "abandonment_store",
    "agreement_set",
    "blacklisting_lift",
    "blacklisting_save",
    "death_record",
    "death_withdraw",
    "door_closing_done",
    "door_closing_failed",
    "door_closings_ask",
    "end_answer_give",
    "end_reminders_set",
    "entry_photo_add",
    "entry_thing_add",
    "entry_thing_remove",
    "filing_rules_set",
    "filings_add",
    "filings_mark",
    "filings_reopen",
    "filings_set_aside",
    "freeze_release",
    "heir_add",
    "heir_withdraw",
    "invoice_title_of",
    "invoice_title_save",
    "lease_create",
    "move_out_notice_give",
    "move_out_notice_withdraw",
    "occupant_add",
    "occupant_change",
    "occupant_remove",
    "occupant_reveal",
    "ownership_create",
    "proof_keep",
    "refuse_followed",
    "resident_change",
    "resident_create",
    "resident_tags_set",
    "residents_set_category",
    "residents_tag_add",
    "residents_tag_remove",
    "reveal_personal_data",
    "room_entry_begin",
    "room_entry_sign",
    "state_by_days",
    "tag_change",
    "tag_create",
    "tenure_change",
    "tenure_link",
    "tenure_move",
    "tenure_term_set",
    "thing_outcome_note",
    "turnover_begin",
    "turnover_end",
]
