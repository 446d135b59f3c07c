import django.db.models.deletion
import django.utils.timezone
import yuju.kit.models
import yuju.kit.tenancy
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("billing", "0001_initial"),
        ("identity", "0001_initial"),
        ("premises", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Payment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField(default=yuju.kit.tenancy.require_operator_id, editable=False)),
                (
                    "property",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="premises.property",
                        verbose_name="property",
                    ),
                ),
                (
                    "account",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="payments",
                        to="billing.billingaccount",
                        verbose_name="billing account",
                    ),
                ),
                (
                    "channel",
                    models.CharField(choices=[("opening", "Opening balance")], max_length=12, verbose_name="channel"),
                ),
                ("received_on", models.DateField(verbose_name="received on")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="amount")),
                ("posted_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                (
                    "posted_by",
                    yuju.kit.models.WalledForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
            ],
            options={
                "verbose_name": "payment",
                "verbose_name_plural": "payments",
                "indexes": [models.Index(fields=["operator_id", "account", "received_on"], name="payment_by_account")],
                "constraints": [
                    models.UniqueConstraint(fields=("operator_id", "id"), name="payment_key"),
                    models.UniqueConstraint(
                        condition=models.Q(("channel", "opening")),
                        fields=("operator_id", "account"),
                        name="payment_opening_once",
                    ),
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="payment_positive"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Allocation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField(default=yuju.kit.tenancy.require_operator_id, editable=False)),
                (
                    "payment",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="allocations", to="payments.payment"
                    ),
                ),
                (
                    "charge",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="allocations", to="billing.charge"
                    ),
                ),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="amount")),
                ("at", models.DateTimeField(default=django.utils.timezone.now, verbose_name="time")),
            ],
            options={
                "verbose_name": "allocation",
                "verbose_name_plural": "allocations",
                "indexes": [
                    models.Index(fields=["operator_id", "charge"], name="allocation_by_charge"),
                    models.Index(fields=["operator_id", "payment"], name="allocation_by_payment"),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("operator_id", "id"), name="allocation_key"),
                    models.CheckConstraint(condition=models.Q(("amount__gt", 0)), name="allocation_positive"),
                ],
            },
        ),
        migrations.CreateModel(
            name="DepositEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("operator_id", models.BigIntegerField(default=yuju.kit.tenancy.require_operator_id, editable=False)),
                (
                    "property",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deposit_entries",
                        to="premises.property",
                        verbose_name="property",
                    ),
                ),
                (
                    "account",
                    yuju.kit.models.WalledForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deposit_entries",
                        to="billing.billingaccount",
                        verbose_name="billing account",
                    ),
                ),
                (
                    "kind",
                    models.CharField(choices=[("opening", "Opening balance")], max_length=12, verbose_name="kind"),
                ),
                ("day", models.DateField(verbose_name="date")),
                ("amount", models.DecimalField(decimal_places=2, max_digits=14, verbose_name="amount")),
                ("posted_at", models.DateTimeField(default=django.utils.timezone.now, editable=False)),
            ],
            options={
                "verbose_name": "deposit entry",
                "verbose_name_plural": "deposit entries",
                "indexes": [models.Index(fields=["operator_id", "account"], name="deposit_by_account")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "opening")),
                        fields=("operator_id", "account"),
                        name="deposit_opening_once",
                    )
                ],
            },
        ),
    ]
