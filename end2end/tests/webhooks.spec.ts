// Webhooks: one is made, tested, and its deliveries are read and sent again.
import { createServer, type AddressInfo, type Server } from "node:http";
import { expect, expectAccessible, signIn, test, visit, waitForHydration } from "./fixtures.js";
import { startServer, type TestServer } from "./server.js";

let server: TestServer;
let receiver: Server;
/** The status of the next answers, and the events so far. */
let status = 200;
const events: string[] = [];

test.beforeAll(async () => {
  receiver = createServer((request, response) => {
    let body = "";
    request.on("data", (part) => (body += part));
    request.on("end", () => {
      events.push(JSON.parse(body).event);
      response.writeHead(status, { "content-type": "text/plain" }).end(`the shop answers ${status}`);
    });
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  // The server reads its settings from the environment of this process.
  process.env.COUNTERSIGN_WEBHOOK_ALLOW = "127.0.0.1";
  process.env.COUNTERSIGN_WEBHOOK_ALLOW_HTTP = "on";
  server = await startServer("--demo");
  delete process.env.COUNTERSIGN_WEBHOOK_ALLOW;
  delete process.env.COUNTERSIGN_WEBHOOK_ALLOW_HTTP;
});

test.afterAll(async () => {
  await server.stop();
  receiver.close();
});

test("a webhook is made and tested, and a failed delivery is sent again", async ({ page }) => {
  await signIn(page, server);
  await visit(page, `${server.origin}/settings/webhooks/new`);
  await page.getByLabel("Name", { exact: true }).fill("Shop");
  await page.getByLabel("Address").fill("https://10.0.0.1/hooks");
  await page.locator("summary", { hasText: "Licenses" }).click();
  await page.getByLabel("license.created").check();
  await page.getByRole("button", { name: "Make the webhook" }).click();
  await expect(page.getByText("This server may not call that address")).toBeVisible();
  await waitForHydration(page);
  await expectAccessible(page);

  await expect(page.getByLabel("license.created")).toBeChecked();
  await page.getByLabel("Address").fill(`http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hooks`);
  await page.getByRole("button", { name: "Make the webhook" }).click();
  await expect(page.locator("code.key")).toContainText("whsec_");
  await waitForHydration(page);
  await expectAccessible(page);
  const webhook = page.url();

  status = 500;
  await page.getByRole("button", { name: "Send a test" }).click();
  await expect(page).toHaveURL(/\/settings\/webhooks\/deliveries\/[0-9a-f-]{36}$/);
  await expect(page.getByText("HTTP 500").first()).toBeVisible();
  await expect(page.getByText("the shop answers 500").first()).toBeVisible();
  await waitForHydration(page);
  await expectAccessible(page);

  status = 200;
  const before = events.length;
  await page.getByRole("button", { name: "Send again" }).click();
  await expect(async () => {
    await page.reload();
    await expect(page.getByText("the shop answers 200").first()).toBeVisible({ timeout: 1000 });
  }).toPass({ timeout: 20_000 });
  expect(events.slice(before)).toContain("license.created");

  await visit(page, webhook);
  await expect(page.locator("code.key")).toHaveCount(0);
  await expect(page.getByRole("row").filter({ hasText: "license.created" })).toContainText("Delivered");
  await expectAccessible(page);
});
