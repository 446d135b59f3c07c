"""The addresses of the field face, all under /field/."""

from __future__ import annotations

from django.urls import path

from yuju.field.pages import activities, app, doing, entering, handover, me, needs, tasks

app_name = "field"
urlpatterns = [
    path("", tasks.home_page, name="home"),
    path("take", tasks.take_page, name="to-take"),
    path("done", tasks.done_page, name="done"),
    path("tasks/<int:pk>", tasks.task_page, name="task"),
    path("tasks/<int:pk>/take", doing.take, name="task-take"),
    path("tasks/<int:pk>/start", doing.start, name="task-start"),
    path("tasks/<int:pk>/hold", doing.hold, name="task-hold"),
    path("tasks/<int:pk>/finish", doing.finish, name="task-finish"),
    path("tasks/<int:pk>/comment", doing.comment, name="task-comment"),
    path("tasks/<int:pk>/photo", doing.photo, name="task-photo"),
    path("tasks/<int:pk>/steps/<int:step>/tick", doing.tick, name="step-tick"),
    path("tasks/<int:pk>/steps/<int:step>/photo", doing.photo, name="step-photo"),
    path("tasks/<int:pk>/phone", tasks.phone_page, name="task-phone"),
    path("tasks/<int:pk>/handover", handover.handover_page, name="handover"),
    path("tasks/<int:pk>/handover/begin", handover.begin, name="handover-begin"),
    path("tasks/<int:pk>/handover/add", handover.item_add, name="handover-item-add"),
    path("tasks/<int:pk>/handover/items/<int:item>/condition", handover.item_set, name="handover-item-set"),
    path("tasks/<int:pk>/handover/items/<int:item>/note", handover.item_note, name="handover-item-note"),
    path("tasks/<int:pk>/handover/items/<int:item>/photo", handover.item_photo, name="handover-item-photo"),
    path("tasks/<int:pk>/handover/keys/add", handover.key_add, name="handover-key-add"),
    path("tasks/<int:pk>/handover/keys/<int:key>/count", handover.key_count, name="handover-key-count"),
    path("tasks/<int:pk>/handover/keys/<int:key>/remove", handover.key_remove, name="handover-key-remove"),
    path("tasks/<int:pk>/handover/meters/<int:meter>", handover.meter_read, name="handover-meter-read"),
    path("tasks/<int:pk>/handover/sign", handover.sign, name="handover-sign"),
    path("tasks/<int:pk>/handover/pdf", handover.handover_pdf_page, name="handover-pdf"),
    path("tasks/<int:pk>/entry", entering.entry_page, name="entry"),
    path("tasks/<int:pk>/entry/begin", entering.begin, name="entry-begin"),
    path("tasks/<int:pk>/entry/add", entering.thing_add, name="entry-thing-add"),
    path("tasks/<int:pk>/entry/things/<int:thing>/photo", entering.thing_photo, name="entry-thing-photo"),
    path("tasks/<int:pk>/entry/things/<int:thing>/remove", entering.thing_remove, name="entry-thing-remove"),
    path("tasks/<int:pk>/entry/sign", entering.sign, name="entry-sign"),
    path("entry-photos/<int:pk>", entering.photo_file, name="entry-photo"),
    path("entry-photos/<int:pk>/small", entering.photo_file, {"small": True}, name="entry-photo-small"),
    path("handover-photos/<int:pk>", handover.photo_file, name="handover-photo"),
    path("handover-photos/<int:pk>/small", handover.photo_file, {"small": True}, name="handover-photo-small"),
    path("photos/<int:pk>", tasks.photo_file, name="photo"),
    path("photos/<int:pk>/small", tasks.photo_file, {"small": True}, name="photo-small"),
    path("activities/<int:pk>", activities.activity_page, name="activity"),
    path("activities/<int:pk>/people/<int:person>/came", activities.came, name="activity-came"),
    path("needs", needs.needs_page, name="needs"),
    path("me", me.me_page, name="me"),
    path("manifest.webmanifest", app.manifest_page, name="manifest"),
    path("sw.js", app.worker_page, name="worker"),
    path("offline", app.offline_page, name="offline"),
]
