// Node 18 or later, saved as license.mjs. In a browser, keep the last answer
// in localStorage instead of a file.
import { readFile, writeFile } from "node:fs/promises";

const SERVER = "{{ORIGIN}}";
const LICENSE = { license_key: "YOUR-KEY", domain: "example.com" };
const LAST_ANSWER = "license.json";
const GRACE_MS = 14 * 24 * 60 * 60 * 1000;

// The server's answer, or null if it cannot give one just now.
async function ask(path, options) {
  try {
    const signal = AbortSignal.timeout(10_000);
    const response = await fetch(SERVER + path, { ...options, signal });
    // Any other status (429, 5xx, a proxy's 403) says nothing about the license.
    return [200, 404, 422].includes(response.status) ? await response.json() : null;
  } catch {
    return null;
  }
}

// Once, at install. Doing it again on the same domain is harmless.
function activate() {
  const headers = { "Content-Type": "application/json" };
  return ask("/activate", { method: "POST", headers, body: JSON.stringify(LICENSE) });
}

// At each start. An outage must not lock customers out, so the last answer
// holds for a while.
async function verify() {
  const answer = await ask(`/verify?${new URLSearchParams(LICENSE)}`);
  if (answer && "valid" in answer) {
    await writeFile(LAST_ANSWER, JSON.stringify({ ...answer, at: Date.now() }));
    return answer;
  }
  const last = JSON.parse(await readFile(LAST_ANSWER, "utf8").catch(() => "{}"));
  return Date.now() - last.at < GRACE_MS ? last : { valid: false, error: "unreachable" };
}

const activation = await activate();
console.log(activation?.message ?? "No answer from the license server.");

const { valid, error } = await verify();
console.log(valid ? "The license is valid." : `The license is not valid: ${error}`);
