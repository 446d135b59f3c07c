from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0004_lease_ends"),
    ]

    operations = [
        migrations.AlterField(
            model_name="residentnotice",
            name="kind",
            field=models.CharField(
                choices=[
                    ("bill_issued", "New bill"),
                    ("payment_received", "Payment received"),
                    ("payment_reversed", "Payment taken back"),
                    ("refund_paid", "Refund paid out"),
                    ("settlement_shown", "Settlement to look at"),
                    ("settled_meanwhile", "Paid already, kept as credit"),
                    ("lease_ends", "Lease ends soon"),
                ],
                max_length=20,
                verbose_name="kind",
            ),
        ),
    ]
