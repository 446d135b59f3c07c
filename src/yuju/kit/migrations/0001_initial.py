import django.contrib.postgres.indexes
import django.contrib.postgres.search
import yuju.kit.tenancy
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="SearchKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField(default=yuju.kit.tenancy.require_operator_id, editable=False)),
                ("property_id", models.BigIntegerField(null=True)),
                ("kind", models.CharField(max_length=24)),
                ("object_id", models.BigIntegerField()),
                ("title", models.TextField()),
                ("subtitle", models.TextField(default="")),
                ("keys", django.contrib.postgres.search.SearchVectorField()),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(fastupdate=False, fields=["keys"], name="search_key_keys")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("operator_id", "kind", "object_id"), name="search_key_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="NumberSeries",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField(default=yuju.kit.tenancy.require_operator_id, editable=False)),
                ("property_id", models.BigIntegerField(null=True)),
                ("series", models.CharField(max_length=40)),
                ("period", models.CharField(default="", max_length=10)),
                ("last", models.BigIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("operator_id", "series", "property_id", "period"),
                        name="number_series_once",
                        nulls_distinct=False,
                    )
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="JobProgress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField(default=yuju.kit.tenancy.require_operator_id, editable=False)),
                ("kind", models.CharField(max_length=60)),
                ("title", models.CharField(max_length=200)),
                (
                    "state",
                    models.CharField(
                        choices=[("queued", "waiting"), ("running", "running"), ("done", "done"), ("failed", "failed")],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("done", models.BigIntegerField(default=0)),
                ("total", models.BigIntegerField(null=True)),
                ("message", models.TextField(default="")),
                ("result", models.JSONField(null=True)),
                ("user_id", models.BigIntegerField(null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("started_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["operator_id", "kind", "-id"], name="job_progress_by_kind")],
                "constraints": [models.UniqueConstraint(fields=("operator_id", "id"), name="job_progress_key")],
            },
        ),
    ]
