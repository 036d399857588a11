// Node 18 or later, saved as license.mjs; nothing to install.
import { createHash, verify } from "node:crypto";
import { readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";

const SERVER = "{{ORIGIN}}";
const PRODUCT_ID = "{{PRODUCT_ID}}";
const KEY = "YOUR-KEY";
// Embedded, because an attacker could replace a key that is downloaded.
const PUBLIC_KEY = `{{PUBLIC_KEY}}`;

const sha256 = (text) => createHash("sha256").update(text).digest("hex");
const decode = (part) => JSON.parse(Buffer.from(part, "base64url"));
const read = async (file) => (await readFile(file, "utf8").catch(() => "")).trim();
const fail = (why) => {
  console.error(`No license: ${why}`);
  process.exit(1);
};

// The same at each start, and another on each machine.
const machineId = await read("/etc/machine-id");
const fingerprint = sha256(`${PRODUCT_ID}:${machineId || os.hostname()}`);

async function ask() {
  const response = await fetch(`${SERVER}/v3/activations`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({
      key: KEY,
      productId: PRODUCT_ID,
      hostname: os.hostname(),
      os: os.platform(),
      fingerprint,
      appVersion: "1.0.0",
      userHash: sha256(os.userInfo().username),
    }),
    signal: AbortSignal.timeout(10_000),
  });
  // Any other status (429, 5xx, a proxy's 403) says nothing about the license.
  const answer = [200, 400].includes(response.status) ? await response.json() : {};
  if (!answer.activationToken && !answer.code) throw new Error(`HTTP ${response.status}`);
  await writeFile("license.json", JSON.stringify(answer));
  return answer;
}

// At each start: a known fingerprint gets a fresh token and takes no second slot.
// Without a network, save an offline response as offline.txt. It is loaded once.
const offline = await read("offline.txt");
let fresh = !offline;
const answer = offline
  ? { activationToken: offline }
  : await ask().catch(async (error) => {
      // An outage must not lock customers out: without an answer, the last one holds.
      fresh = false;
      return JSON.parse((await read("license.json")) || fail(error.cause ?? error));
    });
if (answer.code) fail(`${answer.code}, ${answer.message}`);

const [head, body, signature] = answer.activationToken.split(".");
const signed = Buffer.from(`${head}.${body}`);
const genuine = verify("sha256", signed, PUBLIC_KEY, Buffer.from(signature ?? "", "base64url"));
if (!genuine) fail("the token is not signed with the key of this product");
const { alg, typ } = decode(head);
// The receipt of a deactivation is signed too, and has another type.
if (alg !== "RS256" || typ !== "JWT") fail("this is no activation token");
const { aco, aid, eat, fp, iat, key, leat, orv, pid, ssgpeat, suspended } = decode(body);
if (pid !== PRODUCT_ID || key !== KEY) fail("the token is of another license");
if (fp !== fingerprint) fail("the token is of another machine");

// A fresh token states the server's time, `iat`. Within `aco`, it replaces a wrong clock.
const clock = Date.now() / 1000;
const now = fresh && Math.abs(clock - iat) <= aco ? iat : clock;
const over = (time) => time !== 0 && time <= now; // 0: never
if (offline) {
  if (over(orv)) fail("the offline response is too old to be loaded");
  await writeFile("license.json", JSON.stringify(answer));
  await rm("offline.txt");
}
const stale = over(leat) || over(ssgpeat); // the lease, and the grace without a sync
const state = suspended ? "suspended" : over(eat) ? "expired" : stale ? "stale" : "active";
console.log(`Activation ${aid}: ${state}`);
