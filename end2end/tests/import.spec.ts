// Import of licenses from a CSV file: the check, the faults, the import, and its removal.
import { expect, expectAccessible, hasJavaScript, signIn, test, visit } from "./fixtures.js";
import { startServer, type TestServer } from "./server.js";

let server: TestServer;

test.beforeAll(async () => {
  server = await startServer("--demo");
});

test.afterAll(async () => {
  await server.stop();
});

/** Sends a file by the form of the page. */
async function sendFile(page: import("@playwright/test").Page, text: string) {
  await visit(page, `${server.origin}/licenses/import`);
  await page.getByLabel("Product of rows without one").selectOption({ index: 1 });
  const file = { name: "alter Shop – <b>.csv", mimeType: "text/csv", buffer: Buffer.from(text) };
  await page.getByLabel("File", { exact: true }).setInputFiles(file);
  await page.getByRole("button", { name: "Check the file" }).click();
}

/** Waits until the import of the page has ended. Without JavaScript, the page is loaded again by its link. */
async function expectDone(page: import("@playwright/test").Page, state: string) {
  await expect(async () => {
    const refresh = page.getByRole("link", { name: "Refresh" });
    if (await refresh.isVisible()) await refresh.click({ timeout: 1000 }).catch(() => {});
    await expect(page.locator(".page-header .badge")).toHaveText(state, { timeout: 1500 });
  }).toPass({ timeout: 20_000 });
}

test("a file is checked, imported, found by its keys, and removed again", async ({ page }, info) => {
  await signIn(page, server);
  const keys = [0, 1, 2].map((n) => `shop_${info.project.name.replaceAll(" ", "-")}-${info.retry}-${n}`);
  const rows = keys.map((key, n) => `${key};Zoë ${n};zoe${n}@shop.example;${n === 2 ? "disabled" : "active"};31.12.2099;ORD-${n}`);
  await sendFile(page, ["Serial;Name;E-Mail;Status;Expires;Order", ...rows].join("\r\n"));
  await expect(page).toHaveURL(/\/licenses\/imports\/[0-9a-f-]{36}$/);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("alter Shop – <b>.csv");
  await expect(page.getByRole("cell", { name: "metadata: Order" })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Import 3 licenses" }).click();
  await expectDone(page, "Imported");
  await expectAccessible(page);
  const imported = page.url();
  // The key in any case leads to its license, which keeps the key as it was.
  if (hasJavaScript()) {
    await page.locator("input[type=search]").first().fill(keys[2].toUpperCase());
    await page.keyboard.press("Enter");
  } else {
    await visit(page, `${server.origin}/search?q=zoe2%40shop.example`);
    await page.getByRole("link", { name: /Zoë 2/ }).first().click();
    await page.locator("main a[href^='/licenses/']").filter({ hasText: "…" }).first().click();
  }
  await expect(page.locator(".standing").first()).toHaveText("Suspended");
  await visit(page, imported);
  await page.getByRole("button", { name: "Remove again…" }).click();
  await page.getByRole("button", { name: "Remove the licenses" }).click();
  await expectDone(page, "Removed");
  await visit(page, `${server.origin}/licenses/import`);
  await expect(page.getByRole("row", { name: /Removed/ }).first()).toBeVisible();
});

test("faults are named by line and column, and the good rows are imported alone", async ({ page }, info) => {
  await signIn(page, server);
  const key = `good_${info.project.name.replaceAll(" ", "-")}-${info.retry}`;
  await sendFile(page, `license_key,email,domains\n${key},a@b.example,3\nshort,nobody,many\n`);
  await expect(page.getByRole("cell", { name: "A license key has 8 to 256 characters." })).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Import the 1 license without faults" }).click();
  await expectDone(page, "Imported");
  await expect(page.getByText("Rows with faults")).toBeVisible();
});

test("a file that is no table is refused, and the form says why", async ({ page }) => {
  await signIn(page, server);
  await sendFile(page, "PK\u0003\u0004 a spreadsheet");
  await expect(page).toHaveURL(/\/licenses\/import$/);
  await expect(page.getByText("This is no text file. Save the spreadsheet as CSV.").first()).toBeVisible();
  await expectAccessible(page);
});
