// Customers: search, edit, merge, export and erase one, and issue licenses to a known one.
import { readFile } from "node:fs/promises";
import { expect, expectAccessible, hasJavaScript, signIn, test, visit, waitForHydration } from "./fixtures.js";
import type { Page } from "@playwright/test";

/** Names that no other test of the same server uses. */
function unique(name: string) {
  const text = `${name}${Math.random().toString(36).slice(2, 8)}`;
  return { name: text, email: `${text.toLowerCase()}@example.com` };
}

/** Issues licenses to a customer. */
async function issue(page: Page, origin: string, customer: { name: string; email: string }, count = 1) {
  await visit(page, `${origin}/licenses/new`);
  await page.getByLabel("Name", { exact: true }).fill(customer.name);
  await page.getByLabel("E-mail", { exact: true }).fill(customer.email);
  await page.getByLabel("How many").fill(String(count));
  await page.getByRole("button", { name: "Issue", exact: true }).click();
}

/** Issues one license to a customer and opens the customer's page. */
async function openCustomer(page: Page, origin: string, customer: { name: string; email: string }) {
  await issue(page, origin, customer);
  await expect(page).toHaveURL(/\/licenses\/[0-9a-f-]{36}\?reveal=1$/);
  await visit(page, `${origin}/customers`);
  await page.getByLabel("Search").fill(customer.email);
  await page.getByRole("button", { name: "Show" }).click();
  await expect(page.locator("tbody tr")).toHaveCount(1);
  await page.getByRole("link", { name: customer.name }).click();
  await expect(page.getByRole("heading", { level: 1, name: customer.name })).toBeVisible();
  await waitForHydration(page);
}

test("customers are listed, searched and paged", async ({ page, demo }) => {
  await signIn(page, demo);
  await visit(page, `${demo.origin}/customers`);
  await expect(page.locator("tbody tr")).toHaveCount(50);
  await expectAccessible(page);
  const first = await page.locator("tbody a").first().getAttribute("href");
  await page.getByRole("link", { name: "Next" }).click();
  await expect(page.locator("tbody a").first()).not.toHaveAttribute("href", first!);
  await page.getByRole("link", { name: "Previous" }).click();
  await expect(page.locator("tbody a").first()).toHaveAttribute("href", first!);
  await page.getByLabel("Search").fill("no such customer");
  await page.getByRole("button", { name: "Show" }).click();
  await expect(page.getByRole("heading", { name: "Nothing found" })).toBeVisible();
  await expectAccessible(page);
});

test("a customer is edited, merged and erased", async ({ page, demo }) => {
  await signIn(page, demo);
  const [grace, jean] = [unique("Grace"), unique("Jean")];
  await openCustomer(page, demo.origin, jean);
  await openCustomer(page, demo.origin, grace);
  await expectAccessible(page);

  // The address of another customer: refused with the remedy. What was typed stays.
  await page.getByText("Edit…").click();
  await page.getByLabel("First name, or whole name").fill(`${grace.name} Hopper`);
  await page.getByLabel("E-mail", { exact: true }).fill(jean.email);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Another customer has this address.")).toBeVisible();
  await expect(page.getByLabel("First name, or whole name")).toHaveValue(`${grace.name} Hopper`);
  await expectAccessible(page);
  await page.getByLabel("E-mail", { exact: true }).fill(grace.email);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { level: 1, name: `${grace.name} Hopper` })).toBeVisible();

  // Another tab still shows the former name: its form names what changed.
  await visit(page, page.url());
  const other = await page.context().newPage();
  await visit(other, page.url());
  await page.getByText("Edit…").click();
  await page.getByLabel("First name, or whole name").fill(`${grace.name} Murray`);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { level: 1, name: `${grace.name} Murray` })).toBeVisible();
  await other.getByText("Edit…").click();
  await other.getByLabel("First name, or whole name").fill(`G. ${grace.name}`);
  await other.getByRole("button", { name: "Save" }).click();
  await expect(other.getByText(`Another user has changed the name to “${grace.name} Murray” meanwhile.`)).toBeVisible();
  await other.getByRole("button", { name: "Save" }).click();
  await expect(other.getByRole("heading", { level: 1, name: `G. ${grace.name}` })).toBeVisible();
  await other.close();

  // Merge the other customer into this one: its license moves.
  await visit(page, page.url());
  await expect(page.locator("#licenses tbody tr")).toHaveCount(1);
  await page.getByText("Merge…").click();
  await expect(page.getByText("All licenses of the other customer move to this one")).toBeVisible();
  await page.getByLabel("The other customer").fill("nobody@example.com");
  await page.getByRole("button", { name: "Merge into this customer" }).click();
  await expect(page.getByText("There is no such customer.")).toBeVisible();
  await page.getByLabel("The other customer").fill(jean.email);
  await page.getByRole("button", { name: "Merge into this customer" }).click();
  await expect(page.locator("#licenses tbody tr")).toHaveCount(2);
  await expectAccessible(page);

  // Erase: the licenses stay.
  await visit(page, page.url());
  await page.getByText("Erase…").click();
  await expect(page.getByText("2 licenses stay and work as before.")).toBeVisible();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Erase for good" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Erased customer" })).toBeVisible();
  await expect(page.locator("#licenses tbody tr")).toHaveCount(2);
  await expect(page.getByText("Erase…")).toHaveCount(0);
  await expect(page.locator("main")).not.toContainText(grace.name);
});

