// The gallery shows every component in every state: accessible in both themes, on wide and narrow screens.
import { expect, expectAccessible, hasJavaScript, hasTurbo, signIn, test, visit } from "./fixtures.js";

test("every component is accessible in every state", async ({ page, demo }) => {
  await signIn(page, demo);
  await visit(page, `${demo.origin}/gallery`);
  await expect(page.getByRole("heading", { name: "Gallery" })).toBeVisible();
  await expectAccessible(page);
  await page.locator("#gallery-menu > summary").click();
  await expect(page.getByRole("link", { name: "Offline activation" })).toBeVisible();
  await expectAccessible(page);
});

test("a dialog asks first, keeps the focus, and returns it", async ({ page, demo }) => {
  await signIn(page, demo);
  await visit(page, `${demo.origin}/gallery`);
  const button = page.locator("[popovertarget=gallery-dialog]:not([popovertargetaction])");
  const dialog = page.getByRole("dialog", { name: "Revoke this license?" });
  await expect(dialog).toBeHidden();
  // Also without JavaScript: the browser opens and closes it.
  await button.click();
  await expect(dialog).toBeVisible();
  await expectAccessible(page);
  if (hasTurbo()) {
    for (let n = 0; n < 4; n++) {
      await page.keyboard.press("Tab");
      // After its last button the focus is in the browser's own controls, which the page sees as its body.
      const isOutside = await page.evaluate(() => !document.activeElement!.matches("body, dialog *"));
      expect(isOutside, "the focus leaves the dialog").toBe(false);
    }
  }
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(button).toBeFocused();
});

test("a menu closes by Escape and by a click outside", async ({ page, demo }) => {
  test.skip(!hasJavaScript(), "light dismiss requires JavaScript");
  await signIn(page, demo);
  await visit(page, `${demo.origin}/gallery`);
  const summary = page.locator("#gallery-menu > summary");
  const item = page.getByRole("link", { name: "Offline activation" });
  await summary.click();
  await item.focus();
  await page.keyboard.press("Escape");
  await expect(item).toBeHidden();
  await expect(summary).toBeFocused();
  await summary.click();
  await expect(item).toBeVisible();
  await page.mouse.click(2, 300);
  await expect(item).toBeHidden();
});
