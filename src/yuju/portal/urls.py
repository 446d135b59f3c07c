"""The portal's addresses, all under /my/."""

from __future__ import annotations

from django.urls import path

from yuju.portal.pages import (
    activities,
    app,
    bills,
    collective_bills,
    contracts,
    handovers,
    home,
    leaving,
    me,
    notices,
    receipts,
    session,
    stays,
)

app_name = "portal"
urlpatterns = [
    path("", home.home_page, name="home"),
    path("sign-in", session.sign_in_page, name="sign-in"),
    path("o/<slug:code>/sign-in", session.sign_in_page, name="operator-sign-in"),
    path("code", session.code_page, name="code"),
    path("o/<slug:code>/code", session.code_page, name="operator-code"),
    path("sign-out", session.sign_out_page, name="sign-out"),
    path("language", session.language_page, name="language"),
    path("bills", bills.bills_page, name="bills"),
    path("bills/<int:pk>", bills.bill_page, name="bill"),
    path("bills/<int:pk>/pdf", bills.bill_pdf, name="bill-pdf"),
    path("collective-bills/<int:pk>", collective_bills.collective_bill_page, name="collective-bill"),
    path("collective-bills/<int:pk>/pdf", collective_bills.collective_bill_pdf, name="collective-bill-pdf"),
    path("receipts", receipts.receipts_page, name="receipts"),
    path("receipts/<int:pk>/pdf", receipts.receipt_pdf_page, name="receipt-pdf"),
    path("handovers/<int:pk>/pdf", handovers.handover_pdf_page, name="handover-pdf"),
    path("contracts/<int:pk>", contracts.contract_page, name="contract"),
    path("contracts/<int:pk>/pdf", contracts.contract_pdf_page, name="contract-pdf"),
    path("stays/<int:pk>", stays.stay_page, name="stay"),
    path("stays/<int:pk>/notice", leaving.notice_page, name="notice"),
    path("settlements/<int:pk>", leaving.settlement_page, name="settlement"),
    path("settlements/<int:pk>/pdf", leaving.settlement_pdf_page, name="settlement-pdf"),
    path("settlements/<int:pk>/lines/<int:line>", leaving.objection_page, name="objection"),
    path("activities", activities.activities_page, name="activities"),
    path("activities/<int:pk>", activities.activity_page, name="activity"),
    path("activities/<int:pk>/picture", activities.picture_page, name="activity-picture"),
    path("activities/<int:pk>/picture/small", activities.picture_page, {"small": True}, name="activity-picture-small"),
    path("activities/<int:pk>/sign-up", activities.sign_up_page, name="activity-sign-up"),
    path("activities/<int:pk>/withdraw", activities.withdraw_page, name="activity-withdraw"),
    path("activities/<int:pk>/feedback", activities.feedback_page, name="activity-feedback"),
    path("notices", notices.notices_page, name="notices"),
    path("me", me.me_page, name="me"),
    path("me/phone", me.phone_page, name="phone"),
    path("me/phone/code", me.phone_code_page, name="phone-code"),
    path("manifest.webmanifest", app.manifest_page, name="manifest"),
    path("sw.js", app.worker_page, name="worker"),
    path("offline", app.offline_page, name="offline"),
]