test("the data of a customer is downloaded", async ({ page, demo }) => {
  await signIn(page, demo);
  const grace = unique("Grace");
  await openCustomer(page, demo.origin, grace);
  await page.getByText("Export…").click();
  await expectAccessible(page);
  const downloading = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download the data" }).click();
  const file = await (await downloading).path();
  const data = JSON.parse(await readFile(file, "utf8"));
  expect(data.customer).toMatchObject({ name: grace.name, email: grace.email });
  expect(data.licenses).toHaveLength(1);
  expect(JSON.stringify(data)).not.toMatch(/[A-Z]+(-[0-9A-Z]{4}){4}/);
});

test("many licenses are issued, and all keys can be had", async ({ page, demo }) => {
  await signIn(page, demo);
  const grace = unique("Grace");
  await issue(page, demo.origin, grace, 25);
  await expect(page.getByRole("heading", { name: "25 licenses issued" })).toBeVisible();
  await expect(page).toHaveURL(`${demo.origin}/licenses/issued`);
  const keys = (await page.locator("#issued-keys").textContent())!.trim().split("\n");
  expect(new Set(keys).size).toBe(25);
  await waitForHydration(page);
  await expectAccessible(page);
  if (hasJavaScript()) {
    await page.context().grantPermissions(["clipboard-read", "clipboard-write"]);
    await page.getByRole("button", { name: "Copy all" }).click();
    await expect(page.getByRole("button", { name: "Copied" })).toBeVisible();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied.trim().split("\n")).toEqual(keys);
  } else {
    await expect(page.getByRole("button", { name: "Copy all" })).toBeHidden();
  }
  const downloading = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download as CSV" }).click();
  const lines = (await readFile(await (await downloading).path(), "utf8")).trim().split("\r\n");
  expect(lines.slice(1).map((line) => line.split(",")[0])).toEqual(keys);
  await page.getByRole("link", { name: grace.name }).click();
  await expect(page.locator("#licenses tbody tr")).toHaveCount(25);
});

test("another name of a known address is asked about", async ({ page, demo }) => {
  await signIn(page, demo);
  const grace = unique("Grace");
  await openCustomer(page, demo.origin, grace);
  await issue(page, demo.origin, { name: `${grace.name} Hopper`, email: grace.email }, 3);
  const choice = page.getByLabel("The customer’s name");
  await expect(choice).toBeVisible();
  await expect(choice.locator("option")).toHaveText(["Please choose", `Keep “${grace.name}”`, `Change it to “${grace.name} Hopper”`]);
  await expect(page.getByLabel("How many"), "what was typed stays").toHaveValue("3");
  await expectAccessible(page);
  await choice.selectOption("change");
  await page.getByRole("button", { name: "Issue", exact: true }).click();
  await expect(page.getByRole("heading", { name: "3 licenses issued" })).toBeVisible();
  await page.getByRole("link", { name: `${grace.name} Hopper` }).click();
  await expect(page.locator("#licenses tbody tr")).toHaveCount(4);
});

test("a known customer is suggested while typing", async ({ page, demo }) => {
  test.skip(!hasJavaScript(), "suggestions require JavaScript");
  await signIn(page, demo);
  const grace = unique("Grace");
  await openCustomer(page, demo.origin, grace);
  await visit(page, `${demo.origin}/licenses/new`);
  await page.getByLabel("E-mail", { exact: true }).pressSequentially(grace.name.slice(0, -1));
  const option = page.locator(`#customer-suggestions option[value="${grace.email}"]`);
  await expect(option).toHaveCount(1);
  // The value of a chosen suggestion also fills the name.
  await page.getByLabel("E-mail", { exact: true }).fill(grace.email);
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue(grace.name);
});

test("a viewer sees customers and no actions", async ({ page, demo }) => {
  await signIn(page, demo, demo.addMember("viewer"));
  await visit(page, `${demo.origin}/customers`);
  await page.locator("tbody a").first().click();
  await expect(page.getByRole("heading", { name: "Licenses" })).toBeVisible();
  await expect(page.locator("main form, main details, main .button")).toHaveCount(0);
  await expectAccessible(page);
});
