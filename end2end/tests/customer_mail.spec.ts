// Mails to customers: the settings, a template with its preview and a test mail, and the way back to the default.
import { expect, expectAccessible, hasJavaScript, signIn, test, visit, waitForHydration } from "./fixtures.js";
import type { TestServer } from "./server.js";
import { startServerWithMail, type SmtpServer } from "./smtp.js";

let server: TestServer;
let smtp: SmtpServer;

test.beforeAll(async () => {
  ({ server, smtp } = await startServerWithMail());
});

test.afterAll(async () => {
  await server.stop();
  smtp.stop();
});

test("the sender, reminders and notices of mails to customers are set", async ({ page }) => {
  await signIn(page, server);
  await visit(page, `${server.origin}/settings/mail`);
  await page.getByRole("link", { name: "Mails to customers" }).click();
  await expect(page.getByRole("heading", { name: "Mails to customers", level: 1 })).toBeVisible();
  await waitForHydration(page);
  await expectAccessible(page);
  await page.getByLabel("Sender name").fill("Maple");
  await page.getByLabel("Address for replies").fill("nobody");
  await page.getByLabel("Remind customers before a license expires").check();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("This must be an e-mail address")).toBeVisible();
  await waitForHydration(page);
  await expect(page.getByLabel("Sender name")).toHaveValue("Maple");
  await expect(page.getByLabel("Remind customers before a license expires")).toBeChecked();
  await expectAccessible(page);
  await page.getByLabel("Address for replies").fill("help@maple.example");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("The settings are saved.")).toBeVisible();
  await waitForHydration(page);
  await expectAccessible(page);
  const off = page.getByRole("button", { name: /^Switch off: / }).first();
  await off.click();
  await expect(page.getByRole("button", { name: /^Switch on: / }).first()).toBeVisible();
});

test("a template is previewed, tested, saved and reset", async ({ page }) => {
  await signIn(page, server);
  await visit(page, `${server.origin}/settings/mail/customers`);
  await page.getByRole("link", { name: "Activation notice" }).click();
  await expect(page.getByRole("heading", { name: "Activation notice", level: 1 })).toBeVisible();
  await expect(page.getByText("Customers get the default text.")).toBeVisible();
  await waitForHydration(page);
  await expectAccessible(page);

  await page.getByLabel("Subject").fill("New: {{ activatd }}");
  await page.getByRole("button", { name: "Preview" }).click();
  await expect(page.getByText("activatd is not a variable of this mail.")).toBeVisible();
  await waitForHydration(page);
  await expectAccessible(page);

  const subject = `New ${Math.random().toString(36).slice(2, 8)}`;
  await page.getByLabel("Subject").fill(`${subject}: {{ activated }}`);
  await page.getByLabel("HTML").fill("<p>Used by <strong>{{ activated }}</strong></p>");
  await page.getByRole("button", { name: "Preview" }).click();
  await expect(page.locator("#preview")).toContainText(`${subject}: shop.example`);
  await waitForHydration(page);
  // The frame runs no scripts, so that its attributes are compared.
  const frame = page.locator("iframe.mail-preview");
  await expect(frame).toHaveAttribute("sandbox", "");
  await expect(frame).toHaveAttribute("srcdoc", /<strong>shop\.example<\/strong>/);
  await expectAccessible(page);

  await page.getByRole("button", { name: "Send a test mail to me" }).click();
  await expect(page.getByText("The test mail is queued.")).toBeVisible();
  await expect.poll(() => smtp.latest(server.email!, subject), { timeout: 20_000 }).toBeTruthy();
  expect(smtp.latest(server.email!, subject)!.text).toContain("shop.example");

  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Customers get your own text.")).toBeVisible();
  await waitForHydration(page);
  await expectAccessible(page);
  await page.getByRole("button", { name: "Reset to the default" }).click();
  await expect(page.locator("main").getByText("Customers get the default text.").first()).toBeVisible();
});

test("of two members who edit a template, the second chooses between both texts", async ({ page }) => {
  await signIn(page, server);
  const template = `${server.origin}/settings/mail/templates/expiry_reminder`;
  const other = await page.context().newPage();
  await visit(page, template);
  await visit(other, template);
  const theirs = `Theirs ${Math.random().toString(36).slice(2, 8)}`;
  await other.getByLabel("Subject").fill(theirs);
  await other.getByRole("button", { name: "Save" }).click();
  await expect(other.getByText("The template is saved.")).toBeVisible();
  await page.getByLabel("Subject").fill("Mine");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Another member changed this template.")).toBeVisible();
  await expect(page.getByLabel("Subject")).toHaveValue("Mine");
  await expect(page.locator("#other-version")).toContainText(theirs);
  await waitForHydration(page);
  await expectAccessible(page);
  // The other version first, then the own text on top of it.
  await page.getByRole("link", { name: "take the other version" }).click();
  await expect(page.getByLabel("Subject")).toHaveValue(theirs);
  await expect(page.locator("#other-version")).toHaveCount(0);
  await waitForHydration(page);
  await page.getByLabel("Subject").fill("Mine");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("The template is saved.")).toBeVisible();
  await visit(other, template);
  await expect(other.getByLabel("Subject")).toHaveValue("Mine");
  await other.close();
});

test("support sees no settings of mails", async ({ browser }) => {
  const context = await browser.newContext({ javaScriptEnabled: hasJavaScript() });
  const other = await context.newPage();
  await signIn(other, server, server.addMember("support"));
  for (const path of ["/settings/mail/customers", "/settings/mail/templates/license_key"]) {
    await visit(other, server.origin + path);
    await expect(other.getByText("Your role does not allow this.")).toBeVisible();
  }
  await context.close();
});
