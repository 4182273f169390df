"""pgq: appends events one a transaction, or reads events that are stored, batch by batch.

It has no wake-up: consumers poll, and see nothing before the next tick. It has no claim of a job
either: one consumer gets a batch of events and finishes all of it at once. Events are appended by
pgbench, which is the cheapest client there is; the batches are read by asyncpg.
"""

import asyncio
import os
import re
import subprocess
import sys
import tempfile
import time

import asyncpg
import uvloop

import timing


async def prepare(url):
    connection = await asyncpg.connect(url)
    await connection.execute("CREATE EXTENSION pgq")
    for queue in ("appended", "jobs"):
        await connection.execute("SELECT pgq.create_queue($1)", queue)
        await connection.execute("SELECT pgq.register_consumer($1, 'bench')", queue)
    await connection.close()


def append(url, seconds):
    with tempfile.TemporaryDirectory() as folder:
        script = os.path.join(folder, "append.sql")
        with open(script, "w") as file:
            file.write(f"SELECT pgq.insert_event('appended', 'job', '{timing.PAYLOAD}');\n")
        output = subprocess.run(
            [
                os.environ.get("PGBENCH", "pgbench"), "--no-vacuum", f"--file={script}",
                f"--client={timing.CLIENTS}", "--jobs=2", "--protocol=prepared",
                f"--time={max(1, round(seconds))}", url,
            ],
            check=True,
            capture_output=True,
            text=True,
        ).stdout
    return float(re.search(r"^tps = ([0-9.]+)", output, re.MULTILINE).group(1))


async def work(url, jobs):
    connection = await asyncpg.connect(url)
    await connection.execute(
        "SELECT count(pgq.insert_event('jobs', 'job', $1)) FROM generate_series(1, $2::integer)",
        timing.PAYLOAD,
        jobs,
    )
    await connection.execute("SELECT pgq.force_tick('jobs')")
    await connection.execute("SELECT pgq.ticker()")
    done = 0
    start = time.monotonic()
    while True:
        batch = await connection.fetchval("SELECT pgq.next_batch('jobs', 'bench')")
        if batch is None:
            break
        events = await connection.fetch("SELECT * FROM pgq.get_batch_events($1)", batch)
        done += len(events)
        await connection.execute("SELECT pgq.finish_batch($1)", batch)
    elapsed = time.monotonic() - start
    await connection.close()
    if done < jobs:
        raise SystemExit(f"of {jobs} events {done} were read")
    return done / elapsed


def main():
    order, url, amount = sys.argv[1], sys.argv[2], sys.argv[3:]
    if order == "prepare":
        uvloop.run(prepare(url))
    elif order == "append":
        timing.report(append(url, float(amount[0])))
    elif order == "jobs":
        timing.report(uvloop.run(work(url, int(amount[0]))))


if __name__ == "__main__":
    main()
