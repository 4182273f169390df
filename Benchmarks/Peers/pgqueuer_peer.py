"""pgqueuer: appends jobs one a transaction, or works off jobs that are stored.

Configured as its performance guide says: durable tables (the only mode that loses nothing), its
autovacuum settings, a connection pool for producers, one connection for each worker, uvloop, and
large batches for short jobs.
"""

import asyncio
import logging
import sys
import time
from datetime import timedelta

import asyncpg
import uvloop
from pgqueuer import AsyncpgDriver, AsyncpgPoolDriver, Queries, QueueManager
from pgqueuer.types import QueueExecutionMode

import timing

BATCH = 200
STORED_AT_ONCE = 1000


async def prepare(url):
    connection = await asyncpg.connect(url)
    queries = Queries(AsyncpgDriver(connection))
    await queries.install()
    await connection.execute(queries.qbe.build_optimize_autovacuum_query())
    await connection.close()


async def append(start, url, seconds):
    pool = await asyncpg.create_pool(
        url, min_size=timing.CLIENTS_PER_PROCESS, max_size=timing.CLIENTS_PER_PROCESS
    )
    queries = Queries(AsyncpgPoolDriver(pool))
    payload = timing.PAYLOAD.encode()
    await queries.enqueue("other", payload)
    await asyncio.to_thread(start)
    end = time.monotonic() + seconds

    async def producer():
        done = 0
        while time.monotonic() < end:
            await queries.enqueue("other", payload)
            done += 1
        return done

    done = await asyncio.gather(*(producer() for _ in range(timing.CLIENTS_PER_PROCESS)))
    await pool.close()
    return sum(done)


async def store(url, jobs):
    connection = await asyncpg.connect(url)
    queries = Queries(AsyncpgDriver(connection))
    await queries.clear_queue()
    payload = timing.PAYLOAD.encode()
    for first in range(0, jobs, STORED_AT_ONCE):
        count = min(STORED_AT_ONCE, jobs - first)
        await queries.enqueue(["job"] * count, [payload] * count, [0] * count)
    await connection.close()


async def work(start, url):
    connection = await asyncpg.connect(url)
    manager = QueueManager(Queries(AsyncpgDriver(connection)))
    done = 0

    @manager.entrypoint("job")
    async def job(_):
        nonlocal done
        done += 1

    await asyncio.to_thread(start)
    await manager.run(
        batch_size=BATCH,
        mode=QueueExecutionMode.drain,
        dequeue_timeout=timedelta(seconds=1),
    )
    return done


def append_process(start, url, seconds):
    return uvloop.run(append(start, url, seconds))


def work_process(start, url):
    logging.disable(logging.CRITICAL)
    return uvloop.run(work(start, url))


def main():
    order, url, amount = sys.argv[1], sys.argv[2], sys.argv[3:]
    if order == "prepare":
        uvloop.run(prepare(url))
    elif order == "append":
        timing.report(timing.together(append_process, url, float(amount[0])))
    elif order == "jobs":
        uvloop.run(store(url, int(amount[0])))
        timing.report(timing.together(work_process, url))


if __name__ == "__main__":
    main()
