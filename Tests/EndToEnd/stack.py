"""Runs the real system, as `make up` does, from the executables that the build made."""

import os
import pathlib
import signal
import socket
import subprocess

import requests
import stripe

ROOT = pathlib.Path(__file__).resolve().parents[2]
BINARIES = pathlib.Path(os.environ.get("BINARIES", ROOT / ".build" / "debug"))
START_SECONDS = 180
# Below the range from which the kernel picks ports for outgoing connections.
PORTS = range(18_080, 32_000, 16)


class Merchant:
    """A demo merchant and its keys."""

    def __init__(self, base, body):
        self.base = base
        self.id = body["id"]
        self.key = body["secret_key"]
        self.publishable_key = body["publishable_key"]

    def get(self, path, params=None):
        params = {name: value for name, value in (params or {}).items()}
        answer = requests.get(self.base + path, params=params, auth=(self.key, ""), timeout=20)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def pay_out_by_hand(self):
        """No payouts but those that are asked for: what is available stays so."""
        answer = requests.post(
            self.base + "/v1/balance_settings", auth=(self.key, ""), timeout=20,
            data={"payments[payouts][schedule][interval]": "manual"})
        assert answer.status_code == 200, answer.text


class Stack:
    """A private Postgres, the services, the sandbox and the supervisor that keeps them alive."""

    def __init__(self, folder, environment=None):
        self.folder = pathlib.Path(folder)
        self.state = self.folder / "state"
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"
        self.environment = os.environ | {
            "STATE": str(self.state), "PORT": str(self.port), "DATABASE_URL": "",
        } | (environment or {})

    def control(self, *arguments, check=True, timeout=START_SECONDS):
        return subprocess.run(
            [BINARIES / "Control", *arguments], env=self.environment, check=check, timeout=timeout,
            stdin=subprocess.DEVNULL, capture_output=True, text=True,
        )

    def up(self):
        try:
            answer = self.control("up")
        except subprocess.CalledProcessError as error:
            raise AssertionError(f"up failed:\n{error.stdout}\n{error.stderr}\n{self.logs()}") from error
        return answer.stdout

    def down(self):
        self.control("down")

    def logs(self):
        return "\n".join(
            f"--- {path.name}\n" + "\n".join(path.read_text(errors="replace").splitlines()[-15:])
            for path in sorted(self.state.rglob("*.log"))
        )

    def point_sdk(self):
        stripe.api_base = self.base
        stripe.max_network_retries = 0

    def demo_merchant(self):
        answer = requests.post(self.base + "/v1/demo/merchants", timeout=20)
        assert answer.status_code == 200, answer.text
        return Merchant(self.base, answer.json())

    def published(self, name):
        """What a process published in the run folder, or None."""
        path = self.state / "run" / name
        return path.read_text().strip() if path.exists() else None

    def process(self, name):
        return int(self.published(f"{name}.pid"))

    def kill(self, name):
        """kill -9; the supervisor starts it again."""
        os.kill(self.process(name), signal.SIGKILL)

    def rows(self, query):
        """Rows of a query, as psql prints them."""
        answer = subprocess.run(
            ["psql", "-XqAt", "-F", "\t", "-v", "ON_ERROR_STOP=1", self.published("database.url"), "-c", query],
            capture_output=True, text=True, timeout=60,
        )
        assert answer.returncode == 0, answer.stderr
        return [tuple(line.split("\t")) for line in answer.stdout.splitlines()]

    def value(self, query):
        return self.rows(query)[0][0]

    @property
    def sandbox(self):
        return f"http://127.0.0.1:{self.published('sandbox.control.port')}"

    def faults(self, **settings):
        """Switches the sandbox's faults; without arguments all are off."""
        answer = requests.put(self.sandbox + "/faults", json=settings, timeout=10)
        assert answer.status_code == 200, answer.text

    def network_summary(self):
        """What the network itself says happened, by reference."""
        answer = requests.get(self.sandbox + "/summary", timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()["references"]

    def bank_summary(self):
        """What the bank itself says was moved: balances, and a row for each reference."""
        answer = requests.get(self.sandbox + "/bank/summary", timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def network_log(self):
        """The network's own facts, oldest first."""
        facts = []
        while True:
            answer = requests.get(self.sandbox + "/log", params={"after": len(facts), "limit": 5_000}, timeout=60)
            assert answer.status_code == 200, answer.text
            if not answer.json():
                return facts
            facts += answer.json()


def free_port():
    for port in PORTS:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                try:
                    probe.bind(("127.0.0.1", port))
                    return port
                except OSError:
                    continue
    raise AssertionError("no free port")
