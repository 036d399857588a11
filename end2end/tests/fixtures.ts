// What every browser test stands on: a page whose console must stay silent, and
// a check of its accessibility in both themes.
import { test as base, expect, type Page } from "@playwright/test";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { start, type Running } from "./server.js";

const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

interface PerTest {
  /** Fails the test if the page says anything on the console. */
  quiet: void;
  /** Answers that are expected to fail, such as a refused form. */
  tolerate: (pattern: RegExp) => void;
}

interface PerWorker {
  fresh: Running;
  demo: Running;
}

export const test = base.extend<PerTest, PerWorker>({
  fresh: [
    async ({}, use) => {
      const server = await start();
      await use(server);
      await server.stop();
    },
    { scope: "worker" },
  ],
  demo: [
    async ({}, use) => {
      const server = await start("--demo");
      await use(server);
      await server.stop();
    },
    { scope: "worker" },
  ],
  tolerate: async ({}, use) => {
    await use(() => {});
  },
  quiet: [
    async ({ page }, use) => {
      const said: string[] = [];
      page.on("console", (message) => {
        // The browser itself notes refused forms, and that it was taken off the net; everything
        // else is ours.
        const refused = /status of 4(01|09|22|29)|ERR_INTERNET_DISCONNECTED/.test(message.text());
        if (!refused) said.push(`${message.type()}: ${message.text()}`);
      });
      page.on("pageerror", (error) => said.push(`error: ${error.message}`));
      await use();
      expect(said, "the console must stay silent").toEqual([]);
    },
    { auto: true },
  ],
});

export { expect };

/** Whether this project's browser runs JavaScript. */
export function hasJavaScript(): boolean {
  return !test.info().project.name.includes("without JavaScript");
}

/** Waits until the page has taken over from its server. */
export async function hydrated(page: Page) {
  if (hasJavaScript()) await page.waitForFunction(() => document.documentElement.dataset.hydrated === "yes");
}

/** Goes to a page and waits for it. */
export async function visit(page: Page, url: string) {
  await page.goto(url);
  await hydrated(page);
}

/** axe finds nothing, in either theme, and nothing scrolls sideways. */
export async function accessible(page: Page) {
  const sideways = await page.locator("html").evaluate((html) => html.scrollWidth > html.clientWidth).catch(() => false);
  expect(sideways, "nothing scrolls sideways").toBe(false);
  if (!hasJavaScript()) return;
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.evaluate(axeSource);
    const found = await page.evaluate(async () => {
      const { violations } = await (window as any).axe.run();
      return violations.map((v: any) => `${v.id}: ${v.nodes.map((n: any) => n.target + " " + n.failureSummary).join("; ")}`);
    });
    expect(found, `axe in the ${colorScheme} theme`).toEqual([]);
  }
}

/** Signs in to the demo, as its owner or as somebody else. */
export async function signIn(page: Page, server: Running, { email, password }: Pick<Running, "email" | "password"> = server) {
  await visit(page, `${server.origin}/sign-in`);
  await page.getByLabel("E-mail").fill(email!);
  await page.getByLabel("Password").fill(password!);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.getByRole("heading", { name: "Overview" })).toBeVisible();
  await hydrated(page);
}
