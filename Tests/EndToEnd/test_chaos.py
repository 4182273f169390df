"""Small runs of chaos.py; `make chaos COUNT=… SEED=…` runs it at any size."""

import os
import random

import chaos

SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(2**31))


def test_no_money_is_lost_when_processes_are_killed_under_network_faults(tmp_path):
    assert chaos.run(int(os.environ.get("CHAOS_COUNT", "150")), SEED, tmp_path) == [], f"SEED={SEED}"


def test_after_a_storm_of_kills_everything_comes_to_rest(tmp_path):
    assert chaos.run(60, SEED, tmp_path, storm=True) == [], f"SEED={SEED}"
