// Licenses for tests: issued on the page, activated and verified as apps do.
import { expect, signIn, visit } from "./fixtures.js";
import type { TestServer } from "./server.js";
import type { Page } from "@playwright/test";

/** Signs in, issues a license for so many domains, and returns its URL and key. */
export async function issue(page: Page, demo: TestServer, domains: number) {
  await signIn(page, demo);
  await visit(page, `${demo.origin}/licenses/new`);
  await page.getByLabel("Domains", { exact: true }).fill(String(domains));
  await page.getByRole("button", { name: "Issue", exact: true }).click();
  await expect(page.locator("h1 .key")).not.toContainText("•");
  const key = (await page.locator("h1 .key").textContent())!;
  return { key, url: page.url().replace(/\?.*/, "") };
}

export async function activate(demo: TestServer, key: string, domain: string) {
  const body = JSON.stringify({ license_key: key, domain });
  const headers = { "Content-Type": "application/json" };
  return (await fetch(`${demo.origin}/activate`, { method: "POST", headers, body })).json();
}

export async function verify(demo: TestServer, key: string, domain: string) {
  return (await fetch(`${demo.origin}/verify?${new URLSearchParams({ license_key: key, domain })}`)).json();
}
