// Every page with the demo's data: accessibility in both themes, navigation, forms
// and keyboard use. The fixture checks that the console is silent.
import { expect, expectAccessible, followNavigation, hasJavaScript, hasTurbo, openMenu, signIn, test, visit, waitForHydration } from "./fixtures.js";

// Pages by the test that visits them, so that no test takes long.
const PAGES: Record<string, string[]> = {
  "of licenses": [
    "/licenses",
    "/licenses?standing=suspended&sort=oldest",
    "/licenses?q=nothing+like+it",
    "/licenses/new",
    "/licenses/issued",
  ],
  "of customers and their groups": [
    "/customers",
    "/customers?q=nothing+like+it",
    "/organizations",
    "/organizations?q=nothing+like+it",
    "/tags",
  ],
  "of products": [
    "/products",
    "/products/new",
    "/license-templates",
    "/license-templates/new",
    "/trial-policies",
  ],
  "of people and the audit log": [
    "/team",
    "/team/roles",
    "/audit",
    "/audit?to=2020-01-01",
    "/account",
  ],
  "of the operator": [
    "/operator/sellers",
    "/operator/sellers?q=nothing+like+it",
    "/operator/health",
    "/operator/settings",
  ],
  "of settings": [
    "/settings/mail",
    "/settings/mail/customers",
    "/settings/mail/templates/license_key",
    "/settings/customer-page",
    "/settings/shops",
    "/settings/webhooks",
    "/settings/webhooks/new",
  ],
  "of a seller’s customers": [
    "/manage",
    "/manage/no-such-seller",
  ],
};

for (const [group, paths] of Object.entries(PAGES)) {
  test(`every page ${group} is accessible`, async ({ page, demo }) => {
    await visit(page, `${demo.origin}/sign-in`);
    await signIn(page, demo);
    for (const path of paths) {
      await visit(page, demo.origin + path);
      await expectAccessible(page);
      // A control with such a name or id hides the form's own property from scripts.
      const shadowing = ["action", "method", "target", "submit"].flatMap((name) => [`[name=${name}]`, `#${name}`]);
      await expect(page.locator(`form :is(input, select, textarea, button):is(${shadowing.join()})`)).toHaveCount(0);
    }
  });
}

test("the overview and the pages behind it are accessible", async ({ page, demo }) => {
  for (const path of ["/sign-up", "/sign-up/no-such-token", "/sign-in"]) {
    await visit(page, demo.origin + path);
    await expectAccessible(page);
  }
  await signIn(page, demo);
  await expectAccessible(page);
  await page.getByText("The numbers").click();
  await expect(page.locator(".chart tbody tr")).toHaveCount(30);
  await page.goto(`${demo.origin}/licenses`);
  await waitForHydration(page);
  await page.locator("tbody a").first().click();
  await expect(page.getByRole("heading", { name: "History" })).toBeVisible();
  await expectAccessible(page);
  await followNavigation(page, "Products");
  await page.locator("tbody a").first().click();
  await expect(page.getByRole("heading", { name: "Licensing" })).toBeVisible();
  await expectAccessible(page);
  await openMenu(page);
  await expectAccessible(page);
});

test("only a page with an island loads the WebAssembly, once, and never without JavaScript", async ({ page, demo }) => {
  const loaded: string[] = [];
  page.on("request", (request) => {
    if (request.url().endsWith(".wasm")) loaded.push(request.url());
  });
  await visit(page, `${demo.origin}/sign-in`);
  await page.waitForLoadState("networkidle");
  expect(loaded).toEqual([]);
  await signIn(page, demo);
  await visit(page, `${demo.origin}/products`);
  await page.waitForLoadState("networkidle");
  await followNavigation(page, "Licenses");
  await expect(page.getByRole("heading", { name: "Licenses" })).toBeVisible();
  await page.waitForLoadState("networkidle");
  expect(new Set(loaded).size).toBe(hasJavaScript() ? 1 : 0);
});

