// Bulk changes: select licenses in the list, change them, follow the job, and undo it.
import { expect, expectAccessible, expectJobDone, hasJavaScript, signIn, test, visit, waitForHydration } from "./fixtures.js";
import { startServer, type TestServer } from "./server.js";

let server: TestServer;

test.beforeAll(async () => {
  server = await startServer("--demo");
});

test.afterAll(async () => {
  await server.stop();
});

test("selected licenses are suspended, and reinstated by an undo", async ({ page }) => {
  await signIn(page, server);
  await visit(page, `${server.origin}/licenses?standing=active`);
  await expect(page.locator("tbody tr")).toHaveCount(50);
  await expectAccessible(page);
  const keys = page.locator("tbody a");
  const [first, second] = [await keys.nth(0).getAttribute("href"), await keys.nth(2).getAttribute("href")];
  await page.locator("tbody input[type=checkbox]").nth(0).check();
  await page.locator("tbody input[type=checkbox]").nth(2).check();
  if (hasJavaScript()) await expect(page.getByText("2 selected")).toBeVisible();
  await page.getByRole("button", { name: "Suspend…" }).click();
  await expect(page.getByRole("heading", { name: "Suspend: 2 licenses" })).toBeVisible();
  await expect(page.getByText("stop verifying at once")).toBeVisible();
  await waitForHydration(page);
  await expectAccessible(page);
  await page.getByLabel("Reason (optional)").fill("chargeback");
  await page.getByRole("button", { name: "Suspend 2 licenses" }).click();
  await expect(page).toHaveURL(/\/licenses\/jobs\/[0-9a-f-]{36}$/);
  await expectJobDone(page);
  await expectAccessible(page);
  const job = page.url();
  for (const license of [first, second]) {
    await visit(page, `${server.origin}${license}`);
    await expect(page.locator(".standing").first()).toHaveText("Suspended");
  }
  await visit(page, job);
  await page.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByRole("heading", { name: "Undo: Suspend" })).toBeVisible();
  await expectJobDone(page);
  await visit(page, `${server.origin}${first}`);
  await expect(page.locator(".standing").first()).toHaveText("Active");
  await visit(page, `${server.origin}/licenses/jobs`);
  await expect(page.getByRole("link", { name: "Undo: Suspend" }).first()).toBeVisible();
  await expectAccessible(page);
});

test("all licenses that match are extended, and a refused form keeps its input", async ({ page }) => {
  await signIn(page, server);
  await visit(page, `${server.origin}/licenses`);
  await page.getByRole("navigation", { name: "Filters" }).getByRole("link", { name: "Expiring in 30 days" }).click();
  await expect(page).toHaveURL(/condition=expiring/);
  await expect(page.getByRole("link", { name: "Expiring in 30 days" })).toHaveAttribute("aria-current", "true");
  await waitForHydration(page);
  await page.getByLabel("All that match").check();
  await page.getByRole("button", { name: "Extend…" }).click();
  await page.getByLabel("Period").fill("soon");
  await page.getByRole("button", { name: /^Extend .* licenses?$/ }).click();
  await expect(page.getByText("This is a period such as 1 year")).toBeVisible();
  await expect(page.getByLabel("Period")).toHaveValue("soon");
  await page.getByLabel("Period").fill("6 months");
  await page.getByRole("button", { name: /^Extend .* licenses?$/ }).click();
  await expect(page.getByRole("heading", { name: "Extend by 6 months" })).toBeVisible();
  await expectJobDone(page);
  await visit(page, `${server.origin}/licenses?condition=expiring`);
  await expect(page.getByRole("heading", { name: "Nothing found" })).toBeVisible();
});

test("a checkbox selects the page", async ({ page }) => {
  test.skip(!hasJavaScript(), "rows are selected one by one without JavaScript");
  await signIn(page, server);
  await visit(page, `${server.origin}/licenses`);
  await page.getByLabel("This page").check();
  await expect(page.getByText("50 selected")).toBeVisible();
  await page.locator("tbody input[type=checkbox]").first().uncheck();
  await expect(page.getByText("49 selected")).toBeVisible();
  await expect(page.getByLabel("This page")).not.toBeChecked();
  await page.getByRole("button", { name: "Revoke…" }).click();
  await expect(page.getByRole("heading", { name: "Revoke: 49 licenses" })).toBeVisible();
  await expect(page.getByText("This can’t be undone.")).toBeVisible();
  await page.getByRole("link", { name: "Cancel" }).click();
  await expect(page).toHaveURL(`${server.origin}/licenses`);
});

test("a viewer can neither select nor change licenses", async ({ page }) => {
  const viewer = server.addMember("viewer");
  await signIn(page, server, viewer);
  await visit(page, `${server.origin}/licenses`);
  await expect(page.locator("tbody tr")).toHaveCount(50);
  await expect(page.locator("main input[type=checkbox]")).toHaveCount(0);
  await visit(page, `${server.origin}/licenses/bulk?verb=suspend&all=on`);
  await expect(page.getByText("Your role can’t change licenses")).toBeVisible();
});
