"""A small run of simulate.py; `make simulate DAYS=… SEED=…` runs it at any size."""

import os
import random

import simulate

SEED = int(os.environ.get("SEED") or random.SystemRandom().randrange(2**31))
MERCHANTS = 2
PAYMENTS_PER_DAY = (3, 8)
MERCHANT_DAYS = int(os.environ.get("SIMULATED_DAYS", "4"))


def test_merchants_live_their_days_and_all_books_agree(tmp_path):
    problems = simulate.run(
        MERCHANT_DAYS, SEED, tmp_path, merchants=MERCHANTS, payments_per_day=PAYMENTS_PER_DAY)
    assert problems == [], f"SEED={SEED}"
