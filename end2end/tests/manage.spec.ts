// The customer's page: from the mail to a freed domain, by a key, and in German.
import { expect, expectAccessible, hasJavaScript, signIn, test, uniqueAddress, visit, waitForHydration } from "./fixtures.js";
import type { TestServer } from "./server.js";
import { startServerWithMail, type SmtpServer } from "./smtp.js";
import type { Browser, Page } from "@playwright/test";

let server: TestServer;
let smtp: SmtpServer;

test.beforeAll(async () => {
  ({ server, smtp } = await startServerWithMail());
});

test.afterAll(async () => {
  await server.stop();
  smtp.stop();
});

/** Opens a page of a browser that is not signed in. */
async function newCustomer(browser: Browser, locale = "en-US"): Promise<Page> {
  const viewport = test.info().project.use.viewport;
  const context = await browser.newContext({ javaScriptEnabled: hasJavaScript(), locale, viewport });
  return context.newPage();
}

/** As the seller: lets customers free at any time and activate machines offline, and issues a license that is active on
    a domain. Returns its key, its product's id and the address of the customers' page. */
async function prepare(page: Page, email: string, domain: string): Promise<{ key: string; id: string; manage: string }> {
  await signIn(page, server);
  await visit(page, `${server.origin}/products`);
  const product = (await page.locator("main tbody a").first().getAttribute("href"))!;
  await visit(page, `${server.origin}${product}/customers`);
  await page.getByLabel("Customers free or move a domain or a machine").selectOption("always");
  await page.getByLabel("Customers activate machines without a network").selectOption("30");
  await expectAccessible(page);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved.")).toBeVisible();
  await waitForHydration(page);

  const id = product.split("/").pop()!;
  await visit(page, `${server.origin}/licenses/new?product=${id}`);
  await page.getByLabel("E-mail", { exact: true }).fill(email);
  await page.getByRole("button", { name: "Issue", exact: true }).click();
  await expect(page).toHaveURL(/\/licenses\/[0-9a-f-]{36}\?reveal=1$/);
  const key = (await page.locator("h1 code.key").textContent())!;
  const activated = await page.request.post(`${server.origin}/activate`, { data: { license_key: key, domain } });
  expect(activated.ok(), await activated.text()).toBe(true);

  await visit(page, `${server.origin}/settings/customer-page`);
  const manage = (await page.locator("main").getByRole("link", { name: "/manage/" }).getAttribute("href"))!;
  return { key, id, manage };
}

test("a customer frees a domain, from the mail on", async ({ page, browser }) => {
  const email = uniqueAddress("grace");
  const { manage } = await prepare(page, email, "old-shop.example.com");
  const customer = await newCustomer(browser);
  await visit(customer, manage);
  await expectAccessible(customer);
  await customer.getByLabel("E-mail address").fill(email);
  await customer.getByRole("button", { name: "Send me the link" }).click();
  await expect(customer.getByText("Look into your mailbox.")).toBeVisible();
  await waitForHydration(customer);
  await expectAccessible(customer);

  await expect.poll(() => smtp.latest(email, "Your licenses"), { timeout: 20_000 }).toBeTruthy();
  const link = smtp.latest(email, "Your licenses")!.text.split(/\s/).find((word) => word.startsWith(`${manage}/link/`));
  await visit(customer, link!);
  await expectAccessible(customer);
  await customer.getByRole("button", { name: "Show my licenses" }).click();
  // The only license needs no list.
  await expect(customer.getByText("old-shop.example.com").first()).toBeVisible();
  await waitForHydration(customer);
  await expectAccessible(customer);
  await customer.getByRole("link", { name: "All your licenses" }).click();
  await expect(customer.getByRole("heading", { name: "Your licenses" })).toBeVisible();
  await waitForHydration(customer);
  await expectAccessible(customer);
  await customer.locator("main li a").first().click();
  await expect(customer.getByText("old-shop.example.com").first()).toBeVisible();
  await waitForHydration(customer);
  await expectAccessible(customer);

  // A move first: to a mistyped domain, then to a good one.
  await customer.getByText("Move…").first().click();
  await customer.getByLabel("New website").fill("no website");
  await customer.getByRole("button", { name: "Move to this website" }).click();
  await expect(customer.getByText("This must be a website")).toBeVisible();
  await waitForHydration(customer);
  await expectAccessible(customer);
  await customer.getByLabel("New website").fill("https://new-shop.example.com/");
  await customer.getByRole("button", { name: "Move to this website" }).click();
  await expect(customer.getByText("The license has moved.")).toBeVisible();
  await waitForHydration(customer);

  await customer.getByText("Free…").first().click();
  await expect(customer.getByText("stops being licensed at once")).toBeVisible();
  await expectAccessible(customer);
  await customer.getByRole("button", { name: /^Free .?new-shop\.example\.com/ }).click();
  await expect(customer.getByText("It is freed.")).toBeVisible();
  await waitForHydration(customer);
  await expectAccessible(customer);
  await expect(customer.getByText("No website uses this license.")).toBeVisible();
  await customer.context().close();
});

