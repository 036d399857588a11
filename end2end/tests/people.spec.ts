// Organizations and tags: made, changed, given to a customer, and deleted.
import { expect, expectAccessible, signIn, test, visit } from "./fixtures.js";

/** A name that no other test of the same server uses. */
function unique(name: string) {
  return `${name}${Math.random().toString(36).slice(2, 8)}`;
}

test("an organization is made, changed and deleted", async ({ page, demo }) => {
  await signIn(page, demo);
  const name = unique("Initech");
  await visit(page, `${demo.origin}/organizations`);
  await page.getByText("Make an organization…").click();
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("City").fill("Austin");
  await page.getByRole("button", { name: "Make it" }).click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  await expect(page.getByText("Austin").first()).toBeVisible();
  await expectAccessible(page);
  await page.getByText("Edit…").click();
  await page.getByLabel("Name", { exact: true }).fill(`${name} Works`);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { level: 1, name: `${name} Works` })).toBeVisible();
  await page.getByText("Delete…").click();
  await page.getByRole("button", { name: "Delete for good" }).click();
  await expect(page).toHaveURL(/\/organizations$/);
  await page.getByLabel("Search").fill(name);
  await page.getByRole("button", { name: "Show" }).click();
  await expect(page.getByRole("heading", { name: "Nothing found" })).toBeVisible();
});

test("a tag is made, given to a customer, renamed and deleted", async ({ page, demo }) => {
  await signIn(page, demo);
  const name = unique("vip");
  await visit(page, `${demo.origin}/tags`);
  await page.locator("#new-tag-name").fill(name);
  await page.getByRole("button", { name: "Make a tag" }).click();
  await expect(page.getByRole("row", { name }).first()).toBeVisible();
  await visit(page, `${demo.origin}/customers`);
  // Another test erases a customer, and the form of an erased one asks for a name.
  await page.locator("tbody a", { hasNotText: "Erased customer" }).first().click();
  await page.getByText("Edit…").click();
  await page.getByLabel("Tags").fill(name);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.locator(".facts").getByText(name)).toBeVisible();
  await visit(page, `${demo.origin}/tags`);
  await page.getByRole("link", { name: `Change the tag ${name}` }).click();
  await expectAccessible(page);
  await page.locator("#tag-name").fill(`${name}2`);
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("row", { name: `${name}2` }).first()).toBeVisible();
  await page.getByText("Delete…").click();
  await page.getByRole("button", { name: "Delete for good" }).click();
  await expect(page.getByRole("row", { name: `${name}2` })).toHaveCount(0);
});
