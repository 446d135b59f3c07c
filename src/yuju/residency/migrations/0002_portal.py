import django.db.models.deletion
import yuju.kit.models
import yuju.kit.tenancy
from django.db import migrations, models

from yuju.kit.tenancy import operator_context
from yuju.residency.phones import phone_hash

BATCH = 2000


def hash_phones(apps, schema_editor):
    """Residents on file from before get the hash of their telephone number; runs as the tables' owner."""
    alias = schema_editor.connection.alias
    residents = apps.get_model("residency", "Resident").objects.using(alias)
    for operator_id in apps.get_model("identity", "Operator").objects.using(alias).values_list("pk", flat=True):
        with operator_context(operator_id):
            last = 0
            while rows := list(residents.filter(operator_id=operator_id, pk__gt=last).order_by("pk")[:BATCH]):
                for row in rows:
                    row.phone_hash = phone_hash(row.phone)
                residents.bulk_update(rows, ["phone_hash"])
                last = rows[-1].pk


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0001_initial"),
        ("premises", "0001_initial"),
        ("residency", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="PortalCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField(default=yuju.kit.tenancy.require_operator_id, editable=False)),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("sign_in", "Sign-in code"),
                            ("slip", "Slip from the desk"),
                            ("phone", "New phone number"),
                        ],
                        max_length=10,
                    ),
                ),
                ("phone_hash", models.CharField(max_length=64)),
                ("bearer_hash", models.CharField(blank=True, default="", max_length=64)),
                ("code_hash", models.CharField(max_length=64)),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("used_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "portal code",
                "verbose_name_plural": "portal codes",
            },
        ),
        migrations.AddField(
            model_name="resident",
            name="phone_hash",
            field=models.CharField(blank=True, default="", editable=False, max_length=64),
        ),
        migrations.AddIndex(
            model_name="resident",
            index=models.Index(fields=["operator_id", "phone_hash"], name="resident_by_phone"),
        ),
        migrations.AddField(
            model_name="portalcode",
            name="made_by",
            field=yuju.kit.models.WalledForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="identity.user"
            ),
        ),
        migrations.AddIndex(
            model_name="portalcode",
            index=models.Index(fields=["operator_id", "phone_hash", "expires_at"], name="portal_code_by_phone"),
        ),
        migrations.AddIndex(
            model_name="portalcode",
            index=models.Index(fields=["operator_id", "expires_at"], name="portal_code_by_end"),
        ),
        migrations.RunPython(hash_phones, migrations.RunPython.noop),
    ]
