import django.contrib.postgres.constraints
import django.db.models.deletion
import yuju.kit.models
import yuju.kit.tenancy
from django.db import migrations, models

# Who was on file before has no story: the days say how far a stay has come. As a change of the column, so that a hundred thousand
# rows are not told as a hundred thousand edits of nobody.
BY_DAYS = """
ALTER TABLE residency_tenure ALTER COLUMN state TYPE varchar(10) USING CASE
    WHEN "end" < current_date THEN 'ended' WHEN start > current_date THEN 'signed' ELSE 'living' END
"""


class Migration(migrations.Migration):
    dependencies = [
        ("premises", "0001_initial"),
        ("residency", "0002_portal"),
    ]

    operations = [
        migrations.CreateModel(
            name="Agreement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField(default=yuju.kit.tenancy.require_operator_id, editable=False)),
                (
                    "deposit_months",
                    models.DecimalField(
                        decimal_places=1, default=0, max_digits=4, verbose_name="deposit, months' rent"
                    ),
                ),
                ("pay_months", models.PositiveSmallIntegerField(default=1, verbose_name="months paid at once")),
                (
                    "penalty_kind",
                    models.CharField(
                        choices=[("none", "None"), ("fixed", "A fixed amount"), ("months", "Months' rent")],
                        default="none",
                        max_length=8,
                        verbose_name="penalty on early termination",
                    ),
                ),
                ("penalty", models.DecimalField(decimal_places=2, default=0, max_digits=12, verbose_name="penalty")),
                (
                    "overstay_rate",
                    models.DecimalField(
                        decimal_places=2, default=0, max_digits=12, verbose_name="per day after the end (yuan)"
                    ),
                ),
                (
                    "deposit_return_days",
                    models.PositiveSmallIntegerField(default=0, verbose_name="deposit returned within (days)"),
                ),
                ("notice_days", models.PositiveSmallIntegerField(default=0, verbose_name="notice (days)")),
                ("agreed_end", models.DateField(verbose_name="last day agreed")),
            ],
            options={
                "verbose_name": "agreement",
                "verbose_name_plural": "agreements",
            },
        ),
        migrations.RemoveConstraint(
            model_name="tenure",
            name="tenure_ends_after_start",
        ),
        migrations.RemoveConstraint(
            model_name="tenure",
            name="lease_unit_once_a_day",
        ),
        migrations.RemoveConstraint(
            model_name="tenure",
            name="ownership_unit_once_a_day",
        ),
        migrations.AddField(
            model_name="tenure",
            name="state",
            field=models.CharField(
                choices=[
                    ("reserved", "Reserved"),
                    ("signed", "Signed"),
                    ("living", "Living here"),
                    ("ended", "Checked out"),
                    ("cancelled", "Cancelled"),
                ],
                db_default="living",
                default="living",
                max_length=10,
                verbose_name="state",
            ),
        ),
        migrations.RunSQL(BY_DAYS, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="tenure",
            index=models.Index(fields=["operator_id", "property", "state", "start"], name="tenure_by_state"),
        ),
        migrations.AddConstraint(
            model_name="tenure",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("end", None), ("end__gte", models.F("start")), ("state", "cancelled"), _connector="OR"
                ),
                name="tenure_ends_after_start",
            ),
        ),
        migrations.AddConstraint(
            model_name="tenure",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("kind", "lease"), models.Q(("state", "cancelled"), _negated=True)),
                expressions=[
                    (
                        models.Func(models.F("unit_id"), models.F("unit_id"), models.Value("[]"), function="int8range"),
                        "&&",
                    ),
                    (models.Func(models.F("start"), models.F("end"), models.Value("[]"), function="daterange"), "&&"),
                ],
                name="lease_unit_once_a_day",
            ),
        ),
        migrations.AddConstraint(
            model_name="tenure",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("kind", "ownership"), models.Q(("state", "cancelled"), _negated=True)),
                expressions=[
                    (
                        models.Func(models.F("unit_id"), models.F("unit_id"), models.Value("[]"), function="int8range"),
                        "&&",
                    ),
                    (models.Func(models.F("start"), models.F("end"), models.Value("[]"), function="daterange"), "&&"),
                ],
                name="ownership_unit_once_a_day",
            ),
        ),
        migrations.AddField(
            model_name="agreement",
            name="tenure",
            field=yuju.kit.models.WalledForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="agreements", to="residency.tenure"
            ),
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=models.UniqueConstraint(fields=("operator_id", "tenure"), name="agreement_once"),
        ),
        migrations.AddConstraint(
            model_name="agreement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("deposit_months__gte", 0), ("overstay_rate__gte", 0), ("pay_months__gte", 1), ("penalty__gte", 0)
                ),
                name="agreement_not_negative",
            ),
        ),
    ]