test("the license list pages in both directions and filters by standing", async ({ page, demo }) => {
  await signIn(page, demo);
  await visit(page, `${demo.origin}/licenses`);
  await expect(page.locator("tbody tr")).toHaveCount(50);
  const first = await page.locator("tbody a").first().textContent();
  await page.getByRole("link", { name: "Next" }).click();
  await expect(page.locator("tbody a").first()).not.toHaveText(first!);
  await page.getByRole("link", { name: "Previous" }).click();
  await expect(page.locator("tbody a").first()).toHaveText(first!);
  await page.getByRole("navigation", { name: "Filters" }).getByRole("link", { name: "Revoked" }).click();
  await expect(page.locator("tbody .standing").first()).toHaveText("Revoked");
  await expect(page).toHaveURL(/standing=revoked/);
  const words = await page.locator("tbody .standing").allTextContents();
  expect(new Set(words)).toEqual(new Set(["Revoked"]));
});

test("the selected theme persists across pages", async ({ page, demo }) => {
  await signIn(page, demo);
  await openMenu(page);
  await page.getByRole("button", { name: "Dark" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await visit(page, `${demo.origin}/products`);
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await openMenu(page);
  await page.getByRole("button", { name: "System" }).click();
  await expect(page.locator("html")).not.toHaveAttribute("data-theme");
});

test("keyboard shortcuts work, except in text fields", async ({ page, demo }) => {
  test.skip(!hasJavaScript(), "shortcuts require JavaScript");
  await signIn(page, demo);
  await page.keyboard.press("g");
  await page.keyboard.press("l");
  await expect(page.getByRole("heading", { name: "Licenses" })).toBeVisible();
  await expect(page.getByLabel("Search")).toBeVisible();
  await waitForHydration(page);
  await page.getByLabel("Search").focus();
  await page.keyboard.type("gl?/");
  await expect(page.getByLabel("Search")).toHaveValue("gl?/");
});

test("a viewer can read pages and gets no controls that change data", async ({ page, demo }) => {
  await signIn(page, demo, demo.addMember("viewer"));
  await followNavigation(page, "Licenses");
  await expect(page.locator("tbody tr")).toHaveCount(50);
  await expect(page.getByRole("link", { name: "Issue a license" })).toHaveCount(0);
  await page.locator("tbody a").first().click();
  await expect(page.getByRole("heading", { name: "History" })).toBeVisible();
  await expect(page.locator("main form:not(.check-form), main .button:not([rel]):not(.check-form .button)")).toHaveCount(0);
  await expectAccessible(page);
  await followNavigation(page, "Products");
  await page.locator("tbody a").first().click();
  await expect(page.getByLabel("Name")).toBeDisabled();
  await expect(page.getByText("Owners and admins change these.")).toBeVisible();
  await expectAccessible(page);
  await visit(page, `${demo.origin}/licenses/new`);
  await expect(page.getByText("Viewers issue no licenses")).toBeVisible();
  await expectAccessible(page);
});

test("a truncated search shows its limit", async ({ page, demo }) => {
  await signIn(page, demo);
  await visit(page, `${demo.origin}/licenses?q=maple`);
  const limitNotice = page.getByText("A search stops at the first");
  await expect(limitNotice).toHaveCount(0);
  await visit(page, `${demo.origin}/licenses?q=maple&standing=active`);
  await expect(limitNotice).toBeVisible();
  await expectAccessible(page);
});

test("a form keeps its values when the session ends", async ({ page, demo }) => {
  test.skip(!hasTurbo(), "without Turbo the browser navigates to the sign-in page");
  await signIn(page, demo);
  await visit(page, `${demo.origin}/licenses/new`);
  await page.getByLabel("E-mail").fill("ada@example.com");
  await page.context().clearCookies();
  await page.getByRole("button", { name: "Issue", exact: true }).click();
  await expect(page.getByRole("link", { name: "Sign in in another tab" })).toBeVisible();
  await expect(page.getByLabel("E-mail")).toHaveValue("ada@example.com");
  await expectAccessible(page);
  // A page that needs a session leads to the sign-in page and back.
  await followNavigation(page, "Licenses");
  await expect(page).toHaveURL(`${demo.origin}/sign-in?next=%2Flicenses`);
});

test("a license action keeps its values when the server is unreachable", async ({ page, demo }) => {
  test.skip(!hasTurbo(), "without Turbo the browser shows its own error page");
  await signIn(page, demo);
  await visit(page, `${demo.origin}/licenses?standing=active`);
  await page.locator("tbody a").first().click();
  await page.locator(".license-header").getByText("Suspend…").click();
  await page.getByLabel("Reason (optional)").first().fill("not paid");
  await page.context().setOffline(true);
  await page.getByRole("button", { name: "Suspend", exact: true }).click();
  await expect(page.getByText("The server could not be reached")).toBeVisible();
  await expect(page.getByLabel("Reason (optional)").first()).toHaveValue("not paid");
  await page.context().setOffline(false);
  await page.getByRole("button", { name: "Suspend", exact: true }).click();
  await expect(page.locator(".license-header .standing")).toContainText("Suspended");
  await expect(page.locator("#standing")).toContainText("not paid");
  await page.getByRole("button", { name: "Reinstate" }).click();
  await expect(page.locator(".license-header .standing")).toContainText("Active");
});

test("a rejected form focuses the first invalid field", async ({ page, demo }) => {
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

test("changing one limit keeps concurrent changes of the other limit", async ({ page, demo }) => {
  await signIn(page, demo);
  await visit(page, `${demo.origin}/licenses?standing=active`);
  await page.locator("tbody a").first().click();
  await expect(page.getByRole("heading", { name: "History" })).toBeVisible();
  await waitForHydration(page);
  // An unlimited limit is an empty field, and an unchanged empty field stays unlimited.
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
  await expect(page.getByRole("heading", { name: /of 71 domains/ })).toBeVisible();
  await other.close();
});

test("activations and timeline of a license are paginated independently", async ({ page, demo }) => {
  await signIn(page, demo);
  await visit(page, `${demo.origin}/licenses/new`);
  await page.getByLabel("Domains", { exact: true }).fill("100");
  await page.getByRole("button", { name: "Issue", exact: true }).click();
  await expect(page.getByRole("heading", { name: "History" })).toBeVisible();
  const key = await page.locator("code.key").filter({ hasNotText: "•" }).textContent();
  for (let n = 0; n < 17; n++) {
    const data = { license_key: key, domain: `site-${n}.example.com` };
    expect((await page.request.post(`${demo.origin}/activate`, { data })).ok()).toBe(true);
  }
  await page.getByRole("link", { name: "Hide" }).click();
  await expect(page.getByRole("link", { name: "Reveal" })).toBeVisible();
  await visit(page, page.url());
  const names = page.locator(".domain-table tbody th");
  const entries = page.locator(".timeline li");
  await expect(names).toHaveCount(15);
  await expect(names.first()).toHaveText("site-16.example.com");
  await page.getByRole("link", { name: "Older domains" }).click();
  await expect(names).toHaveText(["site-1.example.com", "site-0.example.com"]);
  await expect(entries.first()).toContainText("site-16.example.com");
  await page.getByRole("link", { name: "Older entries" }).click();
  // The page of a new license shows its key, which is an entry too.
  await expect(entries).toHaveCount(4);
  await expect(entries.last()).toContainText("Issued");
  await expect(names, "the page of activations is unchanged").toHaveCount(2);
  await page.getByRole("button", { name: "Free the domain site-0.example.com" }).click();
  await expect(names).toHaveText(["site-1.example.com"]);
  await expect(entries, "the page of timeline entries is unchanged").toHaveCount(4);
  await expectAccessible(page);
  await page.getByRole("link", { name: "Latest entries" }).click();
  await expect(entries.first()).toContainText("site-0.example.com");
  await page.getByRole("link", { name: "Latest domains" }).click();
  await expect(names).toHaveCount(15);
});

test("Escape closes the menu and action panels, an outside click only the menu", async ({ page, demo }) => {
  test.skip(!hasJavaScript(), "light dismiss requires JavaScript");
  await signIn(page, demo);
  const [menu, signOut] = [page.locator(".site-menu > summary"), page.getByRole("button", { name: "Sign out" })];
  // Wide screens always show the sidebar.
  if (await menu.isVisible()) {
    await menu.click();
    await signOut.focus();
    await page.keyboard.press("Escape");
    await expect(signOut).toBeHidden();
    await expect(menu).toBeFocused();
    await menu.click();
    // Beside the name, which is a link to another page.
    await page.locator(".account .muted").click();
    await expect(signOut, "a click within the menu keeps it open").toBeVisible();
    await page.mouse.click(2, 2);
    await expect(signOut).toBeHidden();
  }
  await visit(page, `${demo.origin}/licenses?standing=active`);
  await page.locator("tbody a").first().click();
  await page.locator(".license-header").getByText("Suspend…").click();
  await page.getByLabel("Reason (optional)").first().fill("a thought");
  await page.locator("main").click({ position: { x: 2, y: 2 } });
  await expect(page.getByLabel("Reason (optional)").first()).toHaveValue("a thought");
  await page.getByLabel("Reason (optional)").first().press("Escape");
  await expect(page.getByLabel("Reason (optional)").first()).toBeHidden();
  await expect(page.locator(".license-header").getByText("Suspend…")).toBeFocused();
});

test("every page has a search that leads to a pasted license key", async ({ page, demo }) => {
  await signIn(page, demo);
  await visit(page, `${demo.origin}/products`);
  await page.getByLabel("Go to a key").fill(`My key ${demo.key!.toLowerCase()} is refused!`);
  await page.getByLabel("Go to a key").press("Enter");
  await expect(page).toHaveURL(/\/licenses\/[0-9a-f-]{36}$/);
  await expect(page.getByRole("heading", { name: "History" })).toBeVisible();
});

test("the navigation marks the current page, also on pages below it", async ({ page, demo }) => {
  await signIn(page, demo);
  for (const [path, name] of [["/", "Overview"], ["/licenses", "Licenses"], ["/licenses/new", "Licenses"], ["/products", "Products"]]) {
    await visit(page, demo.origin + path);
    await openMenu(page);
    await expect(page.locator("nav[aria-label=Main] [aria-current=page]"), path).toHaveText([name]);
  }
});

test("a suspension is undone by the button of its message", async ({ page, demo }) => {
  await signIn(page, demo);
  await visit(page, `${demo.origin}/licenses?standing=active`);
  await page.locator("tbody a").first().click();
  await page.locator(".license-header").getByText("Suspend…").click();
  await page.getByRole("button", { name: "Suspend", exact: true }).click();
  const toast = page.getByRole("status").filter({ hasText: "The license is suspended." });
  await expect(toast).toBeVisible();
  await expectAccessible(page);
  await toast.getByRole("button", { name: "Undo" }).click();
  await expect(page.getByText("The license is reinstated.")).toBeVisible();
  await expect(page.locator(".license-header .standing")).toContainText("Active");
});

test("a pasted license key leads to its license and gets into no URL", async ({ page, demo }) => {
  await signIn(page, demo);
  await visit(page, `${demo.origin}/licenses`);
  const urls: string[] = [];
  page.on("request", (request) => urls.push(request.url()));
  await page.getByLabel("Search").fill(`My key ${demo.key.toLowerCase()} is refused!`);
  await page.getByRole("button", { name: "Show" }).click();
  await expect(page).toHaveURL(/\/licenses\/[0-9a-f-]{36}$/);
  await expect(page.getByRole("heading", { name: "History" })).toBeVisible();
  expect(urls.filter((url) => url.toUpperCase().includes(demo.key))).toEqual([]);
});

test("the URL of a search holds its query, and going back restores it", async ({ page, demo }) => {
  await signIn(page, demo);
  await visit(page, `${demo.origin}/licenses`);
  for (const words of ["maple", "river"]) {
    await page.getByLabel("Search").fill(words);
    await page.getByRole("button", { name: "Show" }).click();
    await expect(page).toHaveURL(new RegExp(`q=${words}`));
  }
  await expect(page).toHaveURL(`${demo.origin}/licenses?q=river`);
  await page.goBack();
  await expect(page).toHaveURL(/q=maple/);
  await expect(page.getByLabel("Search")).toHaveValue("maple");
});
