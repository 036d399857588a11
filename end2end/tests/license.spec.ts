// The license page as support uses it: the check, its remedies, notes, metadata, transfer
// and a new key.
import { expect, expectAccessible, test, visit } from "./fixtures.js";
import { activate, issue, verify } from "./licenses.js";

test("support finds why an app is refused and moves the domain with one click", async ({ page, demo }) => {
  const { key, url } = await issue(page, demo, 1);
  await activate(demo, key, "old.example");
  await visit(page, url);
  await page.getByLabel("URL, domain or machine").fill("https://new.example/checkout?step=2");
  await page.getByRole("button", { name: "Check" }).click();
  const answer = page.locator(".check-answer");
  await expect(answer).toContainText("domain_limit_reached");
  await expect(answer).toContainText("new.example");
  await expect(answer).toContainText("1 of 1 domains are taken");
  await expectAccessible(page);
  await answer.getByRole("button", { name: "Move old.example here" }).click();
  await expect(page.locator("#domains")).toContainText("new.example");
  await expect(page.locator("#domains")).not.toContainText("old.example");
  expect(await verify(demo, key, "new.example")).toMatchObject({ valid: true });
  expect(await verify(demo, key, "old.example")).toEqual({ valid: false, error: "invalid_domain" });

  // A key that was pasted by mistake is refused, and no URL holds it.
  await page.getByLabel("URL, domain or machine").fill(key);
  await page.getByRole("button", { name: "Check" }).click();
  await expect(page.getByText("This looks like a license key.")).toBeVisible();
  expect(page.url()).not.toContain(key);
});

test("a refused domain is listed and allowed with one click", async ({ page, demo }) => {
  const { key, url } = await issue(page, demo, 1);
  await activate(demo, key, "a.example");
  await activate(demo, key, "refused.example");
  // Refusals are counted in memory and flushed every second.
  await expect(async () => {
    await visit(page, url);
    await expect(page.locator("#refused")).toContainText("refused.example", { timeout: 500 });
  }).toPass();
  await expect(page.locator("#refused")).toContainText("Limit reached");
  await expectAccessible(page);
  await page.locator("#refused").getByRole("button", { name: "Allow" }).click();
  await expect(page.getByRole("heading", { name: /2 of 2 domains/ })).toBeVisible();
  await expect(page.locator("#refused")).toHaveCount(0);
  expect(await verify(demo, key, "refused.example")).toMatchObject({ valid: true });
});

test("a domain is moved to another in place, and a fault keeps the text", async ({ page, demo }) => {
  const { key, url } = await issue(page, demo, 1);
  await activate(demo, key, "before.example");
  await visit(page, url);
  await page.getByText("Move…").click();
  await page.getByLabel("New domain or URL").fill("not a domain");
  await page.getByRole("button", { name: "Move", exact: true }).click();
  await expect(page.getByText("Enter a domain or a URL")).toBeVisible();
  await expect(page.getByLabel("New domain or URL")).toHaveValue("not a domain");
  await page.getByLabel("New domain or URL").fill("https://after.example/");
  await page.getByRole("button", { name: "Move", exact: true }).click();
  await expect(page.locator("#domains")).toContainText("after.example");
  await expect(page.locator("#domains")).not.toContainText("before.example");
});

