"""procrastinate: appends jobs one a transaction, or works off jobs that are stored.

Configured as its documents say for many short jobs: the asynchronous connector with a pool, workers
with concurrency, and jobs that are deleted when they have succeeded.
"""

import asyncio
import logging
import sys
import time

import psycopg
from procrastinate import App, PsycopgConnector

import timing

STORED_AT_ONCE = 1000


def application(url):
    app = App(
        connector=PsycopgConnector(
            conninfo=url,
            min_size=timing.CLIENTS_PER_PROCESS,
            max_size=timing.CLIENTS_PER_PROCESS + 2,
        )
    )
    done = []

    @app.task(name="job", queue="jobs")
    async def job(payload):
        done.append(None)

    @app.task(name="other", queue="others")
    async def other(payload):
        raise RuntimeError("nobody works off what is only appended")

    return app, job, other, done


async def prepare(url):
    app, _, _, _ = application(url)
    async with app.open_async():
        await app.schema_manager.apply_schema_async()


async def append(start, url, seconds):
    app, _, other, _ = application(url)
    async with app.open_async():
        await other.defer_async(payload=timing.PAYLOAD)
        await asyncio.to_thread(start)
        end = time.monotonic() + seconds

        async def producer():
            appended = 0
            while time.monotonic() < end:
                await other.defer_async(payload=timing.PAYLOAD)
                appended += 1
            return appended

        appended = await asyncio.gather(
            *(producer() for _ in range(timing.CLIENTS_PER_PROCESS))
        )
    return sum(appended)


async def store(url, jobs):
    app, job, _, _ = application(url)
    async with app.open_async():
        for first in range(0, jobs, STORED_AT_ONCE):
            count = min(STORED_AT_ONCE, jobs - first)
            await job.batch_defer_async(*[{"payload": timing.PAYLOAD}] * count)
    # The fetch relies on the tables' statistics; autovacuum would gather them a minute later.
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("ANALYZE")


async def work(start, url):
    app, _, _, done = application(url)
    async with app.open_async():
        await asyncio.to_thread(start)
        await app.run_worker_async(
            queues=["jobs"],
            concurrency=timing.CLIENTS_PER_PROCESS,
            wait=False,
            delete_jobs="successful",
            install_signal_handlers=False,
        )
    return len(done)


def append_process(start, url, seconds):
    logging.disable(logging.CRITICAL)
    return asyncio.run(append(start, url, seconds))


def work_process(start, url):
    logging.disable(logging.CRITICAL)
    return asyncio.run(work(start, url))


def main():
    order, url, amount = sys.argv[1], sys.argv[2], sys.argv[3:]
    if order == "prepare":
        asyncio.run(prepare(url))
    elif order == "append":
        timing.report(timing.together(append_process, url, float(amount[0])))
    elif order == "jobs":
        asyncio.run(store(url, int(amount[0])))
        timing.report(timing.together(work_process, url))


if __name__ == "__main__":
    # Not as the main module: a task is found by the module that it is in.
    import procrastinate_peer

    procrastinate_peer.main()
