"""Contract tests: sends generated requests to a running server and checks each
response against the OpenAPI document (no 5xx, documented status, matching schema).

Usage: run.py BINARY, with the Python of the virtual environment in which
schemathesis is installed. The server uses a new SQLite file with the demo's data.
"""

import base64
import json
import os
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

# The check expects every valid request to succeed. Generated keys are unknown, so both APIs answer with 4xx.
SKIPPED_CHECK = "positive_data_acceptance"
MAX_EXAMPLES = "40"
# The slug of the demo's account.
DEMO_ACCOUNT = "northwind-software"

# A fixed seed repeats the same requests in every run; another seed generates different requests.
SEED = os.environ.get("COUNTERSIGN_TEST_SEED", "20261122")

CONFIG = """
[checks.negative_data_rejection]
expected-statuses = [400, 401, 403, 404, 405, 409, 413, 422, 429]

[parameters]
"query.license_key" = [{key}, "LIC-0000-0000-0000-0000"]
"query.domain" = [{domain}, "https://Example.COM:8080/path", "b\\u00fccher.example"]
"path.id" = [{activation}, "0190f5b2-0000-7000-8000-000000000000", "exports"]
"query.productId" = [{product}, "1"]
"""

# The management API accepts numbers as text, null, and unknown properties of any kind, so that a request may
# contradict the document and succeed.
MANAGEMENT_CONFIG = """
[[operations]]
include-tag = {tags}
checks.negative_data_rejection.enabled = false
"""

# Roles are fixed, and their other methods are not found by the contract. A Rust test checks them.
ROLES_CONFIG = """
[[operations]]
include-path-regex = "^/v3/roles"
checks.unsupported_method.enabled = false
"""

# The id of the row in the paths of a resource.
PATH_CONFIG = """
[[operations]]
include-path-regex = {regex}
parameters = {{ "path.id" = [{id}, "0190f5b2-0000-7000-8000-000000000000"] }}
"""

# The resources whose operations get the id of a row, and the bodies that create them.
NEW_ROWS = {
    "license-templates": {"name": "Schema"},
    "organizations": {"name": "Schema", "email": "it@schema.example"},
    "products": {"name": "Schema"},
    "tags": {"name": "schema"},
    "users": {"email": "schema@example.com", "firstName": "Schema"},
    "webhooks": {"name": "Schema", "url": "https://hooks.example/schema", "events": ["*"], "enabled": False},
}
CLIENT_TAGS = {"Domain API", "Machine API", "Keys"}
# Shops sign their events with a secret, so that generated ones are all refused alike. Rust tests sign and send them.
SHOP_TAG = "Shop events"

# Python 3.11 may confuse two threads that parse source at the same time (python/cpython#106905).
LAUNCHER = """
import ast, runpy, threading
lock, parse = threading.RLock(), ast.parse
def parse_alone(*args, **named):
    with lock:
        return parse(*args, **named)
ast.parse = parse_alone
runpy.run_module("schemathesis.cli", run_name="__main__", alter_sys=True)
"""


def run_cli(binary, env, *args):
    result = subprocess.run([binary, "--json", *args], env=env, check=True, capture_output=True, text=True)
    return json.loads(result.stdout)


def activate_machine(origin, key, product):
    body = {
        "key": key,
        "productId": product,
        "fingerprint": "schemathesis",
        "hostname": "host",
        "os": "linux",
        "appVersion": "1",
        "userHash": "hash",
    }
    request = urllib.request.Request(origin + "/v3/activations", json.dumps(body).encode())
    token = json.load(urllib.request.urlopen(request, timeout=10))["activationToken"]
    claims = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["aid"]


def call(origin, token, method, path, body=None):
    """Calls the management API and returns the answer."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(origin + path, data, {"Authorization": "Bearer " + token}, method=method)
    return json.load(urllib.request.urlopen(request, timeout=10))


def management_config(origin, token, license_id):
    """Creates a row of each resource, and returns the configuration of their operations."""
    document = call(origin, token, "GET", "/openapi.json")
    tags = [tag["name"] for tag in document["tags"] if tag["name"] not in CLIENT_TAGS | {SHOP_TAG}]
    rows = {name: call(origin, token, "POST", "/v3/" + name, body)["id"] for name, body in NEW_ROWS.items()}
    rows["licenses"] = license_id
    config = MANAGEMENT_CONFIG.format(tags=json.dumps(tags)) + ROLES_CONFIG
    for name, row in rows.items():
        config += PATH_CONFIG.format(regex=json.dumps("^/v3/" + name + "/"), id=json.dumps(row))
    return config


def main(binary):
    with tempfile.TemporaryDirectory(prefix="countersign-schema-") as folder:
        env = {k: v for k, v in os.environ.items() if not k.startswith("COUNTERSIGN_")}
        env |= {"COUNTERSIGN_DATA_DIR": folder + "/data", "COUNTERSIGN_RATE_LIMITS": "off", "COUNTERSIGN_LOG": "warn"}
        serve = [binary, "serve", "--json", "--listen", "127.0.0.1:0", "--demo"]
        server = subprocess.Popen(serve, env=env, stdout=subprocess.PIPE, text=True)
        try:
            startup = json.loads(server.stdout.readline())
            origin, demo = startup["address"], startup["demo"]
            license = run_cli(binary, env, "license", "show", demo["key"])
            product = license["product_id"]
            new_token = ["token", "create", "--account", DEMO_ACCOUNT, "--name", "schemathesis", "--role", "admin"]
            token = run_cli(binary, env, *new_token)["token"]
            config = Path(folder, "schemathesis.toml")
            values = {
                "key": demo["key"],
                "domain": demo["domain"],
                "product": product,
                "activation": activate_machine(origin, demo["key"], product),
            }
            client_config = CONFIG.format(**{name: json.dumps(value) for name, value in values.items()})
            # Its own license: the operations of the client half keep theirs.
            new_license = {"productId": product}
            license_id = call(origin, token, "POST", "/v3/licenses", new_license)["id"]
            config.write_text(client_config + management_config(origin, token, license_id))
            command = [sys.executable, "-c", LAUNCHER, "--config-file", str(config)]
            command += ["run", origin + "/openapi.json"]
            command += ["--max-examples", MAX_EXAMPLES, "--workers", "2", "--phases", "examples,coverage,fuzzing"]
            command += ["--exclude-tag", SHOP_TAG]
            command += ["--exclude-checks", SKIPPED_CHECK, "--suppress-health-check", "all"]
            command += ["--generation-database", "none", "--seed", SEED]
            command += ["--warnings", "off", "--header", "Authorization: Bearer " + token]
            return subprocess.run(command, cwd=folder, timeout=600).returncode
        finally:
            server.terminate()
            server.wait(timeout=20)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
