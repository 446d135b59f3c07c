from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("payments", "0002_desk")]

    operations = [
        migrations.AddIndex(
            model_name="receipt",
            index=models.Index(fields=["token"], name="receipt_by_token"),
        ),
        migrations.AddIndex(
            model_name="receipt",
            index=models.Index(fields=["operator_id", "issued_at"], name="receipt_by_time"),
        ),
        migrations.AddIndex(
            model_name="payment",
            index=models.Index(fields=["operator_id", "posted_at"], name="payment_by_time"),
        ),
    ]
