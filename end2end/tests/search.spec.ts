// The search: the palette, and the page of results that works without JavaScript.
import { expect, expectAccessible, hasJavaScript, signIn, test, visit, waitForHydration } from "./fixtures.js";

const options = '[role="option"]';

test("the search page finds by key, host and name, and keeps keys out of URLs", async ({ page, demo }) => {
  await signIn(page, demo);
  const urls: string[] = [];
  page.on("request", (request) => urls.push(request.url()));
  await visit(page, `${demo.origin}/search`);
  await expect(page.getByRole("heading", { name: "Nothing to search for" })).toBeVisible();
  await expectAccessible(page);
  await page.getByLabel("Search for").fill(`My key ${demo.key!.toLowerCase()} is refused!`);
  await page.getByRole("button", { name: "Search" }).click();
  await expect(page.locator("h1 .key")).toContainText(demo.key!.slice(-4));
  const license = page.url();
  expect(urls.filter((url) => url.toUpperCase().includes(demo.key!))).toEqual([]);

  // Several licenses: the results say what kind each hit is, and keep the text.
  await visit(page, `${demo.origin}/search`);
  await page.getByLabel("Search for").fill("maple");
  await page.getByRole("button", { name: "Search" }).click();
  await expect(page).toHaveURL(`${demo.origin}/search?q=maple`);
  await expect(page.getByLabel("Search for")).toHaveValue("maple");
  await expect(page.getByRole("heading", { name: "Domains" })).toBeVisible();
  await expect(page.locator(".hits").first().getByRole("link").first()).toHaveAttribute("href", /^\/licenses\//);
  await expectAccessible(page);

  // A URL of the license's domain.
  await visit(page, `${demo.origin}/search?q=${encodeURIComponent(`https://${demo.domain}/wp-admin/`)}`);
  await expect(page.locator(".hits").getByRole("link", { name: demo.domain! }).first()).toHaveAttribute("href", new URL(license).pathname);

  // A key that no license has.
  await page.getByLabel("Search for").fill("LIC-0000-0000-0000-000A");
  await page.getByRole("button", { name: "Search" }).click();
  await expect(page.getByText("No license has this key")).toBeVisible();
  expect(page.url()).not.toContain("0000");
  await page.getByLabel("Search for").fill("<b>nobody");
  await page.getByRole("button", { name: "Search" }).click();
  await expect(page.getByRole("heading", { name: "Nothing found" })).toBeVisible();
  await expectAccessible(page);
});

test("the palette finds while typing and opens a hit by the keyboard", async ({ page, demo }) => {
  test.skip(!hasJavaScript(), "the palette requires JavaScript");
  await signIn(page, demo);
  await visit(page, `${demo.origin}/products`);
  const input = page.getByRole("combobox", { name: "Find anything" });
  await expect(input).toBeHidden();
  await page.keyboard.press("/");
  await expect(input).toBeFocused();
  await expect(input).toHaveValue("");
  await expectAccessible(page);
  await page.keyboard.type("maple");
  await expect(page.locator(options).first()).toHaveAttribute("aria-selected", "true");
  await expect(page.locator(`${options} .palette-kind`).first()).toHaveText(/^(License|Domain|Customer)$/);
  await page.keyboard.press("ArrowDown");
  await expect(page.locator(options).nth(1)).toHaveAttribute("aria-selected", "true");
  await expect(input).toHaveAttribute("aria-activedescendant", "palette-option-1");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("ArrowUp");
  await expect(page.locator(options).last()).toHaveAttribute("aria-selected", "true");
  await expectAccessible(page);
  await page.keyboard.press("Escape");
  await expect(input).toBeHidden();

  // A pasted key, and Enter.
  await page.keyboard.press("Control+k");
  await expect(input).toBeFocused();
  await input.fill(`my key ${demo.key!.toLowerCase()}!`);
  await expect(page.locator(options)).toHaveCount(1);
  await expect(page.locator(options)).toContainText(`…${demo.key!.slice(-4)}`);
  await page.keyboard.press("Enter");
  await expect(page.locator("h1 .key")).toContainText(demo.key!.slice(-4));
  await waitForHydration(page);

  // Pages and actions.
  await page.keyboard.press("/");
  await input.fill("issue");
  await expect(page.locator(options)).toContainText(["Issue a license"]);
  await page.locator(options).getByText("Issue a license").click();
  await expect(page.getByRole("heading", { name: "Issue a license" })).toBeVisible();
  await waitForHydration(page);

  // Enter before the answer, and without a hit, leads to the page of results.
  await page.keyboard.press("Control+k");
  await input.fill("nobody at all");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "Nothing found" })).toBeVisible();
});

test("a late answer does not replace the hits of a later text", async ({ page, demo }) => {
  test.skip(!hasJavaScript(), "the palette requires JavaScript");
  await signIn(page, demo);
  await visit(page, `${demo.origin}/products`);
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.route("**/_fn/search_hits", async (route) => {
    if (route.request().postData() === "q=maple") await held;
    await route.continue().catch(() => {});
  });
  await page.keyboard.press("/");
  const input = page.getByRole("combobox", { name: "Find anything" });
  const sent = page.waitForRequest((request) => request.postData() === "q=maple");
  await input.fill("maple");
  await sent;
  await input.fill(demo.domain!);
  const domain = page.locator(options).filter({ hasText: "Domain" }).filter({ hasText: demo.domain! });
  await expect(domain).toHaveCount(1);
  const answered = page.waitForResponse((response) => response.request().postData() === "q=maple");
  release();
  await answered;
  await expect(domain).toHaveCount(1);
  await expect(page.locator(options).filter({ hasText: /maple/i })).toHaveCount(0);
});

test("shortcuts of one key can be switched off", async ({ page, demo }) => {
  test.skip(!hasJavaScript(), "shortcuts require JavaScript");
  await signIn(page, demo);
  await visit(page, `${demo.origin}/products`);
  const input = page.getByRole("combobox", { name: "Find anything" });
  await page.keyboard.press("Control+k");
  await page.getByLabel("Shortcuts of one key").uncheck();
  await page.keyboard.press("Escape");
  await expect(input).toBeHidden();
  await visit(page, `${demo.origin}/products`);
  await page.keyboard.press("/");
  await page.keyboard.press("g");
  await page.keyboard.press("l");
  await expect(page.getByRole("heading", { name: "Products" })).toBeVisible();
  await expect(input).toBeHidden();
  await page.keyboard.press("Control+k");
  await page.getByLabel("Shortcuts of one key").check();
  await page.keyboard.press("Escape");
  await page.keyboard.press("/");
  await expect(input).toBeFocused();
});
