# Python 3.9 or later, with: pip install "pyjwt[crypto]"
import getpass
import hashlib
import json
import platform
import sys
import time
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import jwt

SERVER = "{{ORIGIN}}"
PRODUCT_ID = "{{PRODUCT_ID}}"
KEY = "YOUR-KEY"
# Embedded, because an attacker could replace a key that is downloaded.
PUBLIC_KEY = """{{PUBLIC_KEY}}"""
LAST_ANSWER = Path("license.json")
OFFLINE_RESPONSE = Path("offline.txt")


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


# The same at each start, and another on each machine.
file = Path("/etc/machine-id")
machine_id = file.read_text().strip() if file.exists() else ""
fingerprint = sha256(f"{PRODUCT_ID}:{machine_id or platform.node()}")


def ask():
    machine = {
        "key": KEY,
        "productId": PRODUCT_ID,
        "hostname": platform.node(),
        "os": platform.system().lower(),
        "fingerprint": fingerprint,
        "appVersion": "1.0.0",
        "userHash": sha256(getpass.getuser()),
    }
    headers = {"Content-Type": "application/json"}
    request = Request(SERVER + "/v3/activations", json.dumps(machine).encode(), headers)
    try:
        response = urlopen(request, timeout=10)
    except HTTPError as refusal:
        # Any other status (429, 5xx, a proxy's 403) says nothing about the license.
        if refusal.code != 400:
            raise
        response = refusal
    answer = json.load(response)
    if "activationToken" not in answer and "code" not in answer:
        raise ValueError("not an answer of the server")
    LAST_ANSWER.write_text(json.dumps(answer))
    return answer


# At each start: a known fingerprint gets a fresh token and takes no second slot.
# Without a network, save an offline response as offline.txt. It is loaded once.
offline = OFFLINE_RESPONSE.exists()
fresh = False
if offline:
    answer = {"activationToken": OFFLINE_RESPONSE.read_text().strip()}
else:
    try:
        answer = ask()
        fresh = True
    except (OSError, HTTPException, TypeError, ValueError) as error:
        # An outage must not lock customers out: without an answer, the last one holds.
        if not LAST_ANSWER.exists():
            sys.exit(f"No license: {error}")
        answer = json.loads(LAST_ANSWER.read_text())
if "code" in answer:
    sys.exit(f"No license: {answer['code']}, {answer['message']}")

token = answer["activationToken"]
try:
    # A clock that is behind must not refuse a new token, so `iat` is not checked.
    claims = jwt.decode(token, PUBLIC_KEY, ["RS256"], options={"verify_iat": False})
except jwt.InvalidTokenError as error:
    sys.exit(f"No license: the token is not signed with the key of this product ({error})")
# The receipt of a deactivation is signed too, and has another type.
if jwt.get_unverified_header(token).get("typ") != "JWT":
    sys.exit("No license: this is no activation token")
if claims["pid"] != PRODUCT_ID or claims["key"] != KEY:
    sys.exit("No license: the token is of another license")
if claims["fp"] != fingerprint:
    sys.exit("No license: the token is of another machine")

# A fresh token states the server's time, `iat`. Within `aco`, it replaces a wrong clock.
now = time.time()
if fresh and abs(now - claims["iat"]) <= claims["aco"]:
    now = claims["iat"]


def over(claim):
    return 0 < claims[claim] <= now  # 0: never


if offline:
    if over("orv"):
        sys.exit("No license: the offline response is too old to be loaded")
    LAST_ANSWER.write_text(json.dumps(answer))
    OFFLINE_RESPONSE.unlink()
if claims["suspended"]:
    state = "suspended"
elif over("eat"):
    state = "expired"
elif over("leat") or over("ssgpeat"):
    state = "stale"  # the lease, or the grace without a sync, is over
else:
    state = "active"
print(f"Activation {claims['aid']}: {state}")
