"""The token file of kis_auth.py (koreainvestment/open-trading-api), which is on no registry.

Call this before the import of kis_auth, then kis_auth.auth(), which issues a token without a valid file.
"""

import os
from datetime import datetime
from pathlib import Path

from broker_token_reader import TokenReader

DIRECTORY = Path.home() / "KIS" / "config"


def write_token_file(reader: TokenReader, directory: Path = DIRECTORY) -> Path:
    facts = reader.facts(min_remaining=60)
    # kis_auth names the file by the date of this machine, and compares the end with its local time.
    path = directory / f"KIS{datetime.now():%Y%m%d}"
    end = facts.expires_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    directory.mkdir(parents=True, exist_ok=True)
    with open(path, "w", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(f"token: {facts.token}\nvalid-date: {end}\n")
    return path
