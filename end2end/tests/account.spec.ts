// The user's own account: two-factor sign-in, password, name and sessions.
import { confirmDialog, expect, expectAccessible, hasJavaScript, openMenu, signIn, test, visit, waitForHydration } from "./fixtures.js";
import { startServer, type TestServer } from "./server.js";
import { appCode } from "./totp.js";
import type { Page } from "@playwright/test";

let server: TestServer;

test.beforeAll(async () => {
  server = await startServer("--demo");
});

test.afterAll(async () => {
  await server.stop();
});

async function typePassword(page: Page, { email, password }: { email: string; password: string }) {
  await visit(page, `${server.origin}/sign-in`);
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

test("two-factor sign-in is set up with an app, asked for, and switched off", async ({ page, browser }) => {
  const user = server.addMember("viewer");
  await signIn(page, server, user);
  await openMenu(page);
  await page.getByRole("link", { name: "viewer", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Your account" })).toBeVisible();
  await waitForHydration(page);
  await expectAccessible(page);
  await page.locator("#set-up-password").fill("wrong");
  await page.getByRole("button", { name: "Set up" }).click();
  await expect(page.getByText("This is not your present password.")).toBeVisible();
  await page.locator("#set-up-password").fill(user.password);
  await page.getByRole("button", { name: "Set up" }).click();
  const secret = (await page.locator(".key-row code").textContent())!;
  await expect(page.locator(".qr-code svg")).toBeVisible();
  await waitForHydration(page);
  await expectAccessible(page);
  await page.getByLabel("2. Type the 6 digits").fill("000000");
  await page.getByRole("button", { name: "Switch on" }).click();
  await expect(page.getByText("This code is wrong, expired or used.")).toBeVisible();
  await page.getByLabel("2. Type the 6 digits").fill(appCode(secret));
  await page.getByRole("button", { name: "Switch on" }).click();
  await expect(page.getByText("Keep these recovery codes in a safe place")).toBeVisible();
  const codes = await page.locator(".code-list code").allTextContents();
  expect(codes).toHaveLength(10);
  await waitForHydration(page);
  await expectAccessible(page);

  const context = await browser.newContext({ javaScriptEnabled: hasJavaScript() });
  const other = await context.newPage();
  await typePassword(other, user);
  await expect(other.getByRole("heading", { name: "Two-factor sign-in" })).toBeVisible();
  await waitForHydration(other);
  await expectAccessible(other);
  await other.getByLabel("Code").fill("12345");
  await other.getByRole("button", { name: "Sign in" }).click();
  await expect(other.getByText("Type the 6 digits that the app shows")).toBeVisible();
  await other.getByLabel("Code").fill(codes[0]!.toLowerCase());
  await other.getByRole("button", { name: "Sign in" }).click();
  await expect(other.getByRole("heading", { name: "Overview" })).toBeVisible();

  // The other browser is listed, and signed out from here.
  await visit(page, `${server.origin}/account`);
  await expect(page.getByText("9 recovery codes are left.")).toBeVisible();
  await page.getByRole("button", { name: "Sign out everywhere else" }).click();
  await expect(page.getByRole("button", { name: "Sign out everywhere else" })).toHaveCount(0);
  await visit(other, `${server.origin}/licenses`);
  await expect(other.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await context.close();

  await page.getByRole("button", { name: "Switch off…" }).click();
  const dialog = page.getByRole("dialog", { name: "Switch two-factor sign-in off?" });
  await dialog.getByLabel("Your password").fill(user.password);
  await dialog.getByLabel("Code").fill(codes[1]!);
  await expectAccessible(page);
  await confirmDialog(dialog, "Switch off");
  await expect(page.getByRole("button", { name: "Set up" })).toBeVisible();
});

test("a user changes name and password", async ({ page }) => {
  const user = server.addMember("support");
  await signIn(page, server, user);
  await visit(page, `${server.origin}/account`);
  await page.getByLabel("Name", { exact: true }).fill("Grace Hopper");
  await page.getByRole("button", { name: "Save" }).click();
  await openMenu(page);
  await expect(page.getByRole("link", { name: "Grace Hopper" })).toBeVisible();
  await visit(page, `${server.origin}/account`);
  await page.locator("#present-password").fill(user.password);
  await page.getByLabel("New password").fill("short");
  await page.getByRole("button", { name: "Change the password" }).click();
  await expect(page.getByText("The password must have at least 10 characters.")).toBeVisible();
  await waitForHydration(page);
  await expectAccessible(page);
  await page.locator("#present-password").fill(user.password);
  await page.getByLabel("New password").fill("nine purple staplers");
  await page.getByRole("button", { name: "Change the password" }).click();
  await expect(page.getByText("The password is changed.").first()).toBeVisible();
  await openMenu(page);
  await page.getByRole("button", { name: "Sign out" }).click();
  await expect(page.getByRole("heading", { name: "Sign in" })).toBeVisible();
  await signIn(page, server, { email: user.email, password: "nine purple staplers" });
});

test("an owner requires two-factor sign-in, and members set it up first", async ({ page, browser }) => {
  const owner = server.addMember("owner");
  const member = server.addMember("viewer");
  await signIn(page, server, owner);
  await visit(page, `${server.origin}/account`);
  await page.locator("#set-up-password").fill(owner.password);
  await page.getByRole("button", { name: "Set up" }).click();
  const secret = (await page.locator(".key-row code").textContent())!;
  await page.getByLabel("2. Type the 6 digits").fill(appCode(secret));
  await page.getByRole("button", { name: "Switch on" }).click();
  await expect(page.getByText("Keep these recovery codes in a safe place")).toBeVisible();

  const context = await browser.newContext({ javaScriptEnabled: hasJavaScript() });
  const other = await context.newPage();
  await signIn(other, server, member);
  await visit(page, `${server.origin}/team`);
  await page.getByRole("button", { name: "Require two-factor sign-in" }).click();
  await expect(page.getByText("Members sign in with two factors.")).toBeVisible();
  await waitForHydration(page);
  await expectAccessible(page);
  await visit(other, `${server.origin}/licenses`);
  await expect(other.getByText("Set two-factor sign-in up to go on.")).toBeVisible();
  await expectAccessible(other);
  await context.close();
  await page.getByRole("button", { name: "Make it optional" }).click();
  await expect(page.getByRole("button", { name: "Require two-factor sign-in" })).toBeVisible();
});
