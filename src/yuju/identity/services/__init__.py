from yuju.identity.services.audit import audit_record
from yuju.identity.services.drafts import draft_drop, draft_keep, drafts_forget
from yuju.identity.services.history import edits, history_forget
from yuju.identity.services.lists import (
    list_columns_keep,
    list_density_keep,
    may_change_view,
    saved_view_change,
    saved_view_create,
    saved_view_delete,
    saved_view_move,
)
from yuju.identity.services.recent import opened_by, opened_remember
from yuju.identity.services.roles import role_create, role_rename, role_restore, role_retire, roles_change
from yuju.identity.services.session import session_close, session_open, sessions_end
from yuju.identity.services.sign_in import password_confirm, sign_in
from yuju.identity.services.users import (
    user_change,
    user_change_password,
    user_create,
    user_rename,
    user_set_password,
)

__all__ = [
    "audit_record",
    "draft_drop",
    "draft_keep",
    "drafts_forget",
    "edits",
    "history_forget",
    "list_columns_keep",
    "list_density_keep",
    "may_change_view",
    "opened_by",
    "opened_remember",
    "password_confirm",
    "role_create",
    "role_rename",
    "role_restore",
    "role_retire",
    "roles_change",
    "saved_view_change",
    "saved_view_create",
    "saved_view_delete",
    "saved_view_move",
    "session_close",
    "session_open",
    "sessions_end",
    "sign_in",
    "user_change",
    "user_change_password",
    "user_create",
    "user_rename",
    "user_set_password",
]
