import django.contrib.postgres.constraints
import django.db.models.deletion
import django.utils.timezone
import yuju.kit.models
import yuju.kit.tenancy
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("identity", "0001_initial"),
        ("premises", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="MeteringPoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField(default=yuju.kit.tenancy.require_operator_id, editable=False)),
                (
                    "property",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="metering_points",
                        to="premises.property",
                        verbose_name="property",
                    ),
                ),
                (
                    "unit",
                    yuju.kit.models.WalledForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="metering_points",
                        to="premises.unit",
                        verbose_name="unit",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("water", "Water"), ("electricity", "Electricity"), ("gas", "Gas"), ("heat", "Heat")],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
            ],
            options={
                "verbose_name": "metering point",
                "verbose_name_plural": "metering points",
                "indexes": [
                    models.Index(fields=["operator_id", "unit"], name="metering_point_by_unit"),
                    models.Index(fields=["operator_id", "property", "kind"], name="metering_point_by_property"),
                ],
                "constraints": [models.UniqueConstraint(fields=("operator_id", "id"), name="metering_point_key")],
            },
        ),
        migrations.CreateModel(
            name="Meter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField(default=yuju.kit.tenancy.require_operator_id, editable=False)),
                (
                    "property",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="meters",
                        to="premises.property",
                        verbose_name="property",
                    ),
                ),
                ("serial", models.CharField(max_length=60, verbose_name="serial number")),
                (
                    "kind",
                    models.CharField(
                        choices=[("water", "Water"), ("electricity", "Electricity"), ("gas", "Gas"), ("heat", "Heat")],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                (
                    "multiplier",
                    models.DecimalField(decimal_places=4, default=1, max_digits=12, verbose_name="multiplier"),
                ),
                ("digits", models.PositiveSmallIntegerField(default=6, verbose_name="digits")),
            ],
            options={
                "verbose_name": "meter",
                "verbose_name_plural": "meters",
                "indexes": [
                    models.Index(fields=["operator_id", "property", "serial"], name="meter_by_serial"),
                    models.Index(fields=["operator_id", "serial"], name="meter_by_serial_of_all"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("operator_id", "property", "serial"), name="meter_serial_once"),
                    models.UniqueConstraint(fields=("operator_id", "id"), name="meter_key"),
                    models.CheckConstraint(condition=models.Q(("multiplier__gt", 0)), name="meter_multiplier_positive"),
                    models.CheckConstraint(
                        condition=models.Q(("digits__gte", 1), ("digits__lte", 12)), name="meter_digits_sensible"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Installation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField(default=yuju.kit.tenancy.require_operator_id, editable=False)),
                (
                    "meter",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="installations", to="metering.meter"
                    ),
                ),
                (
                    "point",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="installations",
                        to="metering.meteringpoint",
                    ),
                ),
                ("start", models.DateField(blank=True, null=True, verbose_name="installed on")),
                ("end", models.DateField(blank=True, null=True, verbose_name="removed on")),
            ],
            options={
                "verbose_name": "installation",
                "verbose_name_plural": "installations",
                "indexes": [
                    models.Index(fields=["operator_id", "meter"], name="installation_by_meter"),
                    models.Index(fields=["operator_id", "point", "start"], name="installation_by_point"),
                ],
                "constraints": [
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            (
                                models.Func(
                                    models.F("point_id"), models.F("point_id"), models.Value("[]"), function="int8range"
                                ),
                                "&&",
                            ),
                            (
                                models.Func(
                                    models.F("start"), models.F("end"), models.Value("[)"), function="daterange"
                                ),
                                "&&",
                            ),
                        ],
                        name="installation_point_one_meter",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        expressions=[
                            (
                                models.Func(
                                    models.F("meter_id"), models.F("meter_id"), models.Value("[]"), function="int8range"
                                ),
                                "&&",
                            ),
                            (
                                models.Func(
                                    models.F("start"), models.F("end"), models.Value("[)"), function="daterange"
                                ),
                                "&&",
                            ),
                        ],
                        name="installation_meter_one_place",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Reading",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField(default=yuju.kit.tenancy.require_operator_id, editable=False)),
                (
                    "property",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="readings",
                        to="premises.property",
                        verbose_name="property",
                    ),
                ),
                (
                    "meter",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="readings",
                        to="metering.meter",
                        verbose_name="meter",
                    ),
                ),
                ("date", models.DateField(verbose_name="date")),
                ("value", models.DecimalField(decimal_places=4, max_digits=18, verbose_name="reading")),
                ("is_rollover", models.BooleanField(default=False, verbose_name="rolled over")),
                ("is_void", models.BooleanField(default=False, editable=False)),
                (
                    "superseded_by",
                    yuju.kit.models.WalledForeignKey(
                        blank=True,
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="supersedes",
                        to="metering.reading",
                    ),
                ),
                ("reason", models.CharField(blank=True, default="", max_length=200, verbose_name="reason")),
                (
                    "source",
                    models.CharField(
                        choices=[("workbook", "Property workbook"), ("form", "Form"), ("sheet", "Reading sheet")],
                        max_length=10,
                        verbose_name="source",
                    ),
                ),
                (
                    "read_by",
                    yuju.kit.models.WalledForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="read by",
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                "verbose_name": "reading",
                "verbose_name_plural": "readings",
                "indexes": [
                    models.Index(fields=["operator_id", "property", "date", "meter"], name="reading_by_property"),
                    models.Index(fields=["operator_id", "date", "meter"], name="reading_by_date"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_void", False), ("superseded_by", None)),
                        fields=("operator_id", "meter", "date"),
                        name="reading_once_a_day",
                    ),
                    models.UniqueConstraint(fields=("operator_id", "id"), name="reading_key"),
                    models.CheckConstraint(condition=models.Q(("value__gte", 0)), name="reading_not_negative"),
                ],
            },
        ),
    ]
