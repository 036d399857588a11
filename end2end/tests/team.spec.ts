// The team: an invitation by a link, a change of role, a removal, the roles, and the switch between accounts.
import { confirmDialog, expect, expectAccessible, followNavigation, hasJavaScript, openMenu, signIn, test, unique, visit, waitForHydration } from "./fixtures.js";
import { runCommand, startServer, type TestServer } from "./server.js";
import type { Page } from "@playwright/test";

const PASSWORD = "correct horse battery";

let server: TestServer;

test.beforeAll(async () => {
  server = await startServer("--demo");
});

test.afterAll(async () => {
  await server.stop();
});

/** Invites a person by the form of the team's page. Returns the link. */
async function invite(page: Page, role: string, name: string): Promise<string> {
  await visit(page, `${server.origin}/team`);
  await page.locator("#invited-role").selectOption(role);
  await page.locator("#invited-name").fill(name);
  await page.getByRole("button", { name: "Make the link" }).click();
  const link = page.locator(".alert code");
  await expect(link).toBeVisible();
  return (await link.textContent())!;
}

/** Opens the link in another browser and joins as a new user. */
async function join(page: Page, link: string, name: string) {
  await visit(page, link);
  await page.locator("#name").fill(name);
  await page.locator("#email").fill(`${name.toLowerCase()}@northwind.example`);
  await page.locator("#password").fill(PASSWORD);
  await page.getByRole("button", { name: "Make a sign-in and join" }).click();
  await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();
}

test("a person joins by a link, gets another role, and is removed", async ({ page, browser }) => {
  const name = unique("Grace");
  await signIn(page, server);
  await followNavigation(page, "Team");
  await expect(page.getByRole("heading", { name: "Members", exact: true })).toBeVisible();
  await waitForHydration(page);
  await expectAccessible(page);
  const link = await invite(page, "support", name);
  await waitForHydration(page);
  await expectAccessible(page);
  await expect(page.getByRole("button", { name: `Withdraw ${name}` })).toBeVisible();

  const context = await browser.newContext({ javaScriptEnabled: hasJavaScript() });
  const other = await context.newPage();
  await visit(other, link);
  await expectAccessible(other);
  await join(other, link, name);
  await visit(other, `${server.origin}/team`);
  await expect(other.getByRole("button", { name: "Make the link" })).toHaveCount(0);
  await visit(other, link);
  await expect(other.getByText("This invitation was accepted already.")).toBeVisible();

  await visit(page, `${server.origin}/team`);
  const row = page.getByRole("row").filter({ hasText: name });
  await row.getByRole("button", { name: `Change role… ${name}` }).click();
  const change = page.getByRole("dialog", { name: `Change the role of ${name}?` });
  await change.getByLabel("New role").selectOption("viewer");
  await expectAccessible(page);
  await confirmDialog(change, "Change the role");
  await expect(row).toContainText("Viewer");

  await row.getByRole("button", { name: `Remove… ${name}` }).click();
  await expect(page.getByText("The member loses access at once")).toBeVisible();
  await confirmDialog(page.getByRole("dialog"), "Remove the member");
  await expect(page.getByRole("row").filter({ hasText: name })).toHaveCount(0);
  await visit(other, `${server.origin}/licenses`);
  await expect(other.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await context.close();
});

test("the last owner cannot leave, and a withdrawn link says so", async ({ page, browser }) => {
  await signIn(page, server);
  const name = unique("Jean");
  const link = await invite(page, "viewer", name);
  await page.getByRole("button", { name: `Withdraw ${name}` }).click();
  await expect(page.getByRole("button", { name: `Withdraw ${name}` })).toHaveCount(0);
  const context = await browser.newContext({ javaScriptEnabled: hasJavaScript() });
  const other = await context.newPage();
  await visit(other, link);
  await expect(other.getByText("This invitation was withdrawn.")).toBeVisible();
  await expectAccessible(other);
  await context.close();

  await visit(page, `${server.origin}/team`);
  await page.getByRole("button", { name: "Leave…" }).click();
  await page.getByRole("button", { name: "Leave the account" }).click();
  await expect(page.getByText("This is the last owner of the account.")).toBeVisible();
  await expectAccessible(page);
});

test("the page of roles shows the permission table", async ({ page }) => {
  await signIn(page, server);
  await visit(page, `${server.origin}/team/roles`);
  await expect(page.locator("tbody tr")).toHaveCount(14);
  const owners = page.locator("tbody tr").filter({ hasText: "transfer the ownership" });
  await expect(owners.locator("td")).toHaveText(["Yes", "–", "–", "–"]);
  await expectAccessible(page);
});

test("a member of two sellers switches between them", async ({ page }) => {
  const name = unique("lise");
  const email = `${name}@example.com`;
  const add = ["user", "add", "--email", email, "--name", name, "--account", `Shop ${name}`, "--password-stdin"];
  runCommand(server.data, add, PASSWORD);
  await signIn(page, server);
  const link = await invite(page, "viewer", name);
  await openMenu(page);
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await signIn(page, server, { email, password: PASSWORD });
  await visit(page, link);
  await page.getByRole("button", { name: "Join" }).click();
  await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();
  await openMenu(page);
  await expect(page.locator(".account")).toContainText("Northwind Software · viewer");
  await expectAccessible(page);
  await page.getByLabel("Account", { exact: true }).selectOption({ label: `Shop ${name} · owner` });
  await page.getByRole("button", { name: "Switch" }).click();
  await openMenu(page);
  await expect(page.locator(".account p")).toContainText(`Shop ${name} · owner`);
});
