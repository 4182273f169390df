#!/usr/bin/env python3
"""Checks that a journal of the books was sealed, by itself: it shares no code with the gateway.

usage: verify_journal.py BASE_URL SECRET_KEY JOURNAL_ID [CHAIN]

It fetches the journal and its proof, rebuilds the lines that were hashed from what the API shows of the
journal, hashes its way up to the root (RFC 6962, SHA-256) and on into the chain of roots. CHAIN, where it
is given, is a link that was written down earlier: the proof must end in it. Exit status 0 or 1.
"""

import base64
import hashlib
import json
import sys
import urllib.request


def fetch(base, key, path):
    request = urllib.request.Request(base.rstrip("/") + path)
    request.add_header("Authorization", "Basic " + base64.b64encode(f"{key}:".encode()).decode())
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


def sha256(data):
    return hashlib.sha256(data).digest()


def root(leaf, index, count, path):
    """The root over a leaf: a neighbour is on the left of an odd place; one without rises as it is."""
    node, path = sha256(b"\x00" + leaf), list(path)
    while count > 1:
        if index ^ 1 < count:
            sibling = bytes.fromhex(path.pop(0))
            node = sha256(b"\x01" + (sibling + node if index % 2 else node + sibling))
        index, count = index // 2, (count + 1) // 2
    return None if path else node


def problems(journal, proof, known_chain=None):
    """What is wrong, in words; an empty list when the journal is the one that was sealed."""
    lines = proof["leaf"].split("\n")
    entries = [f"{entry['account']} {entry['debit']} {entry['credit']}" for entry in journal["entries"]]
    said = [journal["id"], journal["kind"], journal["currency"], journal["source"]]
    wrong = []
    if [lines[1], lines[3], lines[4], lines[5]] != said or lines[7:] != entries:
        wrong.append("the lines that were sealed are not what the journal says")
    if int(lines[6]) // 1_000_000 != journal["occurred_at"]:
        wrong.append("the journal took effect at another moment")
    computed = root(proof["leaf"].encode(), proof["leaf_index"], proof["leaf_count"], proof["path"])
    if computed is None or computed.hex() != proof["root"]:
        wrong.append("the path does not lead to the root")
    link = sha256(b"\x02" + bytes.fromhex(proof["previous_chain"]) + bytes.fromhex(proof["root"]))
    if link.hex() != proof["chain"] or known_chain not in (None, proof["chain"]):
        wrong.append("the root is not in the chain")
    return wrong


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    where = f"/v1/ledger/journals/{sys.argv[3]}"
    journal, proof = (fetch(sys.argv[1], sys.argv[2], where + end) for end in ("", "/proof"))
    wrong = problems(journal, proof, sys.argv[4] if len(sys.argv) == 5 else None)
    print("\n".join(wrong) or f"{sys.argv[3]} is leaf {proof['leaf_index']} of seal {proof['seal']}, {proof['chain']}")
    sys.exit(1 if wrong else 0)
