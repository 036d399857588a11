// Accounts of the tour: the demo's, an empty one, and one with names that are hard to show.
import { runCommand, type TestServer } from "../tests/server.js";

/** 200 characters without a space. */
const LONG = `${"Donaudampfschifffahrtsgesellschaft".repeat(6).slice(0, 196)}GmbH`;
const RIGHT_TO_LEFT = "شركة النور للبرمجيات ٢٠٢٦ (Al-Noor)";
const HOSTILE = `"><script>alert(1)</script><img src=x onerror=alert(2)> ' & \u202Egnirts`;
const PASSWORD = "correct horse battery";

export interface Account {
  /** Precedes the names of the account's screenshots. */
  prefix: string;
  email: string;
  password: string;
  /** Whether the account has licenses and products, whose pages the tour visits. */
  hasData: boolean;
}

/** Adds the accounts to the demo. */
export function addAccounts(server: TestServer): Account[] {
  const run = (...args: string[]) => runCommand(server.data, args, PASSWORD);
  const addUser = (email: string, name: string, account: string): string =>
    run("user", "add", "--email", email, "--name", name, "--account", account, "--password-stdin").account;
  addUser("empty@example.com", "Ada", "Empty");
  const account = addUser("names@example.com", HOSTILE, LONG.slice(0, 120));
  for (const [slug, name] of [["long", LONG.slice(0, 120)], ["right-to-left", RIGHT_TO_LEFT], ["hostile", HOSTILE]]) {
    run("product", "create", "--account", account, "--name", name, "--slug", slug, "--domain-limit", "2");
    const email = `${slug}.${"x".repeat(slug === "long" ? 50 : 1)}@example.com`;
    const customer = ["--customer-name", name, "--customer-email", email];
    const { key } = run("license", "issue", "--account", account, "--product", slug, ...customer);
    if (slug === "long") run("license", "suspend", key, "--reason", `${RIGHT_TO_LEFT} ${LONG}`);
    else if (slug === "hostile") run("license", "revoke", key, "--reason", HOSTILE);
  }
  return [
    { prefix: "", email: server.email!, password: server.password!, hasData: true },
    { prefix: "empty-", email: "empty@example.com", password: PASSWORD, hasData: false },
    { prefix: "names-", email: "names@example.com", password: PASSWORD, hasData: true },
  ];
}
