"""localstripe: creates and confirms payments in one call each, on an empty store or a filled one.

It is one process that keeps everything in memory and writes all of it to one file after each change,
without a flush to the disk; its only settings are the port and `--from-scratch`. It reaches no card
network, keeps no books, and its log is thrown away here.
"""

import asyncio
import os
import socket
import subprocess
import sys
import time

import aiohttp

import timing

# The place is fixed in the program.
STORE = "/tmp/localstripe.pickle"
CONNECTIONS = 4
MEASURED = 50
HEADERS = {"Authorization": "Bearer sk_test_benchmark"}
CARD = {
    "type": "card",
    "card[number]": "4242424242424242",
    "card[exp_month]": "12",
    "card[exp_year]": "2034",
    "card[cvc]": "123",
}


class Server:
    """The server, from start to end, with an empty store."""

    def __init__(self):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        command = [os.path.join(os.path.dirname(sys.executable), "localstripe")]
        command += ["--port", str(self.port), "--from-scratch"]
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        self.base = f"http://127.0.0.1:{self.port}"

    async def __aenter__(self):
        self.session = aiohttp.ClientSession(
            headers=HEADERS, connector=aiohttp.TCPConnector(limit=CONNECTIONS)
        )
        for _ in range(200):
            try:
                async with self.session.get(self.base + "/v1/customers"):
                    return self
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.05)
        raise SystemExit("localstripe does not answer")

    async def __aexit__(self, *_):
        await self.session.close()
        self.process.terminate()
        self.process.wait()

    async def post(self, path, form):
        async with self.session.post(self.base + path, data=form) as answer:
            body = await answer.json(content_type=None)
            if answer.status != 200:
                raise SystemExit(f"localstripe answered {answer.status}: {body}")
            return body

    async def pay(self, count):
        """Makes so many payments over all connections."""
        method = (await self.post("/v1/payment_methods", CARD))["id"]
        left = iter(range(count))

        async def client():
            for number in left:
                payment = await self.post(
                    "/v1/payment_intents",
                    {
                        "amount": str(1000 + number),
                        "currency": "inr",
                        "confirm": "true",
                        "payment_method": method,
                        "payment_method_types[]": "card",
                    },
                )
                if payment["status"] != "succeeded":
                    raise SystemExit(f"a payment is {payment['status']}")

        start = time.monotonic()
        await asyncio.gather(*(client() for _ in range(CONNECTIONS)))
        return count / (time.monotonic() - start)


async def measure(stored):
    async with Server() as server:
        if stored:
            await server.pay(stored)
        return await server.pay(MEASURED)


def main():
    earlier = STORE + ".of-its-owner"
    if os.path.exists(STORE):
        os.replace(STORE, earlier)
    try:
        timing.report(asyncio.run(measure(int(sys.argv[1]))))
    finally:
        if os.path.exists(STORE):
            os.remove(STORE)
        if os.path.exists(earlier):
            os.replace(earlier, STORE)


if __name__ == "__main__":
    main()
