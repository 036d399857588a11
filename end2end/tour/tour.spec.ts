// Takes a screenshot of every page in each account, width and theme, and writes a page that shows them all.
import { expect, test as base, type Page } from "@playwright/test";
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { startServer, type TestServer } from "../tests/server.js";
import { addAccounts, type Account } from "./accounts.js";
import { COMMON_PAGES, PAGES, PUBLIC_PAGES, pagesOfData } from "./pages.js";

const folder = process.env.COUNTERSIGN_TEST_TOUR ?? join(import.meta.dirname, "../../target/tour");

interface PerWorker {
  demo: { server: TestServer; accounts: Account[] };
  /** A server without a user. */
  blank: TestServer;
}

const test = base.extend<{}, PerWorker>({
  demo: [
    async ({}, use) => {
      const server = await startServer("--demo");
      await use({ server, accounts: addAccounts(server) });
      await server.stop();
    },
    { scope: "worker" },
  ],
  blank: [
    async ({}, use) => {
      const server = await startServer();
      await use(server);
      await server.stop();
    },
    { scope: "worker" },
  ],
});

async function takeScreenshot(page: Page, name: string, url: string) {
  // A live page keeps a connection open, and would never be idle.
  await page.route("**/_live?*", (route) => route.fulfill({ status: 204 }));
  await page.goto(url);
  await page.waitForLoadState("networkidle");
  const overflows = await page.locator("html").evaluate((html) => html.scrollWidth > html.clientWidth);
  expect.soft(overflows, `${name} scrolls horizontally`).toBe(false);
  // A page with a refused form begins at its first invalid field.
  await page.evaluate(() => scrollTo(0, 0));
  await page.screenshot({ path: join(folder, `${name}-${test.info().project.name}.png`), fullPage: true });
}

async function signIn(page: Page, origin: string, { email, password }: Account) {
  await page.goto(`${origin}/sign-in`);
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page.locator(".shell")).toBeVisible();
}

test.beforeAll(() => mkdirSync(folder, { recursive: true }));

test("public pages", async ({ page, demo, blank }) => {
  for (const { name, path } of PUBLIC_PAGES) await takeScreenshot(page, name, demo.server.origin + path);
  await takeScreenshot(page, "set-up", `${blank.origin}/set-up`);
});

for (const [index, prefix] of ["", "empty-", "names-"].entries()) {
  test(`pages of the account ${prefix || "demo"}`, async ({ page, demo }) => {
    const { origin } = demo.server;
    const account = demo.accounts[index];
    await signIn(page, origin, account);
    const menu = page.locator(".site-menu > summary");
    if (await menu.isVisible()) {
      await menu.click();
      await page.screenshot({ path: join(folder, `${prefix}menu-${test.info().project.name}.png`) });
    }
    const pages = [...PAGES, ...(index === 0 ? COMMON_PAGES : []), ...(account.hasData ? await pagesOfData(page, origin) : [])];
    for (const { name, path } of pages) await takeScreenshot(page, prefix + name, origin + path);
  });
}

test.afterAll(() => {
  const pictures = readdirSync(folder).filter((file) => file.endsWith(".png")).sort();
  const figures = pictures.map((file) => `<figure><a href="${file}"><img src="${file}" alt="" loading="lazy"></a><figcaption>${file}</figcaption></figure>`);
  const style = "body{font:14px system-ui;display:flex;flex-wrap:wrap;gap:16px;align-items:start}figure{margin:0}img{max-width:320px;max-height:480px;border:1px solid #888}";
  writeFileSync(join(folder, "index.html"), `<!doctype html><meta charset="utf-8"><title>Tour</title><style>${style}</style>${figures.join("\n")}\n`);
});
