// The operator: a seller is suspended and reinstated; health and settings are open to no other user.
import { expect, expectAccessible, followNavigation, hasJavaScript, openMenu, signIn, test, visit, waitForHydration } from "./fixtures.js";
import { runCommand, startServer, type TestServer } from "./server.js";

const PASSWORD = "correct horse battery";

let server: TestServer;

test.beforeAll(async () => {
  server = await startServer("--demo");
});

test.afterAll(async () => {
  await server.stop();
});

/** Adds a seller with an owner. Returns the name of the account and the credentials of the owner. */
function addSeller() {
  const unique = Math.random().toString(36).slice(2, 8);
  const [name, email] = [`Shop ${unique}`, `lise.${unique}@example.com`];
  const add = ["user", "add", "--email", email, "--name", "Lise", "--account", name, "--password-stdin"];
  runCommand(server.data, add, PASSWORD);
  return { name, email, password: PASSWORD };
}

test("a seller is suspended with a reason, and reinstated", async ({ page, browser }) => {
  const seller = addSeller();
  const context = await browser.newContext({ javaScriptEnabled: hasJavaScript() });
  const other = await context.newPage();
  await signIn(other, server, seller);

  await signIn(page, server);
  await followNavigation(page, "Sellers");
  await expect(page.getByRole("heading", { name: "Sellers", exact: true })).toBeVisible();
  await waitForHydration(page);
  await page.getByLabel("Search", { exact: true }).fill(seller.name);
  await page.getByRole("button", { name: "Show" }).click();
  await expect(page.locator("tbody tr")).toHaveCount(1);
  await expectAccessible(page);
  await page.getByRole("link", { name: `Suspend… ${seller.name}` }).click();
  await expect(page.getByRole("heading", { name: `Suspend ${seller.name}?` })).toBeVisible();
  await waitForHydration(page);
  await expectAccessible(page);
  await page.getByLabel("Reason", { exact: true }).fill("Three invoices are open");
  await page.getByRole("button", { name: "Suspend the seller" }).click();
  await expect(page.locator("tbody tr")).toContainText("Three invoices are open");
  await expect(page.getByText("The seller is suspended.")).toBeVisible();
  await expectAccessible(page);

  await visit(other, `${server.origin}/licenses`);
  await expect(other.getByRole("heading", { name: "Account suspended" })).toBeVisible();
  await expect(other.getByText("Three invoices are open")).toBeVisible();
  await expectAccessible(other);

  await page.getByRole("button", { name: `Reinstate ${seller.name}` }).click();
  await expect(page.locator("tbody tr")).toContainText("Active");
  await visit(other, `${server.origin}/suspended`);
  await expect(other.getByRole("heading", { name: "Overview" })).toBeVisible();
  await context.close();
});

test("a member of a suspended seller signs out", async ({ page, browser }) => {
  const seller = addSeller();
  const context = await browser.newContext({ javaScriptEnabled: hasJavaScript() });
  const other = await context.newPage();
  await signIn(other, server, seller);
  await signIn(page, server);
  await visit(page, `${server.origin}/operator/sellers?q=${encodeURIComponent(seller.name)}`);
  await page.getByRole("link", { name: `Suspend… ${seller.name}` }).click();
  await page.getByLabel("Reason", { exact: true }).fill("Fraud");
  await page.getByLabel("Apps of its customers").selectOption("stop");
  await page.getByRole("button", { name: "Suspend the seller" }).click();
  await expect(page.locator("tbody tr")).toContainText("apps stopped");
  await visit(other, server.origin);
  await expect(other.getByText("refused as for a suspended license")).toBeVisible();
  await other.getByRole("button", { name: "Sign out" }).click();
  await expect(other.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await context.close();
});

test("health and settings are shown to operators alone", async ({ page }) => {
  await signIn(page, server);
  await followNavigation(page, "Health");
  await expect(page.getByRole("heading", { name: "Database", exact: true })).toBeVisible();
  // The first heartbeat is written after the start.
  await expect(async () => {
    await visit(page, `${server.origin}/operator/health`);
    await expect(page.locator("tbody")).toContainText("this node", { timeout: 1000 });
  }).toPass({ timeout: 20_000 });
  await expectAccessible(page);
  await followNavigation(page, "Server settings");
  await expect(page.locator("dt").filter({ hasText: "keep_audit_days" })).toBeVisible();
  await waitForHydration(page);
  await expectAccessible(page);
  await openMenu(page);
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await signIn(page, server, server.addMember("owner"));
  await openMenu(page);
  await expect(page.getByRole("link", { name: "Sellers" })).toHaveCount(0);
  await visit(page, `${server.origin}/operator/health`);
  await expect(page.getByRole("heading", { name: "There is no such page" })).toBeVisible();
  await expectAccessible(page);
});
