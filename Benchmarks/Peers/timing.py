"""Times work that several processes do at once, so that no peer is held back by one interpreter."""

import json
import multiprocessing
import time

# As many connections as pgbench has, shared by as many processes as the machine has processors.
CLIENTS = 16
PROCESSES = max(1, min(4, multiprocessing.cpu_count()))
CLIENTS_PER_PROCESS = CLIENTS // PROCESSES

# About as long as the events and commands of a payment are.
PAYLOAD = "p" * 600


def together(work, *arguments):
    """Runs `work(start, *arguments)` in each process and returns what they did a second.

    `work` gets ready, calls `start()`, which waits for the others, and returns how much it did.
    """
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(PROCESSES)
    answers = context.Queue()
    children = [
        context.Process(target=_run, args=(work, barrier, answers, arguments))
        for _ in range(PROCESSES)
    ]
    for child in children:
        child.start()
    results = []
    while len(results) < PROCESSES:
        results.append(answers.get(timeout=300))
    for child in children:
        child.join()
    failures = [result["failure"] for result in results if "failure" in result]
    if failures:
        raise SystemExit(failures[0])
    first = min(result["start"] for result in results)
    last = max(result["end"] for result in results)
    return sum(result["done"] for result in results) / (last - first)


def report(per_second):
    """Says the one figure that the caller wants."""
    print(json.dumps({"perSecond": per_second}))


def _run(work, barrier, answers, arguments):
    started = []

    def start():
        barrier.wait(timeout=120)
        started.append(time.monotonic())

    try:
        done = work(start, *arguments)
        answers.put({"start": started[0], "end": time.monotonic(), "done": done})
    except BaseException as failure:
        barrier.abort()
        answers.put({"failure": f"{type(failure).__name__}: {failure}"})
