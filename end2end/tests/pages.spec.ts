// Every page with believable data: accessible in both themes, at both widths,
// and with nothing on the console.
import { accessible, expect, hasJavaScript, hydrated, signIn, test, visit } from "./fixtures.js";

test("every page of the demo", async ({ page, demo }) => {
  await visit(page, `${demo.origin}/sign-in`);
  await accessible(page);
  await signIn(page, demo);
  await accessible(page);
  await page.getByText("The numbers").click();
  await expect(page.locator(".chart tbody tr")).toHaveCount(30);
  for (const path of [
    "/licenses",
    "/licenses?standing=suspended&sort=oldest",
    "/licenses?q=nothing+like+it",
    "/licenses/new",
    "/products",
    "/products/new",
  ]) {
    await visit(page, demo.origin + path);
    await accessible(page);
  }
  await page.goto(`${demo.origin}/licenses`);
  await hydrated(page);
  await page.locator("tbody a").first().click();
  await expect(page.getByRole("heading", { name: "Timeline" })).toBeVisible();
  await accessible(page);
  await page.getByRole("link", { name: "Products" }).click();
  await page.locator("tbody a").first().click();
  await expect(page.getByRole("heading", { name: "Settings" })).toBeVisible();
  await accessible(page);
  await page.locator(".account summary").click();
  await accessible(page);
});

test("pages of the list lead on and back", async ({ page, demo }) => {
  await signIn(page, demo);
  await visit(page, `${demo.origin}/licenses`);
  await expect(page.locator("tbody tr")).toHaveCount(50);
  const first = await page.locator("tbody a").first().textContent();
  await page.getByRole("link", { name: "Next" }).click();
  await expect(page.locator("tbody a").first()).not.toHaveText(first!);
  await page.getByRole("link", { name: "Previous" }).click();
  await expect(page.locator("tbody a").first()).toHaveText(first!);
  await page.getByLabel("Standing").selectOption("revoked");
  await page.getByRole("button", { name: "Show" }).click();
  await expect(page.locator("tbody .standing").first()).toHaveText("Revoked");
  await expect(page).toHaveURL(/standing=revoked/);
  const words = await page.locator("tbody .standing").allTextContents();
  expect(new Set(words)).toEqual(new Set(["Revoked"]));
});

