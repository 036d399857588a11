// Live pages: activations and refusals of apps appear on open pages by themselves.
import { expect, expectAccessible, hasJavaScript, hasTurbo, test, visit } from "./fixtures.js";
import { activate, issue } from "./licenses.js";
import type { Page } from "@playwright/test";

/** The time in which a change must appear: two seconds for a release build. These tests run a debug build, several at once. */
const WITHIN = { timeout: 6000 };

/** Opens a page and waits until its stream is open. The pointer rests on nothing that an update would move. */
async function watch(page: Page, url: string) {
  await page.mouse.move(0, 0);
  const stream = hasJavaScript() ? page.waitForResponse((response) => response.url().includes("/_live?")) : undefined;
  await visit(page, url);
  await stream;
}

/** Hides a tab from its scripts, or shows it: the tested browser shows all tabs. */
async function setHidden(page: Page, isHidden: boolean) {
  await page.evaluate((value) => {
    Object.defineProperty(document, "hidden", { configurable: true, value });
    document.dispatchEvent(new Event("visibilitychange"));
  }, isHidden);
}

test("a license's page shows activations and refusals without a reload", async ({ page, demo }) => {
  const { key, url } = await issue(page, demo, 2);
  await watch(page, url);
  await activate(demo, key, "first.example");
  if (!hasJavaScript()) {
    // Without scripts a reload does.
    await expect(page.locator("#domains")).not.toContainText("first.example");
    await visit(page, url);
  }
  await expect(page.locator("#domains")).toContainText("first.example", WITHIN);
  await expect(page.locator("#domains")).toContainText("1 of 2 domains");
  await expect(page.locator("#history")).toContainText("Activated first.example", WITHIN);
  if (!hasJavaScript()) return;
  await activate(demo, key, "second.example");
  await expect(page.locator("#domains")).toContainText("second.example", WITHIN);
  await activate(demo, key, "refused.example");
  await expect(page.locator("#refused")).toContainText("refused.example", WITHIN);
  await expectAccessible(page);
});

test("the overview counts new activations and refusals without a reload", async ({ page, demo }) => {
  test.skip(!hasJavaScript(), "a page without scripts is as new as its last load");
  const { key } = await issue(page, demo, 2);
  await watch(page, demo.origin);
  const figure = (name: string) => page.locator(".figures > div").filter({ hasText: name }).locator(".figure");
  const count = async (name: string) => Number((await figure(name).textContent())!.replace(/\D/g, ""));
  const activations = await count("New activations");
  const refused = await count("Refused");
  await activate(demo, key, "counted.example");
  // Tests on the same server activate too.
  await expect.poll(() => count("New activations"), WITHIN).toBeGreaterThan(activations);
  await activate(demo, key, "also-counted.example");
  await activate(demo, key, "third.example");
  await expect.poll(() => count("Refused"), WITHIN).toBeGreaterThan(refused);
  await expect(page.locator("#why-refused")).toContainText("Limit reached");
});

test("typed text, an open panel, the focus and the revealed key survive updates", async ({ page, demo }) => {
  test.skip(!hasJavaScript(), "a page without scripts is as new as its last load");
  const { key, url } = await issue(page, demo, 2);
  await activate(demo, key, "before.example");
  await watch(page, `${url}?reveal=1`);
  const subject = page.getByLabel("URL, domain or machine");
  await subject.fill("https://half-typed.exa");
  await activate(demo, key, "after.example");
  await expect(page.locator("#domains")).toContainText("after.example", WITHIN);
  await expect(subject).toHaveValue("https://half-typed.exa");
  await expect(subject).toBeFocused();
  await expect(page.locator("h1 .key")).toHaveText(key);
  // Each reveal is an audit entry.
  const reveals = page.locator("#history li").filter({ hasText: "Key revealed" });
  const revealed = await reveals.count();

  // The list with the open form waits; the others go on.
  const row = page.locator("#domains tr", { hasText: "before.example" });
  await row.getByText("Move…").click();
  await row.getByLabel("New domain or URL").fill("moved.exa");
  await page.mouse.move(0, 0);
  await activate(demo, key, "refused.example");
  await expect(page.locator("#refused")).toContainText("refused.example", WITHIN);
  await expect(row.getByLabel("New domain or URL")).toHaveValue("moved.exa");
  await expect(row.getByLabel("New domain or URL")).toBeFocused();
  await expect(reveals).toHaveCount(revealed);
});

