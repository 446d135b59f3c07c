import datetime
import django.contrib.postgres.constraints
import django.db.models.deletion
import django.utils.timezone
import yuju.kit.fields
import yuju.kit.models
import yuju.kit.tenancy
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("premises", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Tag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField(default=yuju.kit.tenancy.require_operator_id, editable=False)),
                ("name", models.CharField(max_length=30, verbose_name="name")),
                (
                    "tone",
                    models.CharField(
                        choices=[
                            ("mute", "Plain"),
                            ("vio", "Care need"),
                            ("brand", "Attribute"),
                            ("warn", "Watch"),
                            ("bad", "Risk"),
                        ],
                        default="mute",
                        max_length=10,
                        verbose_name="shown as",
                    ),
                ),
            ],
            options={
                "verbose_name": "tag",
                "verbose_name_plural": "tags",
                "constraints": [
                    models.UniqueConstraint(fields=("operator_id", "name"), name="tag_name_once"),
                    models.UniqueConstraint(fields=("operator_id", "id"), name="tag_key"),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Resident",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField(default=yuju.kit.tenancy.require_operator_id, editable=False)),
                (
                    "property",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="residents",
                        to="premises.property",
                        verbose_name="property",
                    ),
                ),
                ("ref", models.CharField(max_length=40, verbose_name="number")),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("name_sort", models.CharField(default="", editable=False, max_length=160)),
                ("phone", yuju.kit.fields.EncryptedTextField(blank=True, default="", verbose_name="phone")),
                (
                    "id_type",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("id_card", "ID card"),
                            ("passport", "Passport"),
                            ("hmt_permit", "HK/Macao/Taiwan permit"),
                        ],
                        default="",
                        max_length=12,
                        verbose_name="ID type",
                    ),
                ),
                ("id_number", yuju.kit.fields.EncryptedTextField(blank=True, default="", verbose_name="ID number")),
                ("id_number_hash", models.CharField(blank=True, default="", editable=False, max_length=64)),
                (
                    "category",
                    models.CharField(
                        choices=[("long_term", "Long-term"), ("short_term", "Short-term"), ("owner", "Owner")],
                        default="long_term",
                        max_length=12,
                        verbose_name="category",
                    ),
                ),
                (
                    "emergency_name",
                    models.CharField(blank=True, default="", max_length=60, verbose_name="emergency contact"),
                ),
                (
                    "emergency_phone",
                    yuju.kit.fields.EncryptedTextField(blank=True, default="", verbose_name="emergency phone"),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                "verbose_name": "resident",
                "verbose_name_plural": "residents",
                "indexes": [
                    models.Index(fields=["operator_id", "property", "name_sort"], name="resident_by_property"),
                    models.Index(fields=["operator_id", "name_sort"], name="resident_by_name"),
                    models.Index(fields=["operator_id", "id_number_hash"], name="resident_by_id_number"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("operator_id", "property", "ref"), name="resident_ref_once"),
                    models.UniqueConstraint(fields=("operator_id", "id"), name="resident_key"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ResidentTag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField(default=yuju.kit.tenancy.require_operator_id, editable=False)),
                (
                    "resident",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="resident_tags",
                        to="residency.resident",
                    ),
                ),
                (
                    "tag",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="resident_tags", to="residency.tag"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["operator_id", "tag", "resident"], name="resident_tag_by_tag")],
                "constraints": [
                    models.UniqueConstraint(fields=("operator_id", "resident", "tag"), name="resident_tag_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="Tenure",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField(default=yuju.kit.tenancy.require_operator_id, editable=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[("lease", "Lease"), ("ownership", "Ownership")],
                        editable=False,
                        max_length=10,
                        verbose_name="kind",
                    ),
                ),
                (
                    "property",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tenures",
                        to="premises.property",
                        verbose_name="property",
                    ),
                ),
                (
                    "unit",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tenures",
                        to="premises.unit",
                        verbose_name="unit",
                    ),
                ),
                (
                    "resident",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tenures",
                        to="residency.resident",
                        verbose_name="resident",
                    ),
                ),
                ("number", models.CharField(max_length=60, verbose_name="number")),
                (
                    "category",
                    models.CharField(
                        choices=[("long_term", "Long-term"), ("short_term", "Short-term"), ("owner", "Owner")],
                        max_length=12,
                        verbose_name="category",
                    ),
                ),
                ("start", models.DateField(verbose_name="start")),
                ("end", models.DateField(blank=True, null=True, verbose_name="end")),
                (
                    "deposit",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=14, null=True, verbose_name="deposit agreed"
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                "verbose_name": "tenure",
                "verbose_name_plural": "tenures",
                "indexes": [
                    models.Index(fields=["operator_id", "unit", "start"], name="tenure_by_unit"),
                    models.Index(
                        fields=["operator_id", "resident", "-start"],
                        include=("end", "property"),
                        name="tenure_by_resident",
                    ),
                    models.Index(fields=["operator_id", "property", "kind", "end"], name="tenure_by_end"),
                    models.Index(fields=["operator_id", "kind", "end"], name="tenure_by_kind_and_end"),
                    models.Index(fields=["operator_id", "property", "number"], name="tenure_by_number"),
                    models.Index(fields=["operator_id", "number"], name="tenure_by_number_of_all"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("operator_id", "property", "number"), name="tenure_number_once"),
                    models.UniqueConstraint(fields=("operator_id", "id"), name="tenure_key"),
                    models.CheckConstraint(
                        condition=models.Q(("end", None), ("end__gte", models.F("start")), _connector="OR"),
                        name="tenure_ends_after_start",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("kind", "lease")),
                        expressions=[
                            (
                                models.Func(
                                    models.F("unit_id"), models.F("unit_id"), models.Value("[]"), function="int8range"
                                ),
                                "&&",
                            ),
                            (
                                models.Func(
                                    models.F("start"), models.F("end"), models.Value("[]"), function="daterange"
                                ),
                                "&&",
                            ),
                        ],
                        name="lease_unit_once_a_day",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("kind", "ownership")),
                        expressions=[
                            (
                                models.Func(
                                    models.F("unit_id"), models.F("unit_id"), models.Value("[]"), function="int8range"
                                ),
                                "&&",
                            ),
                            (
                                models.Func(
                                    models.F("start"), models.F("end"), models.Value("[]"), function="daterange"
                                ),
                                "&&",
                            ),
                        ],
                        name="ownership_unit_once_a_day",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Lease",
            fields=[],
            options={
                "verbose_name": "lease",
                "verbose_name_plural": "leases",
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("residency.tenure",),
        ),
        migrations.CreateModel(
            name="Ownership",
            fields=[],
            options={
                "verbose_name": "ownership",
                "verbose_name_plural": "ownerships",
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("residency.tenure",),
        ),
        migrations.CreateModel(
            name="TenureTerm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField(default=yuju.kit.tenancy.require_operator_id, editable=False)),
                (
                    "tenure",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="terms", to="residency.tenure"
                    ),
                ),
                ("valid_from", models.DateField(default=datetime.date(1900, 1, 1), verbose_name="valid from")),
                (
                    "rent",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=14, null=True, verbose_name="monthly rent (yuan)"
                    ),
                ),
                ("occupants", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="occupants")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("operator_id", "tenure", "valid_from"), name="tenure_term_once_a_day"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("rent", None), ("rent__gte", 0), _connector="OR"),
                        name="tenure_rent_not_negative",
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Occupant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField(default=yuju.kit.tenancy.require_operator_id, editable=False)),
                (
                    "tenure",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="occupant_people",
                        to="residency.tenure",
                    ),
                ),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("relation", models.CharField(blank=True, default="", max_length=30, verbose_name="relation")),
                ("phone", yuju.kit.fields.EncryptedTextField(blank=True, default="", verbose_name="phone")),
                ("since", models.DateField(blank=True, null=True, verbose_name="since")),
                ("until", models.DateField(blank=True, null=True, verbose_name="until")),
            ],
            options={
                "verbose_name": "occupant",
                "verbose_name_plural": "occupants",
                "indexes": [models.Index(fields=["operator_id", "tenure"], name="occupant_by_tenure")],
                "constraints": [],
            },
        ),
        migrations.AddField(
            model_name="Resident",
            name="tags",
            field=models.ManyToManyField(
                related_name="residents", through="residency.ResidentTag", to="residency.tag", verbose_name="tags"
            ),
        ),
    ]
