// Sign-up of sellers: the operator invites one, who signs up by the link; an open server takes everyone.
import { expect, expectAccessible, followNavigation, hasJavaScript, signIn, test, unique, uniqueAddress, visit, waitForHydration } from "./fixtures.js";
import { startServer, type TestServer } from "./server.js";
import type { Page } from "@playwright/test";

const PASSWORD = "correct horse battery";

let byInvitation: TestServer;
let open: TestServer;

/** Starts a demo with a sign-up policy. */
async function start(policy: string): Promise<TestServer> {
  // The server reads its settings from the environment of this process.
  process.env.COUNTERSIGN_SIGN_UP = policy;
  const server = await startServer("--demo");
  delete process.env.COUNTERSIGN_SIGN_UP;
  return server;
}

test.beforeAll(async () => {
  byInvitation = await start("invitation");
  open = await start("open");
});

test.afterAll(async () => {
  await byInvitation.stop();
  await open.stop();
});

/** Fills the form of a new seller in and sends it. */
async function createAccount(page: Page, account: string, email: string) {
  // The page of an invitation has a second form, for people who have a sign-in.
  const form = page.locator("form").filter({ has: page.getByLabel("Your name") });
  await form.getByLabel("Company or shop").fill(account);
  await form.getByLabel("Your name").fill("Noor");
  await form.getByLabel("E-mail").fill(email);
  await form.getByLabel("Password").fill(PASSWORD);
  await form.getByRole("button", { name: "Create the account" }).click();
}

test("the operator invites a seller, who signs up by the link", async ({ page, browser }) => {
  const [shop, email] = [unique("Shop "), uniqueAddress("noor")];
  await signIn(page, byInvitation);
  await followNavigation(page, "Sellers");
  await expect(page.getByRole("heading", { name: "New sellers" })).toBeVisible();
  await waitForHydration(page);
  await expectAccessible(page);
  await page.getByLabel("E-mail of a new seller (optional)").fill(email);
  await page.getByRole("button", { name: "Invite a seller" }).click();
  const link = await page.locator(".alert-success .key").textContent();
  await waitForHydration(page);
  await expectAccessible(page);
  await expect(page.getByRole("button", { name: `Withdraw ${email}` })).toBeVisible();

  const context = await browser.newContext({ javaScriptEnabled: hasJavaScript() });
  const other = await context.newPage();
  await visit(other, `${byInvitation.origin}/sign-up`);
  await expect(other.getByText("New sellers join this server by invitation.")).toBeVisible();
  await expectAccessible(other);
  await visit(other, link!);
  await expect(other.locator("#email")).toHaveValue(email);
  await expect(other.getByRole("heading", { name: "You have a sign-in" })).toBeVisible();
  await expectAccessible(other);
  await createAccount(other, shop, email);
  await expect(other.getByRole("heading", { name: "Overview" })).toBeVisible();
  await visit(other, link!);
  await expect(other.getByText("This link was used already.")).toBeVisible();
  await expectAccessible(other);
  await context.close();

  await visit(page, `${byInvitation.origin}/operator/sellers?q=${encodeURIComponent(shop)}`);
  await expect(page.locator("tbody tr")).toContainText(shop);
  await expect(page.getByRole("button", { name: `Withdraw ${email}` })).toHaveCount(0);
});

test("a signed-in user makes another account by an invitation", async ({ page }) => {
  await signIn(page, byInvitation);
  await visit(page, `${byInvitation.origin}/operator/sellers`);
  await page.getByRole("button", { name: "Invite a seller" }).click();
  const link = await page.locator(".alert-success .key").textContent();
  await visit(page, link!);
  await expect(page.getByText("You are signed in as")).toBeVisible();
  await expectAccessible(page);
  const shop = unique("Second ");
  await page.getByLabel("Company or shop").fill(shop);
  await page.getByRole("button", { name: "Create the account" }).click();
  await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();
  await visit(page, `${byInvitation.origin}/account`);
  await expect(page.locator("body")).toContainText(shop);
});

test("everyone signs up on an open server", async ({ page }) => {
  await visit(page, `${open.origin}/sign-in`);
  await page.getByRole("link", { name: "Create an account" }).click();
  await expect(page.getByRole("heading", { name: "Create an account" })).toBeVisible();
  await waitForHydration(page);
  await expectAccessible(page);
  await createAccount(page, unique("Shop "), uniqueAddress("noor"));
  await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();
});