test("a focused or touched button stays that of its domain", async ({ page, demo }) => {
  test.skip(!hasJavaScript(), "a page without scripts is as new as its last load");
  const { key, url } = await issue(page, demo, 2);
  for (const domain of ["first.example", "second.example"]) await activate(demo, key, domain);
  await watch(page, url);
  await activate(demo, key, "early.example");
  const refused = page.locator("#refused");
  await expect(refused).toContainText("early.example", WITHIN);
  await refused.locator("li").evaluate((row) => Object.assign(row, { isEarly: true }));
  // By the keyboard.
  const allow = refused.getByRole("button", { name: "Allow: early.example" });
  await allow.focus();
  await page.keyboard.press("Tab");
  await page.keyboard.press("Shift+Tab");
  await expect(allow).toBeFocused();

  // The latest refusal would come first.
  const updated = page.waitForResponse((response) => response.request().headers()["x-live-update"] === "1");
  await activate(demo, key, "late.example");
  await updated;
  await page.waitForTimeout(500);
  await expect(refused.locator("button:focus")).toHaveAttribute("aria-label", "Allow: early.example");
  await expect(refused).not.toContainText("late.example");
  await page.getByLabel("URL, domain or machine").focus();
  await expect(refused).toContainText("late.example", WITHIN);
  await expect(refused.locator("li").first()).toContainText("late.example");
  if (hasTurbo()) {
    // The row has moved: it did not become the other domain's.
    const rows = await refused.locator("li").evaluateAll((items) =>
      items.map((row) => ("isEarly" in row ? row.querySelector("strong")!.textContent : undefined)),
    );
    expect(rows).toEqual([undefined, "early.example"]);
  }

  // A finger on the screen holds all parts.
  await page.evaluate(() => {
    const press = () => document.body.dispatchEvent(new PointerEvent("pointerdown", { pointerType: "touch", bubbles: true }));
    press();
    Object.assign(window, { presses: setInterval(press, 100) });
  });
  await activate(demo, key, "latest.example");
  await page.waitForTimeout(WITHIN.timeout);
  await expect(refused).not.toContainText("latest.example");
  await page.evaluate(() => clearInterval((window as any).presses));
  await expect(refused).toContainText("latest.example", { timeout: 4000 });
});

test("an update that the server refuses for now is repeated", async ({ page, demo }) => {
  test.skip(!hasJavaScript(), "a page without scripts is as new as its last load");
  const { key, url } = await issue(page, demo, 2);
  await watch(page, url);
  let refusals = 0;
  const overloadedUntil = Date.now() + 3000;
  await page.route(
    (requested) => requested.href.startsWith(url),
    async (route) => {
      const isUpdate = route.request().headers()["x-live-update"] === "1";
      if (!isUpdate || Date.now() > overloadedUntil) return route.fallback();
      refusals += 1;
      return route.fulfill({ status: 429, body: "Too many requests" });
    },
  );
  await activate(demo, key, "first.example");
  await expect(page.locator("#domains")).toContainText("first.example", { timeout: 15_000 });
  expect(refusals).toBe(1);
});

test("a tab that was hidden catches up if a newer tab watches the same page", async ({ page, demo }) => {
  test.skip(!hasJavaScript(), "a page without scripts is as new as its last load");
  const { key, url } = await issue(page, demo, 2);
  await watch(page, url);
  await setHidden(page, true);
  await activate(demo, key, "meanwhile.example");
  // The counts are written too, so that the newer tab has the last version.
  await page.waitForTimeout(1500);
  const stream = page.waitForResponse((response) => response.url().includes("/_live?"));
  const other = await page.context().newPage();
  await visit(other, url);
  await stream;
  await expect(page.locator("#domains")).not.toContainText("meanwhile.example");
  await setHidden(page, false);
  await expect(page.locator("#domains")).toContainText("meanwhile.example", WITHIN);
  await other.close();
});

test("a hidden or frozen tab leaves the connection to a shown one", async ({ page, demo }) => {
  test.skip(!hasJavaScript(), "a page without scripts is as new as its last load");
  const { key, url } = await issue(page, demo, 2);
  await watch(page, url);
  const other = await page.context().newPage();
  const opens = (tab: Page) =>
    tab.waitForRequest((request) => request.url().includes("/_live?"), { timeout: 20_000 });
  const byOther = opens(other);
  await visit(other, demo.origin);
  await setHidden(page, true);
  await byOther;
  await setHidden(page, false);
  const again = opens(page);
  await setHidden(other, true);
  await other.evaluate(() => document.dispatchEvent(new Event("freeze")));
  await again;
  await activate(demo, key, "taken-over.example");
  await expect(page.locator("#domains")).toContainText("taken-over.example", WITHIN);
  await other.close();
});

test("the tabs of a browser share one connection, and each shows its own changes", async ({ page, demo }) => {
  test.skip(!hasJavaScript(), "a page without scripts is as new as its last load");
  const context = page.context();
  const opened = new Map<Page, number>();
  context.on("request", (request) => {
    if (!request.url().includes("/_live?")) return;
    const tab = request.frame().page();
    opened.set(tab, (opened.get(tab) ?? 0) + 1);
  });
  const { key, url } = await issue(page, demo, 2);
  await watch(page, url);
  const other = await context.newPage();
  await visit(other, demo.origin);
  const third = await context.newPage();
  await visit(third, url);
  await activate(demo, key, "shared.example");
  for (const tab of [page, third]) await expect(tab.locator("#domains")).toContainText("shared.example", WITHIN);
  expect([other, third].map((tab) => opened.get(tab))).toEqual([undefined, undefined]);

  // Another tab opens a connection when the tab with the connection is closed.
  await page.close();
  await expect.poll(() => opened.has(other) || opened.has(third)).toBe(true);
  await activate(demo, key, "taken-over.example");
  await expect(third.locator("#domains")).toContainText("taken-over.example", WITHIN);
  expect(opened.has(other) && opened.has(third), "one of the two tabs has the connection").toBe(false);
  await third.close();
  await other.close();
});
