"""Reads messages as hexadecimal lines, decodes and encodes them with pyiso8583, writes JSON lines.

Its ASCII default is the specification as it stands: our profile changes no format of ISO 8583:1987.
"""

import json
import sys

import iso8583
from iso8583.specs import default_ascii

for line in sys.stdin:
    decoded, encoded = iso8583.decode(bytes.fromhex(line.strip()), spec=default_ascii)
    fields = {name: decoded[name] for name in decoded if name.isdigit() and name not in ("1",)}
    written, _ = iso8583.encode({"t": decoded["t"]} | fields, spec=default_ascii)
    print(json.dumps({"type": decoded["t"], "fields": fields, "encoded": written.hex()}))
