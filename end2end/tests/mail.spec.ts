// Mail: a lost password, an invitation and a key by mail, the list of mails, and a failure where it was asked for.
import { expect, expectAccessible, hasJavaScript, signIn, test, uniqueAddress, visit, waitForHydration } from "./fixtures.js";
import type { TestServer } from "./server.js";
import { startServerWithMail, type SmtpServer, type ReceivedMail } from "./smtp.js";
import type { Locator, Page } from "@playwright/test";

let server: TestServer;
let smtp: SmtpServer;

test.beforeAll(async () => {
  ({ server, smtp } = await startServerWithMail());
});

test.afterAll(async () => {
  await server.stop();
  smtp.stop();
});

/** Waits for a mail. */
async function receive(to: string, subject: string): Promise<ReceivedMail> {
  await expect.poll(() => smtp.latest(to, subject), { timeout: 20_000 }).toBeTruthy();
  return smtp.latest(to, subject)!;
}

/** Returns the link in a mail. */
function linkIn(mail: ReceivedMail, path: string): string {
  const link = mail.text.split(/\s/).find((word) => word.startsWith(server.origin + path));
  expect(link, mail.text).toBeTruthy();
  return link!;
}

/** Loads the page again until a part of it shows a text. */
async function expectAfterReload(page: Page, part: Locator, text: string) {
  await expect(async () => {
    await page.reload();
    await expect(part).toContainText(text, { timeout: 1000 });
  }).toPass({ timeout: 20_000 });
  await waitForHydration(page);
}

test("a lost password is set by the link of a mail", async ({ page }) => {
  const user = server.addMember("viewer");
  await visit(page, `${server.origin}/sign-in`);
  await page.getByRole("link", { name: "Password lost?" }).click();
  await expect(page.getByRole("heading", { name: "Password lost" })).toBeVisible();
  await waitForHydration(page);
  await expectAccessible(page);
  await page.getByLabel("E-mail").fill(user.email);
  await page.getByRole("button", { name: "Send the link" }).click();
  await expect(page.getByText("Look into your mailbox.")).toBeVisible();
  await waitForHydration(page);
  await expectAccessible(page);

  const link = linkIn(await receive(user.email, "Set a new password"), "/reset/");
  await visit(page, link);
  await expect(page.getByText(user.email)).toBeVisible();
  await expectAccessible(page);
  await page.getByLabel("New password").fill("short");
  await page.getByRole("button", { name: "Set the password" }).click();
  await expect(page.getByText("The password must have at least 10 characters.")).toBeVisible();
  await waitForHydration(page);
  await expectAccessible(page);
  await page.getByLabel("New password").fill("nine purple staplers");
  await page.getByRole("button", { name: "Set the password" }).click();
  await expect(page.getByText("The password is changed.")).toBeVisible();
  await waitForHydration(page);
  await expectAccessible(page);
  await visit(page, link);
  await expect(page.getByRole("heading", { name: "This link is not valid" })).toBeVisible();
  await expectAccessible(page);
  await signIn(page, server, { email: user.email, password: "nine purple staplers" });
  await receive(user.email, "Your password was changed");
  await receive(user.email, "Sign-in from a new browser");
});

test("an invited person joins by the link of a mail", async ({ page, browser }) => {
  const email = uniqueAddress("grace");
  await signIn(page, server);
  await visit(page, `${server.origin}/team`);
  await page.locator("#invited-role").selectOption("viewer");
  await page.locator("#invited-email").fill(email);
  await page.getByRole("button", { name: "Make the link" }).click();
  await expect(page.getByText("The person gets this link by mail.")).toBeVisible();
  await waitForHydration(page);
  await expectAccessible(page);
  const link = linkIn(await receive(email, "Invitation to"), "/invitations/");
  const row = page.getByRole("listitem").filter({ hasText: email });
  await expectAfterReload(page, row, "Sent");
  await expectAccessible(page);

  const context = await browser.newContext({ javaScriptEnabled: hasJavaScript() });
  const other = await context.newPage();
  await visit(other, link);
  await expect(other.locator("#email")).toHaveValue(email);
  await context.close();
});

test("a key is sent by mail, and a failure is shown where it was asked for", async ({ page }) => {
  const email = uniqueAddress("jean");
  await signIn(page, server);
  await visit(page, `${server.origin}/licenses/new`);
  await page.getByLabel("E-mail", { exact: true }).fill(email);
  await page.getByLabel("Send the key by mail").check();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Issue", exact: true }).click();
  await expect(page).toHaveURL(/\/licenses\/[0-9a-f-]{36}\?reveal=1$/);
  const key = (await page.locator("h1 code.key").textContent())!;
  expect((await receive(email, "Your license key for")).text).toContain(key);
  const card = page.locator("#key-mail");
  await expectAfterReload(page, card, "Sent");
  await expectAccessible(page);

  smtp.refused.add(email);
  await card.getByRole("button", { name: "Send the key by mail" }).click();
  await expect(page.getByText("The mail with the key is queued.")).toBeVisible();
  await expectAfterReload(page, card, "no such mailbox");
  await expectAccessible(page);

  // The list names the failure too, and sends the mail again.
  smtp.refused.delete(email);
  await visit(page, `${server.origin}/settings/mail`);
  const row = page.getByRole("row").filter({ hasText: email }).filter({ hasText: "Failed" });
  await expect(row).toContainText("no such mailbox");
  await expectAccessible(page);
  await row.getByRole("button", { name: "Send again" }).click();
  await expect(page.getByText("The mail is queued again.")).toBeVisible();
  await expectAfterReload(page, page.getByRole("row").filter({ hasText: email }).first(), "Sent");
});

test("a test mail arrives, and support sees no mails", async ({ page, browser }) => {
  await signIn(page, server);
  await visit(page, `${server.origin}/settings/mail`);
  await page.getByRole("button", { name: "Send a test mail to me" }).click();
  await expect(page.getByText("The test mail is queued.")).toBeVisible();
  await receive(server.email!, "Test mail");
  await expectAfterReload(page, page.getByRole("row").filter({ hasText: "Test mail" }).first(), "Sent");

  const context = await browser.newContext({ javaScriptEnabled: hasJavaScript() });
  const other = await context.newPage();
  await signIn(other, server, server.addMember("support"));
  await expect(other.getByRole("link", { name: "Mail", exact: true })).toHaveCount(0);
  await visit(other, `${server.origin}/settings/mail`);
  await expect(other.getByText("Your role does not allow this.")).toBeVisible();
  await context.close();
});
