// Products: tabs that save their own fields, durations in words, a conflict of two members, limits of existing
// licenses, and the end of a product.
import type { Page } from "@playwright/test";
import { expect, expectAccessible, expectJobDone, hasJavaScript, signIn, test, visit, waitForHydration } from "./fixtures.js";
import { startServer, type TestServer } from "./server.js";

let server: TestServer;

test.beforeAll(async () => {
  server = await startServer("--demo");
});

test.afterAll(async () => {
  await server.stop();
});

/** Creates a product in the browser and returns its URL. */
async function makeProduct(page: Page, name: string): Promise<string> {
  await visit(page, `${server.origin}/products/new`);
  await page.getByLabel("Name").fill(name);
  await page.getByRole("button", { name: "Make the product" }).click();
  await expect(page.getByRole("heading", { name, level: 1 })).toBeVisible();
  await waitForHydration(page);
  return page.url();
}

test("a product has a tab for each group of settings, and each saves its own fields", async ({ page }) => {
  await signIn(page, server);
  const product = await makeProduct(page, "Tabbed");
  const tabs = page.getByRole("navigation", { name: "Product" });
  await expect(tabs.getByRole("link", { name: "Licensing" })).toHaveAttribute("aria-current", "page");
  await expect(page.getByText("Applies to new licenses only.")).toBeVisible();
  for (const [tab, heading] of [
    ["Domains", "Domains and development hosts"],
    ["Machines", "Machines"],
    ["Meters", "Meters"],
    ["Signing keys", "Signing keys"],
    ["Integrate", "Web software, bound to a domain"],
  ] as const) {
    await tabs.getByRole("link", { name: tab }).click();
    await expect(page.getByRole("heading", { name: heading, level: 2 })).toBeVisible();
    await expect(tabs.getByRole("link", { name: tab })).toHaveAttribute("aria-current", "page");
    await expectAccessible(page);
  }
  await expect(page).toHaveURL(`${product}/integrate`);

  await visit(page, `${product}/meters`);
  await page.getByLabel("What its licenses meter").fill("exports = 10");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved.", { exact: true })).toBeVisible();
  await visit(page, `${product}/domains`);
  await page.getByLabel("One slot covers").selectOption("www");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved.", { exact: true })).toBeVisible();
  await visit(page, `${product}/meters`);
  await expect(page.getByLabel("What its licenses meter")).toHaveValue("exports = 10");
});

test("durations are typed and shown in words", async ({ page }) => {
  await signIn(page, server);
  const product = await makeProduct(page, "In words");
  await visit(page, `${product}/machines`);
  await page.getByLabel("Lease", { exact: true }).fill("soon");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("This is a duration such as")).toBeVisible();
  await expect(page.getByLabel("Lease", { exact: true })).toHaveValue("soon");
  await expect(page.getByLabel("Lease", { exact: true })).toBeFocused();
  await expectAccessible(page);
  for (const [typed, shown] of [["90 min", "1 hour 30 minutes"], ["7200", "2 hours"], ["1 week", "7 days"]]) {
    await page.getByLabel("Lease", { exact: true }).fill(typed);
    await page.getByRole("button", { name: "Save" }).click();
    await expect(page.getByLabel("Lease", { exact: true })).toHaveValue(shown);
  }
  await page.getByLabel("A trial lasts").fill("2 weeks");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByLabel("A trial lasts")).toHaveValue("14 days");
  await visit(page, product);
  await page.getByLabel("Validity", { exact: true }).fill("P1Y");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByLabel("Validity", { exact: true })).toHaveValue("1 year");
});

test("of two members who change the same field, the second sees what changed", async ({ page }) => {
  await signIn(page, server);
  const product = await makeProduct(page, "Contested");
  const other = await page.context().newPage();
  await visit(other, product);
  await page.getByLabel("Domain limit").fill("7");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved.", { exact: true })).toBeVisible();
  // Another field does not overwrite the first change.
  await other.getByLabel("Machine limit").fill("3");
  await other.getByRole("button", { name: "Save" }).click();
  await expect(other.getByText("Saved.", { exact: true })).toBeVisible();
  await expect(other.getByLabel("Domain limit")).toHaveValue("7");
  // The same field is refused once.
  await page.getByLabel("Machine limit").fill("4");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("It was changed to “3” meanwhile.")).toBeVisible();
  await expect(page.getByLabel("Machine limit")).toHaveValue("4");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved.", { exact: true })).toBeVisible();
  await visit(other, product);
  await expect(other.getByLabel("Machine limit")).toHaveValue("4");
  await other.close();
});

