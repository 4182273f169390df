"""Second instances of the services that work in the background, beside those of the stack."""

import os
import signal
import subprocess

import stack as system

END_SECONDS = 60


class SecondInstances:
    """One more process of each, with the settings that the stack gives the first one."""

    def __init__(self, stack):
        self.stack = stack
        self.running = {}
        ports = {name: stack.published(f"sandbox.{name}.port") for name in ("network", "vault", "bank")}
        certificate = str(stack.state / "sandbox" / "vault-certificate.pem")
        self.settings = {
            "orchestrator": {"NETWORK_HOST": "127.0.0.1", "NETWORK_PORT": ports["network"]},
            "settlement": {
                "CLEARING_URL": f"https://127.0.0.1:{ports['vault']}", "CLEARING_CERTIFICATE_FILE": certificate,
            },
            "payout": {
                "BANK_URL": f"https://127.0.0.1:{ports['bank']}", "BANK_CERTIFICATE_FILE": certificate,
            },
            "webhook": {"ALLOW_LOOPBACK_TARGETS": "true"},
        }

    @property
    def names(self):
        return [f"{name}-2" for name in self.settings]

    def start(self):
        for name in self.settings:
            self._start(name)

    def _start(self, name):
        environment = {
            key: value for key, value in os.environ.items() if key not in ("PORT", "DATABASE_URL")
        } | {
            "DATABASE_URL": self.stack.published("database.url"), "STATE": str(self.stack.state),
            "INSTANCE": f"{name}-2", "ADMIN_HOST": "127.0.0.1", "ADMIN_PORT": "0",
        } | self.settings[name]
        with open(self.stack.folder / f"{name}-2.log", "a") as log:
            self.running[name] = subprocess.Popen(
                [system.BINARIES / name.capitalize()], env=environment, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log)

    def kill(self, instance):
        """kill -9."""
        process = self.running[instance.removesuffix("-2")]
        process.send_signal(signal.SIGKILL)
        process.wait(END_SECONDS)

    def revive(self):
        """Starts those again that ended, killed or by themselves."""
        for name, process in list(self.running.items()):
            if process.poll() is not None:
                self._start(name)

    def stop(self):
        """Ends all of them in order; one that cannot end is a fault of its own."""
        for process in self.running.values():
            process.terminate()
        for name, process in self.running.items():
            assert process.wait(END_SECONDS) == 0, f"{name}-2 ended with {process.returncode}"
