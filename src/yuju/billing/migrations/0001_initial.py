import django.contrib.postgres.constraints
import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
import yuju.kit.models
import yuju.kit.tenancy
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("identity", "0001_initial"),
        ("metering", "0001_initial"),
        ("premises", "0001_initial"),
        ("residency", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="FeeItem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField(default=yuju.kit.tenancy.require_operator_id, editable=False)),
                (
                    "category",
                    models.CharField(
                        choices=[
                            ("rent", "Rent"),
                            ("property", "Property fee"),
                            ("water", "Water"),
                            ("electricity", "Electricity"),
                            ("gas", "Gas"),
                            ("parking", "Parking"),
                            ("network", "Network"),
                            ("other", "Other"),
                        ],
                        max_length=12,
                        verbose_name="category",
                    ),
                ),
                ("name", models.CharField(max_length=40, verbose_name="name")),
                ("tax_rate", models.DecimalField(decimal_places=4, default=0, max_digits=5, verbose_name="tax rate")),
                (
                    "revenue_account",
                    models.CharField(blank=True, default="", max_length=40, verbose_name="revenue account"),
                ),
                ("priority", models.PositiveSmallIntegerField(default=50, verbose_name="allocation priority")),
            ],
            options={
                "verbose_name": "fee item",
                "verbose_name_plural": "fee items",
                "constraints": [
                    models.UniqueConstraint(fields=("operator_id", "name"), name="fee_item_name_once"),
                    models.UniqueConstraint(fields=("operator_id", "id"), name="fee_item_key"),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Tariff",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField(default=yuju.kit.tenancy.require_operator_id, editable=False)),
                (
                    "property",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tariffs",
                        to="premises.property",
                        verbose_name="property",
                    ),
                ),
                ("code", models.CharField(max_length=40, verbose_name="code")),
                ("name", models.CharField(max_length=100, verbose_name="name")),
                (
                    "fee_item",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tariffs",
                        to="billing.feeitem",
                        verbose_name="fee item",
                    ),
                ),
                (
                    "basis",
                    models.CharField(
                        choices=[
                            ("flat", "Flat"),
                            ("area", "By area"),
                            ("headcount", "By headcount"),
                            ("metered", "Metered"),
                            ("formula", "Formula"),
                        ],
                        max_length=10,
                        verbose_name="basis",
                    ),
                ),
                (
                    "tier_scope",
                    models.CharField(
                        choices=[("period", "Each reading interval"), ("year", "Calendar year")],
                        default="period",
                        max_length=8,
                        verbose_name="tiers count",
                    ),
                ),
                ("cycle_months", models.PositiveSmallIntegerField(default=1, verbose_name="cycle (months)")),
                (
                    "anchor",
                    models.CharField(
                        choices=[("calendar", "Calendar months"), ("lease", "Start of the charge")],
                        default="calendar",
                        max_length=8,
                        verbose_name="periods begin with",
                    ),
                ),
                (
                    "timing",
                    models.CharField(
                        choices=[("advance", "In advance"), ("arrears", "In arrears")],
                        default="advance",
                        max_length=8,
                        verbose_name="timing",
                    ),
                ),
                ("lead_days", models.PositiveSmallIntegerField(default=0, verbose_name="days ahead")),
                ("due_days", models.PositiveSmallIntegerField(default=0, verbose_name="days to pay")),
                (
                    "proration",
                    models.CharField(
                        choices=[("actual", "By actual days"), ("thirty", "By 30 days"), ("none", "Whole months")],
                        default="actual",
                        max_length=8,
                        verbose_name="proration",
                    ),
                ),
                (
                    "rounding",
                    models.CharField(
                        choices=[("fen", "Fen (0.01)"), ("jiao", "Jiao (0.1)"), ("yuan", "Yuan (1)")],
                        default="fen",
                        max_length=5,
                        verbose_name="rounding",
                    ),
                ),
                (
                    "late_rate",
                    models.DecimalField(
                        blank=True, decimal_places=8, max_digits=9, null=True, verbose_name="late fee a day"
                    ),
                ),
                ("late_grace", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="days of grace")),
                (
                    "late_cap",
                    models.DecimalField(
                        blank=True, decimal_places=4, max_digits=7, null=True, verbose_name="late fee at most"
                    ),
                ),
            ],
            options={
                "verbose_name": "tariff",
                "verbose_name_plural": "tariffs",
                "constraints": [
                    models.UniqueConstraint(fields=("operator_id", "property", "code"), name="tariff_code_once"),
                    models.UniqueConstraint(fields=("operator_id", "id"), name="tariff_key"),
                    models.CheckConstraint(
                        condition=models.Q(("cycle_months__in", [1, 2, 3, 6, 12])), name="tariff_cycle_known"
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="TariffVersion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField(default=yuju.kit.tenancy.require_operator_id, editable=False)),
                (
                    "tariff",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="versions", to="billing.tariff"
                    ),
                ),
                ("valid_from", models.DateField(verbose_name="valid from")),
                (
                    "rate",
                    models.DecimalField(blank=True, decimal_places=6, max_digits=16, null=True, verbose_name="price"),
                ),
                ("tiers", models.CharField(blank=True, default="", max_length=500, verbose_name="tiers")),
                ("formula", models.CharField(blank=True, default="", max_length=200, verbose_name="formula")),
            ],
            options={
                "verbose_name": "tariff version",
                "verbose_name_plural": "tariff versions",
                "ordering": ["valid_from"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("operator_id", "tariff", "valid_from"), name="tariff_version_once_a_day"
                    )
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="BillingAccount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField(default=yuju.kit.tenancy.require_operator_id, editable=False)),
                (
                    "property",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="accounts",
                        to="premises.property",
                        verbose_name="property",
                    ),
                ),
                (
                    "tenure",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="accounts",
                        to="residency.tenure",
                        verbose_name="lease or ownership",
                    ),
                ),
                ("uses_credit", models.BooleanField(default=True, verbose_name="credit pays new bills")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                "verbose_name": "billing account",
                "verbose_name_plural": "billing accounts",
                "indexes": [models.Index(fields=["operator_id", "property"], name="account_by_property")],
                "constraints": [
                    models.UniqueConstraint(fields=("operator_id", "tenure"), name="account_once_a_tenure"),
                    models.UniqueConstraint(fields=("operator_id", "id"), name="account_key"),
                ],
            },
        ),
        migrations.CreateModel(
            name="RecurringCharge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField(default=yuju.kit.tenancy.require_operator_id, editable=False)),
                (
                    "property",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recurring_charges",
                        to="premises.property",
                        verbose_name="property",
                    ),
                ),
                (
                    "account",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recurring_charges",
                        to="billing.billingaccount",
                        verbose_name="billing account",
                    ),
                ),
                (
                    "tariff",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recurring_charges",
                        to="billing.tariff",
                        verbose_name="tariff",
                    ),
                ),
                (
                    "unit",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recurring_charges",
                        to="premises.unit",
                        verbose_name="unit",
                    ),
                ),
                (
                    "point",
                    yuju.kit.models.WalledForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recurring_charges",
                        to="metering.meteringpoint",
                        verbose_name="metering point",
                    ),
                ),
                (
                    "space",
                    yuju.kit.models.WalledForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recurring_charges",
                        to="premises.parkingspace",
                        verbose_name="parking space",
                    ),
                ),
                ("start", models.DateField(verbose_name="start")),
                ("end", models.DateField(blank=True, null=True, verbose_name="end")),
                (
                    "rate",
                    models.DecimalField(
                        blank=True, decimal_places=6, max_digits=16, null=True, verbose_name="own price"
                    ),
                ),
                ("discount", models.DecimalField(decimal_places=6, default=0, max_digits=7, verbose_name="discount")),
                ("billed_until", models.DateField(blank=True, null=True, verbose_name="paid through")),
            ],
            options={
                "verbose_name": "recurring charge",
                "verbose_name_plural": "recurring charges",
                "indexes": [
                    models.Index(fields=["operator_id", "property", "account"], name="recurring_by_property"),
                    models.Index(fields=["operator_id", "account"], name="recurring_by_account"),
                    models.Index(fields=["operator_id", "tariff"], name="recurring_by_tariff"),
                    models.Index(fields=["operator_id", "point", "start"], name="recurring_by_point"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("operator_id", "account", "tariff", "point", "space", "start"),
                        name="recurring_charge_once",
                        nulls_distinct=False,
                    ),
                    models.UniqueConstraint(fields=("operator_id", "id"), name="recurring_charge_key"),
                    models.CheckConstraint(
                        condition=models.Q(("end", None), ("end__gte", models.F("start")), _connector="OR"),
                        name="recurring_ends_after_start",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("discount__gte", 0), ("discount__lte", 1)),
                        name="recurring_discount_a_share",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("point__isnull", False)),
                        expressions=[
                            (
                                models.Func(
                                    models.F("point_id"), models.F("point_id"), models.Value("[]"), function="int8range"
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
                        name="recurring_point_once_a_day",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BillRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField(default=yuju.kit.tenancy.require_operator_id, editable=False)),
                (
                    "property",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bill_runs",
                        to="premises.property",
                        verbose_name="property",
                    ),
                ),
                ("number", models.PositiveIntegerField(verbose_name="number")),
                ("as_of", models.DateField(verbose_name="as of")),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "Draft"), ("issued", "Issued"), ("dropped", "Dropped")],
                        default="draft",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                (
                    "source",
                    models.CharField(
                        choices=[("console", "Console"), ("command", "Command"), ("calendar", "Billing calendar")],
                        max_length=10,
                        verbose_name="made by",
                    ),
                ),
                ("bill_count", models.PositiveIntegerField(default=0, verbose_name="bills")),
                ("charge_count", models.PositiveIntegerField(default=0, verbose_name="charges")),
                ("total", models.DecimalField(decimal_places=2, default=0, max_digits=24, verbose_name="total")),
                ("drafted_at", models.DateTimeField(verbose_name="drafted at")),
                (
                    "drafted_by",
                    yuju.kit.models.WalledForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="drafted by",
                    ),
                ),
                ("approved_at", models.DateTimeField(blank=True, null=True, verbose_name="approved at")),
                (
                    "approved_by",
                    yuju.kit.models.WalledForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="approved by",
                    ),
                ),
                ("issued_at", models.DateTimeField(blank=True, null=True, verbose_name="issued at")),
                (
                    "issued_by",
                    yuju.kit.models.WalledForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="issued by",
                    ),
                ),
                ("dropped_at", models.DateTimeField(blank=True, null=True, verbose_name="dropped at")),
                (
                    "dropped_by",
                    yuju.kit.models.WalledForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="dropped by",
                    ),
                ),
            ],
            options={
                "verbose_name": "bill run",
                "verbose_name_plural": "bill runs",
                "constraints": [
                    models.UniqueConstraint(fields=("operator_id", "property", "number"), name="bill_run_number_once"),
                    models.UniqueConstraint(fields=("operator_id", "id"), name="bill_run_key"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "draft")),
                        fields=("operator_id", "property"),
                        name="bill_run_one_draft",
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="RunException",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField(default=yuju.kit.tenancy.require_operator_id, editable=False)),
                (
                    "run",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="exceptions", to="billing.billrun"
                    ),
                ),
                (
                    "cause",
                    models.CharField(
                        choices=[
                            ("no_version", "No price in force yet"),
                            ("no_rate", "The tariff has no price"),
                            ("no_area", "The unit has no area"),
                            ("no_occupants", "Number of occupants unknown"),
                            ("no_rent", "No rent agreed"),
                            ("no_floor", "The unit has no floor"),
                            ("division_by_zero", "The formula divides by zero"),
                            ("negative_price", "The price comes out negative"),
                            ("too_large", "The price comes out too large for a charge"),
                            ("backwards", "The reading goes backwards"),
                            ("rollover_not_below", "Marked as rolled over, but not below the reading before"),
                            ("waiting", "Waits for an earlier reading to be put right"),
                            ("nobody", "Consumption that belongs to nobody"),
                            ("no_closing_reading", "The stay ended without a closing reading"),
                            ("spike", "Far above the usual consumption"),
                            ("no_consumption", "No consumption while occupied"),
                        ],
                        max_length=20,
                        verbose_name="cause",
                    ),
                ),
                (
                    "severity",
                    models.CharField(
                        choices=[("blocked", "Not billed"), ("review", "Unusual")],
                        max_length=8,
                        verbose_name="severity",
                    ),
                ),
                ("identity", models.CharField(max_length=80)),
                (
                    "recurring",
                    yuju.kit.models.WalledForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="run_exceptions",
                        to="billing.recurringcharge",
                    ),
                ),
                (
                    "point",
                    yuju.kit.models.WalledForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="run_exceptions",
                        to="metering.meteringpoint",
                    ),
                ),
                (
                    "reading",
                    yuju.kit.models.WalledForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="run_exceptions",
                        to="metering.reading",
                    ),
                ),
                ("start", models.DateField(null=True, verbose_name="start")),
                ("end", models.DateField(null=True, verbose_name="end")),
                ("detail", models.JSONField(default=dict)),
                (
                    "decision",
                    models.CharField(
                        choices=[
                            ("open", "To decide"),
                            ("confirmed", "Confirmed"),
                            ("excluded", "Left out of this run"),
                        ],
                        default="open",
                        max_length=10,
                        verbose_name="decision",
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided at")),
                (
                    "decided_by",
                    yuju.kit.models.WalledForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="decided by",
                    ),
                ),
            ],
            options={
                "verbose_name": "exception",
                "verbose_name_plural": "exceptions",
                "indexes": [
                    models.Index(fields=["operator_id", "identity"], name="run_exception_by_identity"),
                    models.Index(fields=["operator_id", "run", "decision", "cause"], name="run_exception_by_run"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("operator_id", "run", "identity"), name="run_exception_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="BillingCalendar",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField(default=yuju.kit.tenancy.require_operator_id, editable=False)),
                (
                    "property",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="calendars", to="premises.property"
                    ),
                ),
                ("is_on", models.BooleanField(default=False, verbose_name="draft runs by itself")),
                ("day", models.PositiveSmallIntegerField(default=25, verbose_name="day of the month")),
                ("hour", models.PositiveSmallIntegerField(default=6, verbose_name="from this hour")),
                ("since", models.DateField(verbose_name="since")),
                (
                    "issue_when_clean",
                    models.BooleanField(default=False, verbose_name="issue by itself when nothing is exceptional"),
                ),
                ("second_person", models.BooleanField(default=False, verbose_name="another person approves")),
                (
                    "approver",
                    yuju.kit.models.WalledForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="approver",
                    ),
                ),
            ],
            options={
                "verbose_name": "billing calendar",
                "verbose_name_plural": "billing calendars",
                "constraints": [
                    models.UniqueConstraint(fields=("operator_id", "property"), name="billing_calendar_once"),
                    models.CheckConstraint(
                        condition=models.Q(("day__gte", 0), ("day__lte", 28)), name="billing_calendar_day"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("hour__gte", 0), ("hour__lte", 23)), name="billing_calendar_hour"
                    ),
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="CalendarDay",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField(default=yuju.kit.tenancy.require_operator_id, editable=False)),
                (
                    "property",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="calendar_days",
                        to="premises.property",
                    ),
                ),
                ("day", models.DateField()),
                ("at", models.DateTimeField()),
                (
                    "run",
                    yuju.kit.models.WalledForeignKey(
                        null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="billing.billrun"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("operator_id", "property", "day"), name="calendar_day_once")
                ],
                "indexes": [],
            },
        ),
        migrations.CreateModel(
            name="Bill",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField(default=yuju.kit.tenancy.require_operator_id, editable=False)),
                (
                    "property",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bills",
                        to="premises.property",
                        verbose_name="property",
                    ),
                ),
                (
                    "run",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bills",
                        to="billing.billrun",
                        verbose_name="bill run",
                    ),
                ),
                (
                    "account",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="bills",
                        to="billing.billingaccount",
                        verbose_name="billing account",
                    ),
                ),
                ("number", models.CharField(blank=True, max_length=40, null=True, verbose_name="bill number")),
                ("due_date", models.DateField(verbose_name="due date")),
                ("total", models.DecimalField(decimal_places=2, max_digits=20, verbose_name="total")),
                ("charge_count", models.PositiveIntegerField(verbose_name="charges")),
            ],
            options={
                "verbose_name": "bill",
                "verbose_name_plural": "bills",
                "indexes": [
                    models.Index(fields=["operator_id", "account", "due_date"], name="bill_by_account"),
                    models.Index(fields=["operator_id", "property", "due_date", "account"], name="bill_by_due_date"),
                    models.Index(
                        condition=models.Q(("total", 0)), fields=["operator_id", "property"], name="bill_of_nothing"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("operator_id", "property", "number"), name="bill_number_once"),
                    models.UniqueConstraint(
                        fields=("operator_id", "run", "account", "due_date"), name="bill_once_a_due_date"
                    ),
                    models.UniqueConstraint(fields=("operator_id", "id"), name="bill_key"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Charge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField(default=yuju.kit.tenancy.require_operator_id, editable=False)),
                (
                    "property",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="premises.property",
                        verbose_name="property",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("run", "Bill run"), ("opening", "Opening balance")], default="run", max_length=8
                    ),
                ),
                (
                    "run",
                    yuju.kit.models.WalledForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="charges",
                        to="billing.billrun",
                        verbose_name="bill run",
                    ),
                ),
                (
                    "bill",
                    yuju.kit.models.WalledForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="charges",
                        to="billing.bill",
                        verbose_name="bill",
                    ),
                ),
                (
                    "account",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="charges",
                        to="billing.billingaccount",
                        verbose_name="billing account",
                    ),
                ),
                (
                    "recurring",
                    yuju.kit.models.WalledForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="charges",
                        to="billing.recurringcharge",
                    ),
                ),
                (
                    "tariff",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="charges",
                        to="billing.tariff",
                        verbose_name="tariff",
                    ),
                ),
                (
                    "reading",
                    yuju.kit.models.WalledForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="charges",
                        to="metering.reading",
                    ),
                ),
                ("period_start", models.DateField()),
                ("attempt", models.PositiveSmallIntegerField(default=0)),
                ("start", models.DateField(verbose_name="start")),
                ("end", models.DateField(verbose_name="end")),
                ("bill_date", models.DateField(verbose_name="bill date")),
                ("due_date", models.DateField(verbose_name="due date")),
                ("gross", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="gross")),
                ("discount", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="discount")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="amount")),
                ("derivation", models.JSONField(default=dict)),
                ("posted_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name": "charge",
                "verbose_name_plural": "charges",
                "indexes": [
                    models.Index(fields=["operator_id", "bill"], name="charge_by_bill"),
                    models.Index(fields=["operator_id", "account", "due_date"], name="charge_by_account"),
                    models.Index(
                        condition=models.Q(("reading__isnull", False)),
                        fields=["operator_id", "reading"],
                        name="charge_by_reading",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "run")),
                        fields=("operator_id", "property", "recurring", "period_start", "attempt"),
                        name="charge_once_a_period",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "opening")),
                        fields=("operator_id", "account", "tariff", "period_start"),
                        name="charge_opening_once",
                    ),
                    models.UniqueConstraint(fields=("operator_id", "id"), name="charge_key"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "amount",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("gross"), "-", models.F("discount")
                                ),
                            ),
                            ("amount__gte", 0),
                        ),
                        name="charge_adds_up",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ChargeVoid",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField(default=yuju.kit.tenancy.require_operator_id, editable=False)),
                (
                    "charge",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="voids", to="billing.charge"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="time")),
                (
                    "by",
                    yuju.kit.models.WalledForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("operator_id", "charge"), name="charge_voided_once")],
                "indexes": [],
            },
        ),
    ]
