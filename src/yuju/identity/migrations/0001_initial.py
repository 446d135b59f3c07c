import django.db.models.deletion
import django.utils.timezone
import yuju.kit.models
import yuju.kit.tenancy
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Operator",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("code", models.SlugField(max_length=40, unique=True, verbose_name="code")),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("host", models.CharField(blank=True, default="", max_length=200, verbose_name="host name")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                "verbose_name": "operator",
                "verbose_name_plural": "operators",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("host", ""), _negated=True), fields=("host",), name="operator_host_once"
                    )
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("operator_id", models.BigIntegerField(default=yuju.kit.tenancy.require_operator_id, editable=False)),
                ("username", models.CharField(max_length=60, verbose_name="user name")),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("language", models.CharField(blank=True, default="", max_length=10, verbose_name="language")),
                ("is_active", models.BooleanField(default=True, verbose_name="may sign in")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                "verbose_name": "user",
                "verbose_name_plural": "users",
                "constraints": [
                    models.UniqueConstraint(fields=("operator_id", "username"), name="username_once"),
                    models.UniqueConstraint(fields=("operator_id", "id"), name="user_key"),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Posting",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField(default=yuju.kit.tenancy.require_operator_id, editable=False)),
                (
                    "user",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="postings",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("manager", "Manager"),
                            ("front_desk", "Front desk"),
                            ("cashier", "Cashier"),
                            ("accountant", "Accountant"),
                            ("engineer", "Engineer"),
                            ("cleaner", "Cleaner"),
                            ("guard", "Guard"),
                            ("auditor", "Auditor"),
                        ],
                        max_length=20,
                        verbose_name="role",
                    ),
                ),
                ("property_id", models.BigIntegerField(blank=True, null=True, verbose_name="property")),
            ],
            options={
                "verbose_name": "posting",
                "verbose_name_plural": "postings",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("operator_id", "user", "role", "property_id"), name="posting_once", nulls_distinct=False
                    )
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="SignInAttempt",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField(default=yuju.kit.tenancy.require_operator_id, editable=False)),
                ("key_hash", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["operator_id", "key_hash", "at"], name="sign_in_attempt_by_key")],
                "constraints": [],
            },
        ),
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField(default=yuju.kit.tenancy.require_operator_id, editable=False)),
                ("at", models.DateTimeField(verbose_name="time")),
                (
                    "user",
                    yuju.kit.models.WalledForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("signed_in", "Signed in"),
                            ("sign_in_refused", "Sign-in refused"),
                            ("signed_out", "Signed out"),
                            ("revealed", "Personal data shown"),
                            ("exported", "Exported"),
                            ("imported", "Imported"),
                            ("created", "Created"),
                            ("changed", "Changed"),
                            ("decided", "Decided"),
                        ],
                        max_length=20,
                        verbose_name="action",
                    ),
                ),
                ("object_kind", models.CharField(blank=True, default="", max_length=40, verbose_name="object")),
                ("object_id", models.BigIntegerField(null=True)),
                ("property_id", models.BigIntegerField(null=True)),
                ("detail", models.JSONField(default=dict, verbose_name="detail")),
            ],
            options={
                "verbose_name": "audit entry",
                "verbose_name_plural": "audit entries",
                "indexes": [
                    models.Index(fields=["operator_id", "-at"], name="audit_by_time"),
                    models.Index(fields=["operator_id", "object_kind", "object_id"], name="audit_by_object"),
                ],
                "constraints": [],
            },
        ),
    ]
