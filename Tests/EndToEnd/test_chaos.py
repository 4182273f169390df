"""A small run of chaos.py; `make chaos COUNT=… SEED=…` runs it at any size."""

import os
import random

import chaos


def test_no_money_is_lost_when_processes_are_killed_under_network_faults(tmp_path):
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(2**31))
    assert chaos.run(int(os.environ.get("CHAOS_COUNT", "150")), seed, tmp_path) == [], f"SEED={seed}"
