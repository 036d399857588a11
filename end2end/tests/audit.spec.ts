// The audit log: who changed what, filters in the URL, older pages, export and verification.
import { readFile } from "node:fs/promises";
import { expect, expectAccessible, followNavigation, signIn, test, visit } from "./fixtures.js";

test("a change is in the audit log, with actor, address and object", async ({ page, demo }) => {
  await signIn(page, demo);
  await visit(page, `${demo.origin}/licenses?standing=active`);
  const license = (await page.locator("tbody a").first().getAttribute("href"))!;
  await visit(page, demo.origin + license);
  await page.getByText("Edit notes…").click();
  await page.getByLabel("Notes", { exact: true }).fill(`Called on ${Math.random().toString(36).slice(2)}`);
  await page.locator("#notes").getByRole("button", { name: "Save" }).click();
  await expect(page.locator("#notes p.notes")).toContainText("Called on");
  await followNavigation(page, "Audit log");
  await expect(page.getByRole("heading", { name: "Audit log" })).toBeVisible();
  const entry = page.locator(".audit-table tbody tr").first();
  await expect(entry).toContainText("Notes changed");
  await expect(entry).toContainText("Ada Keller");
  await expect(entry).toContainText("127.0.0.1");
  await expectAccessible(page);
  await entry.getByRole("link", { name: "Only this license" }).click();
  await expect(page).toHaveURL(/object=license%3A/);
  await expect(page.locator(".audit-table tbody tr").first()).toContainText("Notes changed");
  await entry.getByRole("link", { name: "License …" }).click();
  await expect(page).toHaveURL(demo.origin + license);
});

test("the audit log filters by actor, action and day, and has older pages", async ({ page, demo }) => {
  await signIn(page, demo);
  await visit(page, `${demo.origin}/audit`);
  await page.getByLabel("Who").selectOption({ label: "Apps" });
  await page.getByLabel("What").selectOption("activation.created");
  await page.getByRole("button", { name: "Show" }).click();
  await expect(page).toHaveURL(/actor=apps&event=activation\.created/);
  const rows = page.locator(".audit-table tbody tr");
  await expect(rows).toHaveCount(50);
  await expect(rows.first()).toContainText("Activated");
  const first = await rows.first().textContent();
  await page.getByRole("link", { name: "Older" }).click();
  await expect(page).toHaveURL(/before=/);
  await expect(rows.first()).not.toHaveText(first!);
  await page.getByRole("link", { name: "Latest" }).click();
  await expect(rows.first()).toHaveText(first!);
  await page.getByRole("navigation", { name: "Filters" }).getByRole("link", { name: "Apps" }).click();
  await expect(page).not.toHaveURL(/actor=/);
  await page.getByLabel("To", { exact: true }).fill("2020-01-01");
  await page.getByRole("button", { name: "Show" }).click();
  await expect(page.getByText("No entry matches")).toBeVisible();
  await expectAccessible(page);
});

test("the audit log is verified by a button and exported", async ({ page, demo }) => {
  await signIn(page, demo);
  await visit(page, `${demo.origin}/audit?event=product.created`);
  await page.getByRole("button", { name: "Verify the log" }).click();
  // A worker seals entries half a minute after they are made.
  await expect(page.getByRole("status").filter({ hasText: "seal" })).toContainText(/Nothing was changed or removed|No entry is sealed yet/);
  await expectAccessible(page);
  await visit(page, `${demo.origin}/audit?event=product.created`);
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Export CSV" }).click();
  const file = await (await download).path();
  const lines = (await readFile(file, "utf8")).trim().split("\r\n");
  expect(lines[0]).toBe("entry_id,time,actor_kind,actor,address,action,detail,object_kind,object_id,object");
  expect(lines.length).toBeGreaterThan(3);
  expect(lines.slice(1).every((line) => line.includes("product.created"))).toBe(true);
});
