"""The addresses of the field face, all under /field/."""

from __future__ import annotations

from django.urls import path

from yuju.field.pages import app, doing, me, tasks

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
    path("photos/<int:pk>", tasks.photo_file, name="photo"),
    path("photos/<int:pk>/small", tasks.photo_file, {"small": True}, name="photo-small"),
    path("me", me.me_page, name="me"),
    path("manifest.webmanifest", app.manifest_page, name="manifest"),
    path("sw.js", app.worker_page, name="worker"),
    path("offline", app.offline_page, name="offline"),
]