test("a theme is kept", async ({ page, demo }) => {
  await signIn(page, demo);
  await page.locator(".account summary").click();
  await page.getByRole("button", { name: "Dark" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await visit(page, `${demo.origin}/products`);
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.locator(".account summary").click();
  await page.getByRole("button", { name: "System" }).click();
  await expect(page.locator("html")).not.toHaveAttribute("data-theme");
});

test("the keys that work everywhere", async ({ page, demo }) => {
  test.skip(!hasJavaScript(), "keys are handled by the hydrated page");
  await signIn(page, demo);
  await page.keyboard.press("g");
  await page.keyboard.press("l");
  await expect(page.getByRole("heading", { name: "Licenses" })).toBeVisible();
  await expect(page.getByLabel("Search")).toBeVisible();
  await page.keyboard.press("/");
  await expect(page.getByLabel("Search")).toBeFocused();
  await page.keyboard.type("gl?");
  await expect(page.getByLabel("Search")).toHaveValue("gl?");
});

test("a viewer looks, and is offered nothing that changes anything", async ({ page, demo }) => {
  await signIn(page, demo, demo.add("viewer"));
  await page.getByRole("link", { name: "Licenses" }).click();
  await expect(page.locator("tbody tr")).toHaveCount(50);
  await expect(page.getByRole("link", { name: "Issue a license" })).toHaveCount(0);
  await page.locator("tbody a").first().click();
  await expect(page.getByRole("heading", { name: "Timeline" })).toBeVisible();
  await expect(page.locator("main form, main .button:not([rel])")).toHaveCount(0);
  await accessible(page);
  await page.getByRole("link", { name: "Products" }).click();
  await page.locator("tbody a").first().click();
  await expect(page.getByLabel("Name")).toBeDisabled();
  await expect(page.getByText("Owners and admins change these.")).toBeVisible();
  await accessible(page);
  await visit(page, `${demo.origin}/licenses/new`);
  await expect(page.getByText("Viewers issue no licenses")).toBeVisible();
  await accessible(page);
});

test("a search says where it stops", async ({ page, demo }) => {
  await signIn(page, demo);
  await visit(page, `${demo.origin}/licenses?q=maple`);
  const stops = page.getByText("A search stops at the first");
  await expect(stops).toHaveCount(0);
  await visit(page, `${demo.origin}/licenses?q=maple&standing=active`);
  await expect(stops).toBeVisible();
  await accessible(page);
});

test("a session that ends in the middle of a form leaves what was typed", async ({ page, demo }) => {
  test.skip(!hasJavaScript(), "without JavaScript the browser goes to the sign-in itself");
  await signIn(page, demo);
  await visit(page, `${demo.origin}/licenses/new`);
  await page.getByLabel("E-mail").fill("ada@example.com");
  await page.context().clearCookies();
  await page.getByRole("button", { name: "Issue", exact: true }).click();
  await expect(page.getByRole("link", { name: "Sign in in another tab" })).toBeVisible();
  await expect(page.getByLabel("E-mail")).toHaveValue("ada@example.com");
  await accessible(page);
  // What can't be shown any more says how to come back to it.
  await page.getByRole("link", { name: "Licenses", exact: true }).click();
  await expect(page.getByRole("link", { name: "Sign in", exact: true })).toHaveAttribute("href", "/sign-in?next=%2Flicenses");
});

test("a license's page keeps what was typed when the server can't be reached", async ({ page, demo }) => {
  test.skip(!hasJavaScript(), "without JavaScript the browser shows a page of its own");
  await signIn(page, demo);
  await visit(page, `${demo.origin}/licenses?standing=active`);
  await page.locator("tbody a").first().click();
  await page.getByText("Suspend…").click();
  await page.getByLabel("Reason (optional)").first().fill("not paid");
  await page.context().setOffline(true);
  await page.getByRole("button", { name: "Suspend", exact: true }).click();
  await expect(page.getByText("The server could not be reached")).toBeVisible();
  await expect(page.getByLabel("Reason (optional)").first()).toHaveValue("not paid");
  await page.context().setOffline(false);
  await page.getByRole("button", { name: "Suspend", exact: true }).click();
  await expect(page.locator(".lead")).toContainText("Suspended");
  await expect(page.locator(".lead")).toContainText("not paid");
  await page.getByRole("button", { name: "Reinstate" }).click();
  await expect(page.locator(".lead")).toContainText("Active");
});

test("a form that is refused leads to what is wrong", async ({ page, demo }) => {
  await signIn(page, demo);
  await visit(page, `${demo.origin}/licenses/new`);
  await page.getByLabel("Expires").selectOption("date");
  await page.getByLabel("Date").fill("2001-01-31");
  await page.getByLabel("How many").fill("0");
  await page.getByRole("button", { name: "Issue", exact: true }).click();
  await expect(page.getByText("The date must be ahead.")).toBeVisible();
  await expect(page.getByLabel("Date")).toBeFocused();
  await expect(page.getByLabel("Date")).toBeInViewport();
});

test("limits that were left alone stay what somebody else made them", async ({ page, demo }) => {
  await signIn(page, demo);
  await visit(page, `${demo.origin}/licenses?standing=active`);
  await page.locator("tbody a").first().click();
  await expect(page.getByRole("heading", { name: "Timeline" })).toBeVisible();
  await hydrated(page);
  // What has no limit is empty in the form, and left alone all the same.
  await page.getByText("Change limits…").click();
  await page.getByLabel("Machines", { exact: true }).fill("");
  await page.getByRole("button", { name: "Change", exact: true }).click();
  await expect(page.getByRole("heading", { name: /of unlimited machines/ })).toBeVisible();
  const other = await page.context().newPage();
  await visit(other, page.url());
  for (const [tab, field, limit] of [[page, "Machines", "70"], [other, "Domains", "71"], [page, "Machines", "72"]] as const) {
    await tab.getByText("Change limits…").click();
    await tab.getByLabel(field, { exact: true }).fill(limit);
    await tab.getByRole("button", { name: "Change", exact: true }).click();
    await expect(tab.getByRole("heading", { name: new RegExp(`of ${limit} ${field.toLowerCase()}`) })).toBeVisible();
  }
  await expect(page.getByRole("heading", { name: /of 71 domains · \d+ of 72 machines/ })).toBeVisible();
  await other.close();
});

test("a license's domains and its history are shown page by page", async ({ page, demo }) => {
  await signIn(page, demo);
  await visit(page, `${demo.origin}/licenses/new`);
  await page.getByLabel("Domains", { exact: true }).fill("100");
  await page.getByRole("button", { name: "Issue", exact: true }).click();
  await expect(page.getByRole("heading", { name: "Timeline" })).toBeVisible();
  const key = await page.locator("code.key").filter({ hasNotText: "•" }).textContent();
  for (let n = 0; n < 17; n++) {
    const data = { license_key: key, domain: `site-${n}.example.com` };
    expect((await page.request.post(`${demo.origin}/activate`, { data })).ok()).toBe(true);
  }
  await page.getByRole("link", { name: "Hide" }).click();
  await expect(page.getByRole("link", { name: "Reveal" })).toBeVisible();
  await visit(page, page.url());
  const names = page.locator(".item-list .item-title");
  const told = page.locator(".timeline li");
  await expect(names).toHaveCount(15);
  await expect(names.first()).toHaveText("site-16.example.com");
  await page.getByRole("link", { name: "Older activations" }).click();
  await expect(names).toHaveText(["site-1.example.com", "site-0.example.com"]);
  await expect(told.first()).toContainText("site-16.example.com");
  await page.getByRole("link", { name: "Older entries" }).click();
  await expect(told).toHaveCount(3);
  await expect(told.last()).toContainText("Issued");
  await expect(names, "the domains stay where they were").toHaveCount(2);
  await page.getByRole("button", { name: "Free the domain site-0.example.com" }).click();
  await expect(names).toHaveText(["site-1.example.com"]);
  await expect(told, "and so does the history").toHaveCount(3);
  await accessible(page);
  await page.getByRole("link", { name: "Latest entries" }).click();
  await expect(told.first()).toContainText("site-0.example.com");
  await page.getByRole("link", { name: "Latest activations" }).click();
  await expect(names).toHaveCount(15);
});

test("what is open closes when one turns away", async ({ page, demo }) => {
  test.skip(!hasJavaScript(), "without JavaScript a click on it closes it");
  await signIn(page, demo);
  const menu = page.locator(".account");
  await menu.locator("summary").click();
  await expect(page.getByRole("button", { name: "Sign out" })).toBeVisible();
  await page.getByRole("button", { name: "Sign out" }).focus();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: "Sign out" })).toBeHidden();
  await expect(menu.locator("summary")).toBeFocused();
  await menu.locator("summary").click();
  await page.mouse.click(2, 2);
  await expect(page.getByRole("button", { name: "Sign out" })).toBeHidden();
  await visit(page, `${demo.origin}/licenses?standing=active`);
  await page.locator("tbody a").first().click();
  await page.getByText("Suspend…").click();
  await page.getByLabel("Reason (optional)").first().fill("a thought");
  await page.mouse.click(2, 2);
  await expect(page.getByLabel("Reason (optional)").first()).toHaveValue("a thought");
  await page.getByLabel("Reason (optional)").first().press("Escape");
  await expect(page.getByLabel("Reason (optional)").first()).toBeHidden();
  await expect(page.getByText("Suspend…")).toBeFocused();
});

test("a search's address says what was asked for, and the way back asks it again", async ({ page, demo }) => {
  await signIn(page, demo);
  await visit(page, `${demo.origin}/licenses`);
  for (const words of ["maple", "river"]) {
    await page.getByLabel("Search").fill(words);
    await page.getByRole("button", { name: "Show" }).click();
    await expect(page).toHaveURL(new RegExp(`q=${words}`));
  }
  if (hasJavaScript()) await expect(page).toHaveURL(`${demo.origin}/licenses?q=river&sort=newest`);
  await page.goBack();
  await expect(page).toHaveURL(/q=maple/);
  await expect(page.getByLabel("Search")).toHaveValue("maple");
});
