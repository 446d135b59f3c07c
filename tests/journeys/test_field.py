"""A task done on the phone from the first tap to the last; and in a cellar, where there is no connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from tests.journeys.test_accessibility import CUT_OFF
from tests.support.axe import faults
from tests.support.browser import Visitor
from tests.support.console_world import ConsoleWorld
from tests.support.stays import AT
from tests.support.tasks import make_task, photo
from yuju.identity.models import Operator, User
from yuju.kit.tenancy import operator_context
from yuju.workforce.choices import TaskState
from yuju.workforce.models import FieldEntry, Task
from yuju.workforce.services import Step, task_block, task_cancel, task_finish, task_take

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
FINISH = "#acts form[action$='/finish'] button"


@dataclass(frozen=True)
class Setting:
    """An engineer with a task to take, of two steps, the second with a photo; and a guard."""

    operator: Operator
    username: str
    guard: str
    task: int

    @contextmanager
    def there(self) -> Iterator[Task]:
        """The task as it is now."""
        with operator_context(self.operator.pk), transaction.atomic():
            yield Task.objects.get(pk=self.task)


@pytest.fixture
def setting(committed_operator: Operator) -> Setting:
    with operator_context(committed_operator.pk), transaction.atomic():
        world = ConsoleWorld(committed_operator)
        steps = ("控制柜在自动位", Step("出口压力", needs_photo=True))
        task = make_task(world.here, "消防泵房月检", *steps, group="engineer", due=timezone.now() + timedelta(hours=2))
        engineer, guard = world.user("engineer", at=world.here), world.user("guard", at=world.here)
        return Setting(committed_operator, engineer.username, guard.username, task.pk)


def sign_in(phone: Visitor, setting: Setting) -> None:
    phone.sign_in(setting.username, "long enough to do")
    assert phone.page.url.endswith("/field/") or phone.page.goto(phone.home + "/field/")


def take_photo(phone: Visitor, name: str) -> None:
    content = photo(600, 400).read()
    files = [{"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": content}]
    phone.page.locator(f"[data-step]:has-text('{name}') input[type=file]").set_input_files(files)  # type: ignore[arg-type]


def tick(phone: Visitor, name: str, result: str = "ok") -> None:
    phone.page.click(f"[data-step]:has-text('{name}') .f-results [value={result}]")


def kept_on_phone(page: Any, address: str, wanted: bool) -> None:
    """Waits until a page is kept for being without connection, or is not any more."""
    asked = "at => caches.open('yuju-field-pages').then(one => one.match(at)).then(Boolean)"
    for _turn in range(100):
        if page.evaluate(asked, address) is wanted:
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"{address} is {'not ' if wanted else ''}kept")


def comes_anew(page: Any) -> None:
    """The page is fetched again, as when it is returned to, and stands where the earlier one did."""
    page.evaluate("() => { document.getElementById('main').dataset.earlier = ''; }")
    page.evaluate("() => window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    page.locator("#main:not([data-earlier])").wait_for()


def fits(phone: Visitor) -> None:
    """What is touched is large enough."""
    small = phone.page.evaluate(
        """() => [...document.querySelectorAll("main a, button, summary, .f-nav a, .f-cam label")]
            .filter(one => one.checkVisibility() && !one.closest(".visually-hidden, .skip"))
            .map(one => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
            .filter(([_, box]) => box.height < 43.5 && !_.startsWith("<summary")).map(([html]) => html)"""
    )
    assert not small, small


def test_a_task_is_taken_begun_ticked_photographed_and_finished(phone: Visitor, setting: Setting) -> None:
    # Given an engineer who looks what there is to take
    page = phone.page
    sign_in(phone, setting)
    phone.press(".f-nav a[href='/field/take']")
    phone.press("a.f-row:has-text('消防泵房月检')")
    fits(phone)

    # When they take it, begin, tick, and find something wrong
    page.click("#acts button:has-text('接单')")
    page.click("#acts button:has-text('开始')")
    page.locator(FINISH).wait_for()
    fits(phone)
    tick(phone, "控制柜")
    page.locator("[data-done]:has-text('1')").wait_for()
    tick(phone, "出口压力", "not_ok")
    comes_anew(page)  # an answer to what was tapped before once closed the box that had just opened
    assert page.locator("[data-step]:has-text('出口压力') [name=note]").evaluate(
        "one => one === document.activeElement"
    )
    page.fill("[data-step]:has-text('出口压力') [name=note]", "0.52，偏低")
    page.click("[data-step]:has-text('出口压力') .f-note button")
    page.locator("[data-done]:has-text('2')").wait_for()

    # Then it cannot be finished without the photo, which the page says
    phone.expected.add(422)
    page.click(FINISH)
    page.locator("#queue li:has-text('照片')").wait_for()
    take_photo(phone, "出口压力")
    page.locator("[data-step] .f-photo:not([data-waits]) img").wait_for()
    page.fill("[name=text]", "已联系维保")
    page.click("form[action$='/comment'] button")
    page.locator("[data-comments] li:not([data-waits])").wait_for()
    phone.shot("field-task-390")
    page.click(FINISH)
    page.locator("#acts .f-over:has-text('已完成')").wait_for()
    assert page.locator("#queue li").count() == 0  # pressed anew, what was refused before is said no longer
    with setting.there() as task:
        assert task.state == TaskState.DONE
        assert [(one.result, one.note) for one in task.steps.all()] == [("ok", ""), ("not_ok", "0.52，偏低")]
        assert (task.photos.count(), task.comments.count()) == (1, 1)
    page.goto(phone.home + "/field/", wait_until="load")


def test_what_is_entered_in_a_cellar_is_kept_and_sent_once(phone: Visitor, setting: Setting) -> None:
    # Given a task that is being done, and a phone on which the worker is at work
    page = phone.page
    sign_in(phone, setting)
    page.wait_for_function("() => navigator.serviceWorker.ready.then(found => found.active.state === 'activated')")
    address = f"{phone.home}/field/tasks/{setting.task}"
    page.goto(address, wait_until="load")
    page.click("#acts button:has-text('接单')")
    page.click("#acts button:has-text('开始')")
    page.locator(FINISH).wait_for()
    page.goto(address, wait_until="load")

    # When there is no connection, what is ticked, photographed and written is kept and counted
    page.context.set_offline(True)
    tick(phone, "控制柜")
    take_photo(phone, "出口压力")
    tick(phone, "出口压力")
    page.fill("[name=text]", "地下室没有信号")
    page.click("form[action$='/comment'] button")
    page.locator("#queue[data-count='4']").wait_for()
    assert "4 条未发送" in page.inner_text("#queue")
    with setting.there() as task:
        assert not task.comments.exists()

    # The page opens without connection too, with what waits drawn over it
    page.goto(address, wait_until="load")
    page.locator("#queue[data-count='4']").wait_for()
    assert page.get_attribute("[data-step]:has-text('控制柜') [value=ok]", "aria-pressed") == "true"
    assert page.inner_text("[data-done]") == "2"
    phone.shot("field-offline-390")
    page.click(FINISH)
    page.locator("#queue[data-count='5']").wait_for()

    # Then all of it is sent when there is a connection again, in order and once
    page.context.set_offline(False)
    page.locator("#acts .f-over:has-text('已完成')").wait_for()
    page.locator("#queue[data-count='0']").wait_for(state="attached")
    with setting.there() as task:
        assert task.state == TaskState.DONE
        assert [one.result for one in task.steps.all()] == ["ok", "ok"]
        assert (task.photos.count(), task.comments.count()) == (1, 1)
        assert FieldEntry.objects.count() == 7
    # No connection is no fault of the pages
    phone.faults[:] = [fault for fault in phone.faults if "ERR_INTERNET_DISCONNECTED" not in fault]


def test_what_is_refused_stands_where_it_was_entered_and_nothing_is_left_after_signing_out(
    phone: Visitor, setting: Setting
) -> None:
    # Given a task that is cancelled at the desk while the phone has no connection
    page = phone.page
    sign_in(phone, setting)
    page.wait_for_function("() => navigator.serviceWorker.ready.then(found => found.active.state === 'activated')")
    page.goto(f"{phone.home}/field/tasks/{setting.task}", wait_until="load")
    page.click("#acts button:has-text('接单')")
    page.click("#acts button:has-text('开始')")
    page.locator(FINISH).wait_for()
    page.context.set_offline(True)
    tick(phone, "控制柜")
    tick(phone, "出口压力")
    page.locator("#queue[data-count='2']").wait_for()
    with setting.there() as task:
        task_cancel(task=task, reason="改到下周", by=None, at=timezone.now())

    # When it comes to be sent, then it says at the step why it was not taken
    phone.expected.add(422)
    page.context.set_offline(False)
    page.locator("[data-step]:has-text('控制柜') [data-fault-here]").wait_for()
    page.locator("#queue li").nth(1).wait_for()
    assert "已取消" in page.inner_text("#queue li")
    page.locator("[data-fault-drop]").nth(1).click()
    page.locator("#queue li").nth(1).wait_for(state="detached")

    # When they sign out, they are warned once; then nothing of it is left on the phone
    page.goto(phone.home + "/field/me", wait_until="load")
    page.locator("#queue li").wait_for()
    page.click("[data-leave] button[type=submit]")
    page.locator("[data-leave-note]").wait_for()
    with page.expect_navigation():
        page.click("[data-leave] button[type=submit]")
    left = page.evaluate(
        """async () => {
            const opened = await new Promise(done => {
                const asked = indexedDB.open("yuju-field");
                asked.onsuccess = () => done(asked.result);
            });
            const entries = await new Promise(done => {
                const asked = opened.transaction("entries").objectStore("entries").count();
                asked.onsuccess = () => done(asked.result);
            });
            return [entries, await caches.has("yuju-field-pages")];
        }"""
    )
    assert left == [0, False]
    phone.faults[:] = [fault for fault in phone.faults if "ERR_INTERNET_DISCONNECTED" not in fault]


def test_ones_tasks_open_without_connection_and_nobody_elses(phone: Visitor, setting: Setting) -> None:
    # Given an engineer who looked at the list of their tasks, on a phone where the worker is at work
    page, address = phone.page, f"/field/tasks/{setting.task}"
    with setting.there() as task:
        task_take(task=task, by=User.objects.get(username=setting.username), at=timezone.now())
    sign_in(phone, setting)
    page.wait_for_function("() => navigator.serviceWorker.ready.then(found => found.active.state === 'activated')")
    page.goto(phone.home + "/field/", wait_until="load")
    kept_on_phone(page, address, True)

    # Then the task opens without connection, though it was never opened before
    page.context.set_offline(True)
    page.goto(phone.home + address, wait_until="load")
    assert "消防泵房月检" in page.inner_text("h1")
    page.context.set_offline(False)

    # And not for whoever signs in next, though nobody signed out
    page.context.clear_cookies()
    phone.sign_in(setting.guard, "long enough to do")
    page.goto(phone.home + "/field/", wait_until="load")
    kept_on_phone(page, address, False)
    page.context.set_offline(True)
    page.goto(phone.home + address, wait_until="load")
    assert "没有网络" in page.inner_text("h1")
    page.context.set_offline(False)
    phone.faults[:] = [fault for fault in phone.faults if "ERR_INTERNET_DISCONNECTED" not in fault]


def test_every_page_is_clean_and_can_be_read_at_twice_its_size(phone: Visitor, setting: Setting) -> None:
    # Given an engineer with a task that is late and begun, and one that is done
    with setting.there() as task:
        engineer = User.objects.get(username=setting.username)
        task_take(task=task, by=engineer, at=timezone.now())
        late = make_task(task.property, "卫生间地漏返味", due=AT, assignee=engineer)
        task_block(task=late, reason="住户不在家", by=engineer, at=AT)
        task_finish(task=make_task(task.property, "换灯", due=AT), by=engineer, at=AT)
    sign_in(phone, setting)
    paths = ["", "take", "done", "me", "offline", f"tasks/{setting.task}", f"tasks/{late.pk}"]

    # Then axe finds nothing, whatever the theme
    for path in paths:
        phone.page.goto(f"{phone.home}/field/{path}", wait_until="load")
        assert faults(phone) == [], path

    # And nothing scrolls sideways or is cut off at half the width
    phone.page.set_viewport_size({"width": 195, "height": 422})
    for path in paths:
        phone.page.goto(f"{phone.home}/field/{path}", wait_until="load")
        wide = phone.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert (wide, phone.page.evaluate(CUT_OFF)) == (0, []), path
