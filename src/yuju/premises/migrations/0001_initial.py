import datetime
import django.db.models.deletion
import django.utils.timezone
import yuju.kit.models
import yuju.kit.tenancy
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="Property",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField(default=yuju.kit.tenancy.require_operator_id, editable=False)),
                ("code", models.CharField(max_length=40, verbose_name="code")),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                ("address", models.CharField(blank=True, default="", max_length=200, verbose_name="address")),
                ("phone", models.CharField(blank=True, default="", max_length=40, verbose_name="phone")),
                ("time_zone", models.CharField(default="Asia/Shanghai", max_length=40, verbose_name="time zone")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                "verbose_name": "property",
                "verbose_name_plural": "properties",
                "constraints": [
                    models.UniqueConstraint(fields=("operator_id", "code"), name="property_code_once"),
                    models.UniqueConstraint(fields=("operator_id", "id"), name="property_key"),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Building",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField(default=yuju.kit.tenancy.require_operator_id, editable=False)),
                (
                    "property",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="buildings",
                        to="premises.property",
                        verbose_name="property",
                    ),
                ),
                ("code", models.CharField(max_length=40, verbose_name="building")),
                ("name", models.CharField(blank=True, default="", max_length=100, verbose_name="name")),
                ("floors", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="floors")),
                ("sort_key", models.CharField(default="", editable=False, max_length=80)),
            ],
            options={
                "verbose_name": "building",
                "verbose_name_plural": "buildings",
                "constraints": [
                    models.UniqueConstraint(fields=("operator_id", "property", "code"), name="building_code_once"),
                    models.UniqueConstraint(fields=("operator_id", "id"), name="building_key"),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Unit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField(default=yuju.kit.tenancy.require_operator_id, editable=False)),
                (
                    "property",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="units",
                        to="premises.property",
                        verbose_name="property",
                    ),
                ),
                (
                    "building",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="units",
                        to="premises.building",
                        verbose_name="building",
                    ),
                ),
                ("entrance", models.CharField(blank=True, default="", max_length=20, verbose_name="entrance")),
                ("number", models.CharField(max_length=40, verbose_name="unit number")),
                ("layout", models.CharField(blank=True, default="", max_length=40, verbose_name="layout")),
                ("floor", models.SmallIntegerField(blank=True, null=True, verbose_name="floor")),
                (
                    "area",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=10, null=True, verbose_name="chargeable area (m²)"
                    ),
                ),
                ("label", models.CharField(default="", editable=False, max_length=120)),
                ("sort_key", models.CharField(default="", editable=False, max_length=160)),
            ],
            options={
                "verbose_name": "unit",
                "verbose_name_plural": "units",
                "indexes": [
                    models.Index(fields=["operator_id", "property", "sort_key"], name="unit_by_property"),
                    models.Index(fields=["operator_id", "sort_key"], name="unit_by_sort_key"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("operator_id", "building", "entrance", "number"), name="unit_number_once"
                    ),
                    models.UniqueConstraint(fields=("operator_id", "id"), name="unit_key"),
                    models.CheckConstraint(condition=models.Q(("area__gte", 0)), name="unit_area_not_negative"),
                ],
            },
        ),
        migrations.CreateModel(
            name="UnitFact",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField(default=yuju.kit.tenancy.require_operator_id, editable=False)),
                (
                    "unit",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="facts", to="premises.unit"
                    ),
                ),
                ("valid_from", models.DateField(default=datetime.date(1900, 1, 1), verbose_name="valid from")),
                (
                    "area",
                    models.DecimalField(
                        blank=True, decimal_places=2, max_digits=10, null=True, verbose_name="chargeable area (m²)"
                    ),
                ),
                ("floor", models.SmallIntegerField(blank=True, null=True, verbose_name="floor")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("operator_id", "unit", "valid_from"), name="unit_fact_once_a_day")
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="ParkingSpace",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField(default=yuju.kit.tenancy.require_operator_id, editable=False)),
                (
                    "property",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="spaces",
                        to="premises.property",
                        verbose_name="property",
                    ),
                ),
                ("code", models.CharField(max_length=40, verbose_name="parking space")),
                ("location", models.CharField(blank=True, default="", max_length=100, verbose_name="location")),
                ("sort_key", models.CharField(default="", editable=False, max_length=80)),
            ],
            options={
                "verbose_name": "parking space",
                "verbose_name_plural": "parking spaces",
                "indexes": [models.Index(fields=["operator_id", "property", "sort_key"], name="space_by_property")],
                "constraints": [
                    models.UniqueConstraint(fields=("operator_id", "property", "code"), name="space_code_once"),
                    models.UniqueConstraint(fields=("operator_id", "id"), name="space_key"),
                ],
            },
        ),
    ]
