import django.db.models.deletion
import yuju.kit.models
import yuju.kit.tenancy
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("identity", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField(default=yuju.kit.tenancy.require_operator_id, editable=False)),
                (
                    "recipient",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notices",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="recipient",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="time")),
                ("title", models.CharField(max_length=120, verbose_name="title")),
                ("body", models.CharField(blank=True, default="", max_length=500, verbose_name="text")),
                ("link", models.CharField(blank=True, default="", max_length=200)),
                ("read_at", models.DateTimeField(blank=True, null=True, verbose_name="read at")),
            ],
            options={
                "verbose_name": "notice",
                "verbose_name_plural": "notices",
                "indexes": [
                    models.Index(fields=["operator_id", "recipient", "-at"], name="notice_by_recipient"),
                    models.Index(
                        condition=models.Q(("read_at", None)), fields=["operator_id", "recipient"], name="notice_unread"
                    ),
                ],
                "constraints": [],
            },
        ),
    ]
