"""The trial itself, called by `deploy/try` in name spaces of its own. Each step is a promise of docs/operations.md."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

from machine import Database, Failed, Unit, expect, free_port, run, set_apart, wait_for
from visitor import LightLoad, Visitor

SOURCE = Path(__file__).resolve().parents[2]
HOST = "localhost"
LEAKS = ("Bobby Tables", "13800138000", "11010519491231002X", "sesame-open")


class Trial:
    """One installation, from the installer to its end."""

    def __init__(self) -> None:
        self.http, self.https = free_port(), free_port()
        self.base = f"https://{HOST}:{self.https}"
        self.begun = time.monotonic()

    def say(self, what: str) -> None:
        print(f"{time.monotonic() - self.begun:6.1f} s  {what}", flush=True)

    def install(self) -> None:
        self.database = Database()
        arguments = (
            "--host",
            HOST,
            "--http-port",
            str(self.http),
            "--https-port",
            str(self.https),
            "--name",
            "青岚公寓",
        )
        self.installer = (str(SOURCE / "deploy" / "install"), *arguments)
        self.environment = {**os.environ, "PGPORT": str(self.database.port)}
        for name in [name for name in self.environment if name.startswith(("YUJU_", "DATABASE_URL", "PG"))]:
            if name != "PGPORT":
                del self.environment[name]
        said = run(*self.installer, env=self.environment)
        self.password = re.search(r"Password: (\S+)", said)[1]  # type: ignore[index]
        self.settings = dict(
            line.split("=", 1) for line in Path("/etc/yuju/yuju.env").read_text().splitlines() if line[:1] not in "#"
        )
        self.visitor = Visitor(self.base, "/etc/yuju/tls/fullchain.pem")
        for path, mode in (("yuju.env", 0o600), ("owner.env", 0o600), ("tls/privkey.pem", 0o600)):
            expect(Path("/etc/yuju", path).stat().st_mode & 0o777 == mode, f"{path} is open to others")
        self.say(f"installed on PostgreSQL {self.database.version}")

    def install_again(self) -> None:
        before = os.readlink("/opt/yuju/current")
        said = run(*self.installer, env=self.environment)
        expect(os.readlink("/opt/yuju/current") == before, "a second run makes another release of the same")
        expect("Password" not in said, "a second run makes another password")
        self.say("the installer can be run again")

    def units(self) -> None:
        files = sorted(str(file) for file in Path("/etc/systemd/system").glob("yuju*"))
        said = subprocess.run(["systemd-analyze", "verify", "--man=no", *files], capture_output=True, text=True)
        ours = [line for line in said.stderr.splitlines() if "yuju" in line]
        expect(not ours, "\n".join(ours))
        for file in files:
            if file.endswith(".service"):
                exposed = ("systemd-analyze", "security", "--offline=true", "--no-pager", "--threshold=25", file)
                run(*exposed)
        self.say(f"{len(files)} units are in order, their exposure below 2.5 of 10")

    def start(self) -> None:
        names = ("yuju-web@1.service", "yuju-web@2.service", "yuju-live.service", "yuju-worker@1.service")
        self.web, self.other_web, self.live, self.worker = self.running = [Unit(name) for name in names]
        for unit in self.running:
            unit.start()
        for unit in self.running:
            command = Path(f"/proc/{unit.process.pid}/environ").read_bytes()  # type: ignore[union-attr]
            expect(
                b"DATABASE_URL=" not in command.replace(b"YUJU_APP_DATABASE_URL=", b""), f"{unit.name} knows the owner"
            )
        self.nginx = subprocess.Popen(["nginx", "-g", "daemon off;"])
        wait_for("nginx listens", lambda: _listens(self.https))
        wait_for("ready", lambda: self.ready()[0] == 200)
        self.say("web, live and worker run as their units say, nginx is in front")

    def ready(self) -> tuple[int, dict[str, str]]:
        """What the check of health says, with the token for details."""
        token = f"Bearer {self.settings['YUJU_MONITORING_TOKEN']}"
        answer = self.visitor.get("/health/ready", Authorization=token, timeout=30)
        return answer.status, json.loads(answer.text)["checks"]

    def transport(self) -> None:
        answer = self.visitor.get(f"http://{HOST}:{self.http}/bills?q=1")
        expect(
            answer.status == 301 and answer.headers["Location"] == f"{self.base}/bills?q=1",
            "http does not lead to https",
        )
        challenge = Path("/var/www/yuju/acme/.well-known/acme-challenge/x")
        challenge.parent.mkdir(parents=True)
        challenge.write_text("y")
        expect(self.visitor.get(f"http://{HOST}:{self.http}/.well-known/acme-challenge/x").text == "y", "no ACME path")
        self.visitor.tls.set_alpn_protocols(["h2"])
        with socket.create_connection((HOST, self.https)) as plain:
            with self.visitor.tls.wrap_socket(plain, server_hostname=HOST) as spoken:
                expect(
                    spoken.version() == "TLSv1.3" and spoken.selected_alpn_protocol() == "h2", "no TLS 1.3 with HTTP/2"
                )
        self.visitor.tls.set_alpn_protocols(["http/1.1"])
        old = ssl.create_default_context(cafile="/etc/yuju/tls/fullchain.pem")
        old.maximum_version = ssl.TLSVersion.TLSv1_1
        old.set_ciphers("ALL:@SECLEVEL=0")
        try:
            with socket.create_connection((HOST, self.https)) as plain, old.wrap_socket(plain, server_hostname=HOST):
                raise Failed("TLS 1.1 is spoken")
        except (ssl.SSLError, ConnectionError):
            pass
        self.say("http leads to https, but for ACME; TLS 1.3 with HTTP/2, nothing older than 1.2")

    def sign_in(self) -> None:
        page = self.visitor.get("/sign-in")
        once = ("Strict-Transport-Security", "X-Content-Type-Options", "X-Frame-Options", "Content-Security-Policy")
        for name in (*once, "Referrer-Policy", "X-Request-ID"):
            expect(len(page.all(name)) == 1, f"{name} comes {len(page.all(name))} times")
        answer = self.visitor.post("/sign-in", {"username": "admin", "password": self.password})
        expect(answer.status == 302, f"signing in answers {answer.status}")
        expect(all("Secure" in cookie for cookie in answer.all("Set-Cookie")), "a cookie is not for HTTPS alone")
        expect(self.visitor.get("/").status == 200, "the home page does not open")
        self.say("signed in over HTTPS; each security header once")

    def static(self) -> None:
        page = self.visitor.get("/").text
        sheet = re.search(r'href="(/static/[^"]+\.[0-9a-f]{12}\.css)"', page)[1]  # type: ignore[index]
        plain, packed = self.visitor.get(sheet), self.visitor.get(sheet, **{"Accept-Encoding": "gzip"})
        expect(
            "immutable" in plain.headers["Cache-Control"] and "31536000" in plain.headers["Cache-Control"],
            "not for long",
        )
        ready_made = Path("/var/www/yuju", sheet[1:] + ".gz").read_bytes()
        expect(packed.headers["Content-Encoding"] == "gzip" and packed.body == ready_made, "not the precompressed file")
        expect(len(plain.all("Strict-Transport-Security")) == 1, "no HSTS on files")
        self.say(f"{sheet} is kept for a year and comes compressed beforehand")

    def post_something(self) -> None:
        new = self.visitor.post("/properties/new/", PROPERTY)
        expect(new.status == 302, f"a form answers {new.status}: {re.findall('invalid-feedback.{200}', new.text)}")
        expect(self.sql("SELECT count(*) FROM premises_property WHERE code = 'QL'") == "1", "a form is not saved")
        self.say("a form was sent and saved")

    def live_events(self) -> None:
        stream = self.visitor.open("/live?topics=job", timeout=10)
        expect(stream.headers["Content-Type"].startswith("text/event-stream"), "no stream of events")
        expect(b": ready" in b"".join(stream.readline() for _ in range(3)), "the stream does not begin")
        count = r"yuju_live_connections (\d+)"
        wait_for("the open page is counted", lambda: re.search(count, self.metrics())[1] == "1")  # type: ignore[index]
        begun = time.monotonic()
        self.sql('SELECT pg_notify(\'yuju_live\', \'{"operator": 1, "topic": "job", "ids": {"id": 7}}\')')
        while not (line := stream.readline()).startswith(b"event: job"):
            expect(line, "the stream ended")
        took = time.monotonic() - begun
        expect(took < 2, f"an event takes {took:.1f} s: it is buffered")
        stream.close()
        self.say(f"an event arrived through nginx after {took * 1000:.0f} ms, psql's start included")

    def metrics(self) -> str:
        token = f"Bearer {self.settings['YUJU_MONITORING_TOKEN']}"
        return self.visitor.get("/metrics", Authorization=token).text

    def monitoring(self) -> None:
        expect(self.visitor.get("/metrics").status == 404, "metrics are open to all")
        expect("checks" not in self.visitor.get("/health/ready").text, "details are open to all")
        spoofed = self.visitor.get("/metrics", **{"X-Forwarded-For": "127.0.0.1"})
        expect(spoofed.status == 404, "metrics are open to who says it is this machine")
        status, checks = self.ready()
        expect(status == 200 and set(checks.values()) == {"ok"}, str(checks))
        told = self.metrics()
        wanted = (
            "yuju_request_seconds_count",
            "yuju_queries_total",
            "yuju_jobs{",
            "yuju_bill_runs{",
            "yuju_database_up 1",
        )
        expect(all(name in told for name in wanted), "metrics are missing")
        expect('route="console:sign-in"' in told, "requests are not counted by the name of the page")
        self.say("health and metrics tell, and only those they are for")

    def backup(self) -> None:
        unit = Unit("yuju-backup.service")
        unit.run_once()
        made = [file.name for file in Path("/var/backups/yuju").iterdir()]
        expect(made, "there is no backup")
        wait_for("the backup's age is told", lambda: "yuju_backup_age_seconds" in self.metrics())
        self.say(f"the unit of the timer made {', '.join(made)}")

    def limits(self) -> None:
        large = b"x" * (65 * 1024 * 1024)
        with socket.create_connection((HOST, self.https)) as plain:
            with self.visitor.tls.wrap_socket(plain, server_hostname=HOST) as spoken:
                head = f"POST /sign-in HTTP/1.1\r\nHost: {HOST}\r\nContent-Length: {len(large)}\r\n\r\n"
                spoken.sendall(head.encode())
                expect(b" 413 " in spoken.recv(100), "a body of 65 MB is taken")
        crowd = Visitor(self.base, "/etc/yuju/tls/fullchain.pem")
        statuses = [crowd.send("/o/main/sign-in", {"username": f"u{n}"}).status for n in range(30)]
        expect(429 in statuses and statuses[0] != 429, f"passwords may be guessed without end: {statuses}")
        expect(crowd.get("/o/main/sign-in").status == 200, "the page itself is closed too")
        self.say("uploads over 64 MB and guessed passwords are refused")

    def death(self) -> None:
        with LightLoad(self.visitor, "/") as load:
            time.sleep(0.5)
            victim = int(re.findall(r"Spawning worker-1 with PID: (\d+)", self.web.said())[-1])
            os.kill(victim, signal.SIGKILL)
            back = wait_for("a new process", lambda: victim not in self.web.children() and _pages_answer(8101))
            time.sleep(0.5)
        expect(self.web.alive(), "the whole unit went with its process")
        expect(len(load.wrong) <= 1, f"killing one process: {load.wrong} of {load.asked}")
        self.say(f"kill -9 of a web process: back after {back:.1f} s, {len(load.wrong)} of {load.asked} requests lost")

    def rolling_restart(self) -> None:
        with LightLoad(self.visitor, "/") as load:
            for unit in (self.web, self.other_web):
                unit.restart()
            time.sleep(0.5)
        expect(not load.wrong, f"the rolling restart lost {load.wrong} of {load.asked}")
        self.say(f"rolling restart under light load: none of {load.asked} requests lost")

    def job(self) -> None:
        # Upkeep that every worker does by itself every ten seconds.
        done = "SELECT count(*) FROM procrastinate_periodic_defers WHERE task_name LIKE '%revive_stalled'"
        wait_for("a job was enqueued", lambda: int(self.sql(done)) > 0, seconds=25)
        waiting = "SELECT count(*) FROM procrastinate_jobs WHERE queue_name = 'upkeep' AND status IN ('todo', 'doing')"
        wait_for("the worker has done it", lambda: int(self.sql(waiting)) == 0, seconds=25)
        self.say("the worker does its jobs")

    def outage(self) -> None:
        self.database.stop()
        wait_for("health turns red", lambda: self.ready()[0] == 503)
        status, checks = self.ready()
        expect(checks["database"] == "does not answer" and checks["disk"] == "ok", f"{status} {checks}")
        expect(
            self.visitor.get("/health/live").status == 200, "an outage of the database is no reason to kill processes"
        )
        expect("yuju_database_up 0" in self.metrics(), "metrics do not tell of the outage")
        page = self.visitor.get("/", timeout=40)
        expect(page.status == 500 and re.search(r"E-[0-9A-F]{8}", page.text), "no page that says so")
        reference = re.search(r"E-([0-9A-F]{8})", page.text)[1].lower()  # type: ignore[index]
        said = self.web.said() + self.other_web.said()
        expect(f'"request": "{reference}' in said, "the reference of the page is not in the log")
        self.database.start()
        ended: set[str] = set()

        def green() -> bool:
            ended.update(unit.name for unit in self.running if unit.look_after())
            return self.ready()[0] == 200

        back = wait_for("health turns green", green, seconds=60)
        wait_for("the page is back", lambda: self.visitor.get("/").status == 200)
        self.say(f"database away: health red, a page with a reference; green {back:.1f} s after its return")
        if ended:
            self.say(f"systemd had to start again: {', '.join(sorted(ended))}")

    def logs(self) -> None:
        name, phone, number, word = LEAKS
        self.visitor.get(f"/search?q={phone}&name=Bobby+Tables")
        self.visitor.get(f"/r/{number}?secret={word}", Cookie=f"x={word}", **{"User-Agent": phone})
        Visitor(self.base, "/etc/yuju/tls/fullchain.pem").post("/sign-in", {"username": phone, "password": word})
        said = "".join(unit.said() for unit in self.running)
        lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
        others = [line for line in said.splitlines() if line.strip() and not line.startswith("{")]
        expect(not others, f"lines that are no JSON: {others[:5]}")
        asked = [line for line in lines if line["logger"] == "yuju.requests"]
        expect(all(line["request"] and "ms" in line for line in asked), "a request without number or time")
        files = [*Path("/var/log/nginx").iterdir()]
        everything = said + "".join(file.read_text() for file in files)
        for leak in (*LEAKS, self.password, self.settings["YUJU_MONITORING_TOKEN"], name.replace(" ", "+")):
            expect(leak not in everything, f"the log tells {leak}")
        traced = {line["request"] for line in asked}
        access = Path("/var/log/nginx/yuju.access.log").read_text()
        expect(len(traced & set(access.split())) > 20, "nginx and the application number requests apart")
        self.say(f"{len(lines)} lines of log, all JSON, without a number, name or secret that was planted")

    def unavailable(self) -> None:
        taken = {unit.name: unit.stop() for unit in self.running}
        answer = self.visitor.get("/")
        expect(answer.status == 502 and "系统正在恢复" in answer.text, f"no page for an outage: {answer.status}")
        expect(len(answer.all("Strict-Transport-Security")) == 1, "no HSTS on nginx's own page")
        longest = max(taken, key=lambda name: taken[name])
        self.say(f"all stop by themselves, {longest} last after {taken[longest]:.1f} s; nginx says that it comes back")

    def sql(self, statement: str) -> str:
        command = (
            "runuser",
            "-u",
            "postgres",
            "--",
            "psql",
            "-At",
            "-p",
            str(self.database.port),
            "-c",
            statement,
            "yuju",
        )
        return run(*command, cwd="/").strip()

    def run(self) -> None:
        self.install()
        self.install_again()
        self.units()
        self.start()
        self.transport()
        self.sign_in()
        self.static()
        self.post_something()
        self.live_events()
        self.monitoring()
        self.death()
        self.rolling_restart()
        self.job()
        self.backup()
        self.limits()
        self.outage()
        self.logs()
        self.unavailable()
        self.say("the production set-up holds")


PROPERTY = {"code": "QL", "name": "青岚公寓", "time_zone": "Asia/Shanghai"}


def _listens(port: int) -> bool:
    with socket.socket() as plain:
        return plain.connect_ex(("127.0.0.1", port)) == 0


def _pages_answer(port: int) -> bool:
    try:
        return (
            Visitor(f"http://127.0.0.1:{port}", "/etc/yuju/tls/fullchain.pem").get("/health/live", timeout=2).status
            == 200
        )
    except OSError:
        return False


if __name__ == "__main__":
    set_apart()
    trial = Trial()
    try:
        trial.run()
    except Exception as error:
        for unit in getattr(trial, "running", []):
            print(f"--- {unit.name}\n{unit.said()[-2500:]}")
        print(f"deploy/try: {error}", file=sys.stderr)
        if not isinstance(error, Failed):
            raise
        sys.exit(1)