test("a key opens its license, and a wrong one says so", async ({ page, browser }) => {
  const { key, manage } = await prepare(page, uniqueAddress("jean"), "key-shop.example.com");
  const customer = await newCustomer(browser);
  await visit(customer, `${server.origin}/manage`);
  await expectAccessible(customer);
  await customer.getByLabel("License key").fill("LIC-0000-0000-0000-0000");
  await customer.getByRole("button", { name: "Show my license" }).click();
  await expect(customer.getByText("No license has this key.")).toBeVisible();
  await expect(customer.getByLabel("License key")).toHaveValue("LIC-0000-0000-0000-0000");
  await waitForHydration(customer);
  await expectAccessible(customer);
  await customer.getByLabel("License key").fill(` ${key.toLowerCase()} `);
  await customer.getByRole("button", { name: "Show my license" }).click();
  await expect(customer).toHaveURL(manage);
  await expect(customer.getByText("key-shop.example.com").first()).toBeVisible();
  expect(customer.url()).not.toContain(key);
  await waitForHydration(customer);
  await customer.getByRole("button", { name: "Close this page" }).click();
  await expect(customer.getByRole("button", { name: "Show my license" })).toBeVisible();
  await customer.context().close();
});

test("a customer activates a machine without a network", async ({ page, browser }) => {
  const { key, id, manage } = await prepare(page, uniqueAddress("rosa"), "offline-shop.example.com");
  const customer = await newCustomer(browser);
  await visit(customer, `${server.origin}/manage`);
  await customer.getByLabel("License key").fill(key);
  await customer.getByRole("button", { name: "Show my license" }).click();
  await expect(customer).toHaveURL(manage);
  await waitForHydration(customer);
  await customer.getByText("Machine without a network…").click();
  await expectAccessible(customer);
  await customer.getByLabel("Request of the software").fill("no request");
  await customer.getByRole("button", { name: "Make the response" }).click();
  await expect(customer.getByText("This is no request of the software.")).toBeVisible();
  await waitForHydration(customer);
  await expect(customer.getByLabel("Request of the software")).toHaveValue("no request");
  await expectAccessible(customer);

  const machine = { fingerprint: "cellar", hostname: "cellar-pc", os: "linux", appVersion: "1.0", userHash: "u" };
  const request = btoa(JSON.stringify({ key, productId: id, ...machine }));
  await customer.getByLabel("Request of the software").fill(request);
  await customer.getByRole("button", { name: "Make the response" }).click();
  await expect(customer.getByRole("heading", { name: "Your response" })).toBeVisible();
  await waitForHydration(customer);
  await expectAccessible(customer);
  const response = (await customer.locator("#offline-response").textContent())!;
  expect(response.split(".")).toHaveLength(3);
  const link = customer.getByRole("link", { name: "Download" });
  await expect(link).toHaveAttribute("href", `data:text/plain,${response}`);
  const row = customer.locator("#machines li");
  await expect(row).toContainText("cellar-pc");
  await expect(row).toContainText("Works without a network until");
  await expect(row.getByText("Free…")).toHaveCount(0);
  await customer.context().close();
});

test("the page is German for a German browser, and has the seller's look", async ({ page, browser }) => {
  const { key, manage } = await prepare(page, uniqueAddress("lise"), "laden.example.com");
  await page.getByLabel("Name", { exact: true }).fill("Ahorn Software");
  await page.getByLabel("Logo text").fill("Ahorn");
  await page.getByLabel("Color").fill("#ffdd00");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved.")).toBeVisible();
  await waitForHydration(page);
  await expectAccessible(page);

  const customer = await newCustomer(browser, "de-AT");
  await visit(customer, manage);
  await expect(customer).toHaveTitle("Ihre Lizenzen · Ahorn Software");
  await expect(customer.locator("html")).toHaveAttribute("lang", "de");
  await expectAccessible(customer);
  await customer.getByLabel("Lizenzschlüssel").fill(key);
  await customer.getByRole("button", { name: "Meine Lizenz zeigen" }).click();
  await expect(customer.getByText("laden.example.com").first()).toBeVisible();
  await waitForHydration(customer);
  await expectAccessible(customer);
  await customer.getByRole("button", { name: "English" }).click();
  await expect(customer.getByRole("heading", { name: "Websites" })).toBeVisible();
  await expect(customer.locator("html")).toHaveAttribute("lang", "en");
  await customer.context().close();
});