test("a changed limit is applied to existing licenses by a bulk job", async ({ page }) => {
  await signIn(page, server);
  const product = await makeProduct(page, "Widened");
  const apply = page.locator("#apply-limits");
  await expect(apply, "it has no license").toHaveCount(0);
  const id = product.split("/").pop();
  await visit(page, `${server.origin}/licenses/new?product=${id}`);
  await page.getByLabel("How many").fill("2");
  await page.getByRole("button", { name: "Issue", exact: true }).click();
  await expect(page.getByRole("heading", { name: "2 licenses issued" })).toBeVisible();

  // The form is on the page at any time, and asks for a choice.
  await visit(page, product);
  await apply.getByRole("button", { name: "Apply to 2 licenses" }).click();
  await expect(apply.getByText("Choose a limit to change.")).toBeVisible();
  await expectAccessible(page);

  // After a change of a default, the form begins with this limit.
  await visit(page, product);
  await page.getByLabel("Domain limit").fill("7");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved.", { exact: true })).toBeVisible();
  await expect(apply.getByText("Licenses that exist keep theirs until you apply it here.")).toBeVisible();
  await expect(apply.getByLabel("7 domains")).toBeChecked();
  await expect(apply.getByLabel("1 machine")).not.toBeChecked();
  await expectAccessible(page);
  await apply.getByRole("button", { name: "Apply to 2 licenses" }).click();
  await expect(page).toHaveURL(/\/licenses\/jobs\/[0-9a-f-]{36}$/);
  await expect(page.getByRole("heading", { name: "Change limits to domains 7" })).toBeVisible();
  await expectJobDone(page);
  await visit(page, `${server.origin}/licenses?product=${id}`);
  await expect(page.locator("tbody tr")).toHaveCount(2);
  await page.locator("tbody a").first().click();
  await expect(page.getByRole("heading", { name: /0 of 7 domains/ })).toBeVisible();
  await expect(page.getByRole("heading", { name: /0 of 1 machine/ })).toBeVisible();
});

test("a product is archived, restored and, unused, deleted", async ({ page }) => {
  await signIn(page, server);
  const product = await makeProduct(page, "Short-lived");
  await page.getByRole("button", { name: "Archive", exact: true }).click();
  await expect(page.getByText("No license can be issued.")).toBeVisible();
  await expect(page.getByRole("link", { name: "Issue a license" })).toHaveCount(0);
  await expectAccessible(page);
  await visit(page, `${server.origin}/licenses/new`);
  await expect(page.getByLabel("Product").locator("option", { hasText: "Short-lived" })).toHaveCount(0);
  await visit(page, `${server.origin}/products`);
  await expect(page.getByRole("heading", { name: "Archived" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Restore Short-lived" }).click();
  await expect(page.getByRole("heading", { name: "Archived" })).toHaveCount(0);
  await visit(page, product);
  await expect(page.getByRole("link", { name: "Issue a license" })).toBeVisible();
  await page.locator("summary", { hasText: "Delete…" }).click();
  await expect(page.getByText("This can’t be undone.")).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Delete for good" }).click();
  await expect(page).toHaveURL(`${server.origin}/products`);
  await expect(page.getByRole("link", { name: "Short-lived" })).toHaveCount(0);
});

test("an unknown page leads on", async ({ page }) => {
  await signIn(page, server);
  await page.goto(`${server.origin}/products/nowhere/at/all`);
  await expect(page.getByRole("heading", { name: "There is no such page" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("link", { name: "Go to the overview" }).click();
  await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();
});

test("the reference lists its operations and copies a command", async ({ page, context, browserName }) => {
  // Links to the page that once had all operations lead on to the page of the group.
  await page.goto(`${server.origin}/docs#activateDomain`);
  await page.locator("#activateDomain a").click();
  await expect(page).toHaveURL(`${server.origin}/docs/domain-api#activateDomain`);
  await expect(page.locator("#activateDomain pre").first()).toContainText(`curl '${server.origin}/activate'`);
  const copy = page.getByRole("button", { name: "Copy the command: Activate a license on a domain" });
  if (!hasJavaScript()) {
    await expect(copy).toHaveCount(0);
    return;
  }
  if (browserName === "chromium") await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await copy.click();
  await expect(page.locator("#activateDomain").getByRole("status")).toHaveText("Copied");
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain("/activate");
});

test("a product gets its trials from a policy, and an own one from its form", async ({ page }) => {
  await signIn(page, server);
  const product = await makeProduct(page, "Tried");
  await visit(page, `${server.origin}/trial-policies`);
  await page.getByLabel("Name").fill("Short");
  await page.getByLabel("A trial lasts").fill("36 hours");
  await page.getByRole("button", { name: "Make the policy" }).click();
  await expect(page.getByRole("heading", { name: "Short", level: 1 })).toBeVisible();
  await expectAccessible(page);
  await visit(page, `${product}/machines`);
  await page.getByLabel("Policy").selectOption({ label: "Short (1 day 12 hours)" });
  await page.getByRole("button", { name: "Use this policy" }).click();
  await expect(page.getByText("Saved.", { exact: true })).toBeVisible();
  await expect(page.getByLabel("A trial lasts")).toHaveValue("1 day 12 hours");
  await expectAccessible(page);
});

test("the search of the reference finds an operation by its path", async ({ page }) => {
  await page.goto(`${server.origin}/docs`);
  await page.getByLabel("Search the reference").fill("POST /activate");
  await page.getByRole("button", { name: "Search" }).click();
  await expect(page.getByLabel("Search the reference")).toHaveValue("POST /activate");
  await expectAccessible(page);
  await page.getByRole("main").getByRole("listitem").getByRole("link", { name: "Activate a license on a domain" }).first().click();
  await expect(page).toHaveURL(`${server.origin}/docs/domain-api#activateDomain`);
  await page.goto(`${server.origin}/docs/search?q=nothing-is-called-so`);
  await expect(page.getByRole("status")).toContainText("Nothing has all of these words");
});