test("notes, metadata and the customer are changed in place", async ({ page, demo }) => {
  const { url } = await issue(page, demo, 1);
  await visit(page, url);
  await page.getByText("Edit notes…").click();
  await page.getByLabel("Notes", { exact: true }).fill("Reseller since 2024.\nAsk <b>Jon</b> first.");
  await page.locator("#notes").getByRole("button", { name: "Save" }).click();
  await expect(page.locator("#notes p.notes")).toContainText("Ask <b>Jon</b> first.");
  await page.getByText("Edit metadata…").click();
  await page.getByLabel("Metadata", { exact: true }).fill("order: 1");
  await page.locator("#metadata").getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Line 1: write it as")).toBeVisible();
  await page.getByLabel("Metadata", { exact: true }).fill("order = in_1803");
  await page.locator("#metadata").getByRole("button", { name: "Save" }).click();
  await expect(page.locator("#metadata dl")).toContainText("in_1803");
  await page.getByText("Transfer…").click();
  await page.getByLabel("E-mail of the new customer").fill("olga@okafor.example");
  await page.locator("#customer").getByLabel("Name").fill("Olga Okafor");
  await expectAccessible(page);
  await page.locator("#customer").getByRole("button", { name: "Transfer", exact: true }).click();
  await expect(page.locator("#customer")).toContainText("Olga Okafor");
  await page.getByRole("link", { name: "Changes" }).click();
  await expect(page.locator(".timeline li").first()).toContainText("Transferred");
});

test("a license gets a rule of its own, and follows its product again", async ({ page, demo }) => {
  const { url } = await issue(page, demo, 1);
  await visit(page, url);
  await expect(page.locator("#rules")).toContainText("It follows its product in all of them.");
  await page.getByRole("link", { name: "Change rules…" }).click();
  await expect(page.getByRole("heading", { name: "Rules of the license" })).toBeVisible();
  await expectAccessible(page);
  const machines = page.getByLabel("Virtual machines are allowed");
  await machines.selectOption("no");
  await page.getByLabel("Sync every").fill("soon");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText("This is a duration such as 90 minutes")).toBeVisible();
  await expect(page.getByLabel("Sync every")).toHaveValue("soon");
  await expect(machines).toHaveValue("no");
  await expectAccessible(page);
  await page.getByLabel("Sync every").fill("2 hours");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText("Saved.", { exact: true })).toBeVisible();
  await visit(page, url);
  await expect(page.locator("#rules")).toContainText("2 hours");
  await expectAccessible(page);
  await visit(page, `${url}/rules`);
  await machines.selectOption("");
  await page.getByLabel("Sync every").fill("");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await expect(page.getByText("Saved.", { exact: true })).toBeVisible();
  await visit(page, url);
  await expect(page.locator("#rules")).toContainText("It follows its product in all of them.");
});

test("a replaced key ends the former key and keeps the activations", async ({ page, demo }) => {
  const { key, url } = await issue(page, demo, 1);
  await activate(demo, key, "site.example");
  await visit(page, url);
  await page.getByText("Replace key…").click();
  await expect(page.getByText("its activation stays")).toBeVisible();
  await page.getByRole("button", { name: "Replace the key" }).click();
  await expect(page.locator("h1 .key")).not.toContainText("•");
  const replaced = (await page.locator("h1 .key").textContent())!;
  expect(replaced).not.toBe(key);
  expect(await verify(demo, replaced, "site.example")).toMatchObject({ valid: true });
  expect(await verify(demo, key, "site.example")).toMatchObject({ error: "invalid_key" });
});

test("a former key works for the chosen grace time, until a member ends it", async ({ page, demo }) => {
  const { key, url } = await issue(page, demo, 1);
  await activate(demo, key, "site.example");
  await visit(page, url);
  await page.getByText("Replace key…").click();
  await page.getByLabel("The former key").selectOption({ label: "works for 7 more days" });
  await page.getByRole("button", { name: "Replace the key" }).click();
  await expect(page.locator("#former-keys")).toContainText(`…${key.slice(-4)} works until`);
  await expectAccessible(page);
  const replaced = (await page.locator("h1 .key").textContent())!;
  for (const sent of [key, replaced]) {
    expect(await verify(demo, sent, "site.example")).toMatchObject({ valid: true });
  }
  await page.locator("#former-keys").getByRole("button", { name: "End now" }).click();
  await expect(page.locator("#former-keys")).toBeHidden();
  expect(await verify(demo, key, "site.example")).toMatchObject({ error: "invalid_key" });
  expect(await verify(demo, replaced, "site.example")).toMatchObject({ valid: true });
});
