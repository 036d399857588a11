// Shops: one is connected, and a signed event issues a license that its log leads to.
import { createHmac } from "node:crypto";
import { expect, expectAccessible, signIn, test, visit, waitForHydration } from "./fixtures.js";
import { startServer, type TestServer } from "./server.js";

const SECRET = "whsec_0123456789abcdef";

let server: TestServer;

test.beforeAll(async () => {
  server = await startServer("--demo");
});

test.afterAll(async () => {
  await server.stop();
});

/** Posts a paid checkout as Stripe signs it. Returns the status. */
async function buy(address: string): Promise<number> {
  const seconds = Math.floor(Date.now() / 1000);
  const body = JSON.stringify({
    id: `evt_${seconds}`,
    object: "event",
    created: seconds,
    type: "checkout.session.completed",
    data: {
      object: {
        id: "cs_1",
        mode: "payment",
        payment_status: "paid",
        payment_intent: "pi_1",
        payment_link: "plink_1",
        customer_details: { email: "grace@navy.example", name: "Grace Hopper" },
      },
    },
  });
  const signature = createHmac("sha256", SECRET).update(`${seconds}.${body}`).digest("hex");
  const headers = { "content-type": "application/json", "stripe-signature": `t=${seconds},v1=${signature}` };
  return (await fetch(address, { method: "POST", headers, body })).status;
}

test("a shop is connected, and a purchase issues a license", async ({ page }) => {
  await signIn(page, server);
  await visit(page, `${server.origin}/settings/shops`);
  await page.getByRole("button", { name: "Connect", exact: true }).click();
  await expect(page).toHaveURL(/\/settings\/shops\/[0-9a-f-]{36}$/);
  await waitForHydration(page);
  await expectAccessible(page);
  const shop = page.url();
  const address = `${server.origin}/hooks/stripe/${shop.split("/").pop()}`;
  expect(await buy(address), "without a secret").toBe(401);

  await page.getByLabel("Secret", { exact: true }).fill(SECRET);
  await page.getByRole("button", { name: "Save the secret" }).click();
  await expect(page.getByText("****cdef")).toBeVisible();

  await visit(page, `${shop}/prices`);
  await page.getByLabel("Id at the provider").fill("plink_1");
  await page.getByLabel("A payment is good for").fill("1 year");
  await page.getByRole("button", { name: "Save the price" }).click();
  await expect(page.getByRole("row").filter({ hasText: "plink_1" })).toContainText("1 year");
  await waitForHydration(page);
  await expectAccessible(page);

  expect(await buy(address)).toBe(200);
  await visit(page, shop);
  await expect(page.getByRole("row").filter({ hasText: "checkout.session.completed" })).toContainText("License issued");
  await page.getByRole("link", { name: "checkout.session.completed" }).click();
  await expect(page.getByText("grace@navy.example")).toBeVisible();
  await waitForHydration(page);
  await expectAccessible(page);
  await page.getByRole("link", { name: "The license" }).click();
  await expect(page.getByText("Grace Hopper").first()).toBeVisible();
});
