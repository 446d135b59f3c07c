"""One thing of every kind at one property, and browsers of everybody who has no business with it."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile
from django.db.models import Model
from django.test import Client
from docx import Document

from tests.portal.people import LIN, WANG, client_of, phone_set
from tests.support.abandoned import entered, opened, served
from tests.support.billing_database import load_world
from tests.support.billing_worlds import make_world
from tests.support.console_world import ConsoleWorld
from tests.support.stays import make_company, make_lease, make_resident, make_unit
from tests.support.tasks import photo
from yuju.billing.choices import RunSource
from yuju.billing.models import BillingAccount, CollectiveBill
from yuju.billing.services.damage_prices import damage_price_add, damage_prices
from yuju.billing.services.runs import bill_run_draft, bill_run_issue
from yuju.care.services import activity_cover_set, activity_save, plan_save, segment_save, sign_up
from yuju.identity.models import Change, Operator, Posting, RoleSetting, SavedView, User
from yuju.identity.permissions import PERMISSIONS
from yuju.identity.services import role_create, saved_view_create
from yuju.journeys.abandoned_end import ENTRY, case_tasks
from yuju.journeys.contracts import contract_draft, contract_send
from yuju.journeys.deaths import death_record
from yuju.journeys.handover import handover_begin, handover_tasks
from yuju.kit.console import console_site
from yuju.kit.records import BulkRun, JobProgress
from yuju.payments.choices import LineKind, PaymentChannel, SettlementState
from yuju.payments.models import Settlement, SettlementLine
from yuju.payments.services import deposit_ask, payment_take, shift_open
from yuju.premises.models import ParkingSpace
from yuju.residency.choices import DeathDocument, HandoverKind, HeirBasis, IdType, TemplateKind
from yuju.residency.models import (
    Contract,
    EntryThing,
    Filing,
    Handover,
    HandoverPhoto,
    Occupant,
    Resident,
    Tenure,
    Turnover,
)
from yuju.residency.services import blacklisting_save, heir_add
from yuju.residency.services.check_ins import check_in_begin
from yuju.residency.services.contract_templates import contract_template_add
from yuju.residency.services.handovers import Thing, handover_template_save
from yuju.workforce.choices import TaskKind
from yuju.workforce.models import Task, TaskPhoto
from yuju.workforce.services import Step, task_add

AT = datetime(2028, 3, 15, 1, tzinfo=UTC)
ON = date(2028, 3, 15)


class Things:
    """What addresses name, all of it at one property of one operator. `things["bills"]` is the row of a console."""

    def __init__(self, operator: Operator) -> None:
        self.operator = operator
        self.world = ConsoleWorld(operator)
        self.place, _, _ = load_world(make_world(5, units=12), "walled")
        run = bill_run_draft(property=self.place, as_of=ON, source=RunSource.COMMAND, by=None, at=AT)
        bill_run_issue(run=run, by=None, at=AT, leave_out_open=True)
        ParkingSpace.objects.create(property=self.place, code="1")
        self.account: Any = BillingAccount.objects.filter(property=self.place, bills__isnull=False).order_by("pk")[0]
        self.company = make_company(self.place)
        self.collective = CollectiveBill.objects.create(
            property=self.place,
            run=run,
            resident=self.account.tenure.resident,
            number="HD-202803-0001",
            due_date=ON,
            total=0,
            bill_count=0,
        )
        self.cashier = self.world.user("cashier", at=self.place)
        shift = shift_open(property=self.place, opening_float=Decimal(0), cashier=self.cashier, at=AT)
        payment_take(
            account=self.account,
            amount=Decimal(100),
            channel=PaymentChannel.CASH,
            key=uuid4(),
            on=ON,
            shift=shift,
            by=self.cashier,
            at=AT,
        )
        check_in_begin(unit=self.account.tenure.unit, by=self.cashier, at=AT)
        deposit_ask(account=self.account, amount=Decimal(500), on=ON, due=ON, key=uuid4(), by=self.cashier, at=AT)
        self.job = JobProgress.objects.create(kind="property_check", user_id=self.cashier.pk)
        self._views: dict[str, SavedView] = {}
        self._bulks: dict[str, BulkRun] = {}
        self.role = role_create(name_zh="夜班前台", by=None, at=AT)
        phone_set(self.account.tenure.resident, LIN)
        self.neighbour = Resident.objects.create(property=self.place, name="王建国")
        phone_set(self.neighbour, WANG)
        self.to_do = task_add(
            property=self.place,
            kind=TaskKind.INSPECTION,
            title="巡楼",
            tenure=self.account.tenure,
            assignee=self.cashier,
            due_at=AT,
            steps=[Step("大堂")],
            by=self.cashier,
            at=AT,
        )
        self.step = self.to_do.steps.get()
        path = f"{operator.pk}/task-photos/{'0' * 32}.jpg"
        self.shot = TaskPhoto.objects.create(task=self.to_do, at=AT, path=path, thumbnail=path)
        self._hand_over(operator)
        self._file()
        self.contract = self._contract()
        self.settlement = Settlement.objects.create(
            property=self.place,
            account=self.account,
            state=SettlementState.SHOWN,
            shown_at=AT,
            last_day=ON,
            due=ON,
            reason="搬走",
            key=uuid4(),
            version=1,
        )
        facts = {"due": ON.isoformat()}
        for position, kind in enumerate((LineKind.CREDIT, LineKind.RESULT), start=1):
            SettlementLine.objects.create(
                settlement=self.settlement, version=1, position=position, kind=kind, facts=facts, amount=Decimal(0)
            )
        self.line = self.settlement.lines.get(position=1)
        self.left = Tenure.objects.filter(unit__property=self.place).exclude(pk=self.account.tenure_id)[0]
        Turnover.objects.create(property=self.place, unit=self.left.unit, tenure=self.left, vacated_at=AT)
        damage_price_add(
            property=self.place, code="glass", name="玻璃", rate=Decimal(80), valid_from=ON, by=self.cashier, at=AT
        )
        self._make_care()
        self._make_death()
        self._abandon()
        self._rows: dict[str, Any] = {}
        self._lacking: dict[str, Client] = {}

    def _contract(self) -> Contract:
        text = Document()
        text.add_paragraph("补充协议")
        made = io.BytesIO()
        text.save(made)
        template = contract_template_add(
            name="补充协议",
            kind=TemplateKind.SUPPLEMENT,
            property=self.place,
            file=ContentFile(made.getvalue(), "a.docx"),
            by=self.cashier,
            at=AT,
        )
        drafted = contract_draft(tenure=self.account.tenure, template=template, by=self.cashier, at=AT)
        return contract_send(contract=drafted, by=self.cashier, at=AT)

    @property
    def of_contract(self) -> dict[str, int]:
        """The arguments of a page of the contract."""
        return {"pk": self.contract.tenure_id, "contract": self.contract.pk}

    def _file(self) -> None:
        """Somebody who lives there too, to be registered, with a receipt."""
        self.occupant = Occupant.objects.create(
            tenure=self.account.tenure, name="周伟", id_type="passport", id_number="P1234567"
        )
        path = f"{self.operator.pk}/filing-proofs/{'0' * 32}.pdf"
        Filing.objects.create(
            property=self.place,
            tenure=self.account.tenure,
            occupant=self.occupant,
            kind="foreigner",
            counted_from=datetime(2026, 1, 15, tzinfo=UTC),
            due_at=AT,
            proof=path,
        )

    @property
    def of_occupant(self) -> dict[str, int]:
        """The arguments of a page of somebody who lives there too."""
        return {"pk": self.occupant.tenure_id, "occupant": self.occupant.pk}

    def _make_care(self) -> None:
        """A segment with a plan, an activity to which the resident is invited and comes, and somebody blacklisted."""
        given: dict[str, Any] = {"by": None, "at": AT}
        conditions = [{"fact": "category", "operator": "none", "value": ["short_term"]}]
        segment = segment_save(segment=None, property=self.place, name="住户", conditions=conditions, **given)
        plan_save(
            plan=None, property=self.place, segment=segment, title="探访", every=7, rhythm="days", starts_on=ON, **given
        )
        activity = activity_save(
            activity=None,
            property=self.place,
            name="包饺子",
            place="大堂",
            starts_at=AT + timedelta(days=1),
            ends_at=AT + timedelta(days=1, hours=2),
            seats=None,
            segment=None,
            about="",
            **given,
        )
        activity_cover_set(activity=activity, photo=photo(40, 30), **given)
        self.sign_up = sign_up(activity=activity, resident=self.account.tenure.resident, **given)
        blacklisting_save(
            entry=None, name="某人", id_number="", phone="13600000000", reason="欠费", since=ON, until=None, **given
        )

    def _make_death(self) -> None:
        """Somebody who died, whose stay waits for a review, and somebody of whom it can be recorded."""
        self.survivor = self.account.tenure.resident
        gone = make_lease(make_unit(self.place, "9901"), make_resident(self.place, "故人"))
        self.death = death_record(
            resident=gone.resident,
            died_on=ON,
            document=DeathDocument.POLICE,
            scan=ContentFile(b"%PDF-1.4", "a.pdf"),
            by=self.cashier,
            at=AT,
        )
        heir_add(
            death=self.death,
            name="继承人",
            relation="子",
            id_type=IdType.PASSPORT,
            id_number="E12345678",
            basis=HeirBasis.NOTARY,
            scan=ContentFile(b"%PDF-1.4", "b.pdf"),
            by=self.cashier,
            at=AT,
        )

    def _abandon(self) -> None:
        """A room that was abandoned and entered, with the cashier's task of it, and one in which a notice was served."""
        left = make_lease(make_unit(self.place, "9902"), make_resident(self.place, "弃租人"))
        self.abandoned = entered(left)
        self.left_thing = EntryThing.objects.get(entry__abandonment=self.abandoned)
        self.left_photo = self.left_thing.photos.get()
        self.entering = case_tasks(self.abandoned, ENTRY).get()
        Task.objects.filter(pk=self.entering.pk).update(assignee=self.cashier)
        self.served = opened(make_lease(make_unit(self.place, "9903"), make_resident(self.place, "离开的人")))
        served(self.served)

    def __getitem__(self, slug: str) -> Any:
        """A row of a console at the property; the first there is.

        Raises:
            LookupError: there is none. Make one in `Things`.
        """
        if slug not in self._rows:
            console = console_site.consoles[slug]
            rows = console.model._default_manager.order_by("pk")
            if slug == "damage-prices":
                rows = damage_prices(rows)
            if slug == "staff":
                rows = rows.filter(pk=self.cashier.pk)
            elif slug == "properties":
                rows = rows.filter(pk=self.place.pk)
            elif slug in ("bills", "receipts"):
                rows = rows.filter(**{"account" if slug == "bills" else "payment__account": self.account})
            elif console.property_path is not None:
                rows = rows.filter(**{console.property_path: self.place.pk})
            self._rows[slug] = rows.first()
        row: Model | None = self._rows[slug]
        if row is None:
            raise LookupError(f"There is no row of “{slug}”: make one in tests/walls/things.py, class Things.")
        return row

    def _hand_over(self, operator: Operator) -> None:
        """A handover of the cashier's with a thing, its photo and a key."""
        handover_template_save(property=self.place, name="标准间", things=[Thing("客厅", "沙发")], by=None, at=AT)
        self.handover = handover_begin(
            tenure=self.account.tenure, kind=HandoverKind.IN, assignee=self.cashier, by=None, at=AT
        )
        self.handing = handover_tasks(self.handover).get()
        self.thing = self.handover.items.get()
        self.key = self.handover.keys.create(kind="door", count=1)
        path = f"{operator.pk}/handover-photos/{'0' * 32}.jpg"
        self.proof = HandoverPhoto.objects.create(
            handover=self.handover, item=self.thing, at=AT, path=path, thumbnail=path, sha256="0" * 64
        )
        # Signed, so that there is a PDF to be kept from others.
        Handover.objects.filter(pk=self.handover.pk).update(state="signed", signed_at=AT, signer="林", digest="0" * 64)

    def view(self, slug: str) -> SavedView:
        """A view of a list that somebody keeps for themself."""
        if slug not in self._views:
            self._views[slug] = saved_view_create(list=slug, name="mine", query="q=1", shared=False, by=self.cashier)
        return self._views[slug]

    def bulk(self, slug: str) -> BulkRun:
        """Something that somebody did with many rows of a list."""
        if slug not in self._bulks:
            self._bulks[slug] = BulkRun.objects.create(
                key=uuid4(), console=slug, action="tag", user_id=self.cashier.pk, asked_at=AT
            )
        return self._bulks[slug]

    @property
    def change(self) -> Change:
        """A change of a resident's telephone number."""
        changed = Change.objects.filter(kind="residency_resident", row_id=self.account.tenure.resident_id)
        found = changed.filter(changes__has_key="phone").first()
        assert found is not None
        return found

    def manager(self) -> Client:
        return self.world.client("manager", at=self.place)

    def lacking(self, permission: str) -> Client:
        """A browser of somebody who may do everything everywhere but this one thing."""
        if permission not in self._lacking:
            code = f"all_but_{len(self._lacking)}"
            RoleSetting.objects.create(code=code, name_zh=permission, added=sorted(PERMISSIONS.keys() - {permission}))
            user = User.objects.create(username=code, name=permission)
            Posting.objects.create(user=user, role=code)
            self._lacking[permission] = self.world.client_of(user)
        return self._lacking[permission]

    def resident(self, who: Resident | None = None) -> Client:
        """A browser in the portal: of the resident whose the things are, or of somebody else."""
        row = Resident.objects.get(pk=self.account.tenure.resident_id if who is None else who.pk)
        return client_of(self.operator.pk, row.phone_hash)
