// Fixtures and helpers of the browser tests: servers, a console check, an
// accessibility check in both themes, and navigation.
import { test as base, expect, type Cookie, type Locator, type Page } from "@playwright/test";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { demo, type WithDemo } from "./demo.js";
import { type TestServer } from "./server.js";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface PerTest {
  /** Fails the test if the page logs to the console or throws an error. */
  silentConsole: void;
}

export const test = base.extend<PerTest, WithDemo>({
  demo: [demo, { scope: "worker" }],
  silentConsole: [
    async ({ page }, use) => {
      // The scripts of a build without Node.js.
      if (hasJavaScript() && !hasTurbo()) {
        const modules = ["islands.js", "live.js", "live_stream.js"].map((name) => [name, name]);
        for (const [name, script] of [["pages.js", "full_loads.js"], ...modules]) {
          const path = fileURLToPath(new URL(`../../frontend/js/${script}`, import.meta.url));
          await page.context().route(`**/${name}`, (route) => route.fulfill({ path, contentType: "text/javascript" }));
        }
      }
      const messages: string[] = [];
      page.on("console", (message) => {
        // The browser itself logs missing pages, rejected forms, offline mode, a focus that was moved before its own
        // turn, and scripts of the test that it keeps out of the preview of a mail. Other messages come from the app.
        const expected =
          /status of 4(01|04|09|22|29)|ERR_INTERNET_DISCONNECTED|^Autofocus processing|^Blocked script execution in 'about:srcdoc'/.test(
            message.text(),
          );
        if (!expected) messages.push(`${message.type()}: ${message.text()}`);
      });
      page.on("pageerror", (error) => messages.push(`error: ${error.message}`));
      await use();
      expect(messages, "the console is silent").toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

/** Returns whether JavaScript is enabled in the current Playwright project. */
export function hasJavaScript(): boolean {
  return !test.info().project.name.includes("without JavaScript");
}

/** Returns whether Turbo follows links and posts forms in the current Playwright project. */
export function hasTurbo(): boolean {
  return hasJavaScript() && !test.info().project.name.includes("without Turbo");
}

/** Waits until the page is hydrated. Returns at once without JavaScript. */
export async function waitForHydration(page: Page) {
  if (hasJavaScript()) await page.waitForFunction(() => document.documentElement.dataset.hydrated === "yes");
}

/** Navigates to `url` and waits for hydration. */
export async function visit(page: Page, url: string) {
  await page.goto(url);
  await waitForHydration(page);
}

/** Opens the menu of narrow screens, which holds the navigation and the account. */
export async function openMenu(page: Page) {
  // Without its style sheet, a wide page shows the menu's button for a moment.
  await page.waitForLoadState();
  const menu = page.locator(".site-menu:not([open]) > summary");
  if (await menu.isVisible()) await menu.click();
}

/** Follows a link of the main navigation. */
export async function followNavigation(page: Page, name: string) {
  await openMenu(page);
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name, exact: true }).click();
}

/** The rules of axe whose result depends on colours. */
const colourRules = ["color-contrast", "link-in-text-block"];

/** Asserts that axe finds no violation in either theme and that the page does not scroll horizontally. */
export async function expectAccessible(page: Page) {
  // Turbo marks the page that it is about to replace.
  await expect(page.locator("html")).not.toHaveAttribute("aria-busy");
  const overflows = await page.locator("html").evaluate((html) => html.scrollWidth > html.clientWidth).catch(() => false);
  expect(overflows, "the page does not scroll horizontally").toBe(false);
  // Without Turbo the pages are the same.
  if (!hasTurbo()) return;
  await page.evaluate(axeSource);
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    // The themes differ in colours alone.
    const options = { resultTypes: ["violations"], ...(colorScheme === "dark" ? { runOnly: colourRules } : {}) };
    const findViolations = () => page.evaluate(async (options) => {
      const result = await (window as any).axe.run(options);
      return result.violations.map((v: any) => `${v.id}: ${v.nodes.map((n: any) => n.target + " " + n.failureSummary).join("; ")}`);
    }, options);
    let violations: string[] = await findViolations();
    // Turbo began to replace the page while axe ran.
    if (violations.some((violation) => violation.includes("aria-busy"))) {
      await expect(page.locator("html")).not.toHaveAttribute("aria-busy");
      violations = await findViolations();
    }
    expect(violations, `axe in the ${colorScheme} theme`).toEqual([]);
  }
}

/** Confirms a dialog by its button. A click shortly after that which opened the dialog counts as its second half. */
export async function confirmDialog(dialog: Locator, button: string) {
  await expect(async () => {
    if (await dialog.isVisible()) await dialog.getByRole("button", { name: button, exact: true }).click({ timeout: 2000 });
    await expect(dialog).toBeHidden({ timeout: 5000 });
  }).toPass({ timeout: 20_000 });
}

/** Waits until the bulk job of the page has ended. Without JavaScript, the page is loaded again by its link. */
export async function expectJobDone(page: Page) {
  await expect(async () => {
    const refresh = page.getByRole("link", { name: "Refresh" });
    if (await refresh.isVisible()) await refresh.click({ timeout: 1000 }).catch(() => {});
    await expect(page.getByRole("heading", { name: "Result" })).toBeVisible({ timeout: 1500 });
  }).toPass({ timeout: 20_000 });
}

/** The session cookies of owners, by the server. An address may sign in 30 times in ten minutes, which is less than its tests. */
const ownerSessions = new Map<string, Cookie[]>();

/** Signs in to the demo, as its owner unless other credentials are given. The owner's session is used again while it lasts. */
export async function signIn(page: Page, server: TestServer, { email, password }: Pick<TestServer, "email" | "password"> = server) {
  const isOwner = email === server.email;
  const session = isOwner ? ownerSessions.get(server.origin) : undefined;
  if (session) {
    await page.context().addCookies(session);
    await visit(page, server.origin);
    if (new URL(page.url()).pathname === "/") return;
  }
  await visit(page, `${server.origin}/sign-in`);
  await page.getByLabel("E-mail").fill(email!);
  await page.getByLabel("Password").fill(password!);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();
  await waitForHydration(page);
  if (isOwner) {
    const cookies = await page.context().cookies(server.origin);
    ownerSessions.set(server.origin, cookies.filter((cookie) => cookie.name === "countersign_session"));
  }
}

/** A name that no other test of the same server uses. */
export function unique(name: string) {
  return `${name}${Math.random().toString(36).slice(2, 8)}`;
}

/** An address that no other test of the same server uses. */
export function uniqueAddress(name: string) {
  return `${unique(name)}@example.com`;
}
