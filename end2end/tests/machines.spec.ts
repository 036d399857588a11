// Machine licensing: rules, signing keys, offline files, API tokens and code snippets.
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import { type Page } from "@playwright/test";
import { expect, expectAccessible, signIn, test, visit, waitForHydration } from "./fixtures.js";
import { type TestServer } from "./server.js";

const run = promisify(execFile);

/** Signs in and opens the demo's license. Returns the URLs of the license and of its product. */
async function openDemoLicense(page: Page, demo: TestServer) {
  await signIn(page, demo);
  await visit(page, `${demo.origin}/licenses?q=${demo.key}`);
  // A search for a complete key opens its license.
  await expect(page.getByRole("heading", { name: "History" })).toBeVisible();
  const license = page.url().split("?")[0];
  const product = await page.locator("#terms a").first().getAttribute("href");
  return { license, product: demo.origin + product!, productId: product!.split("/").pop()! };
}

function activationRequest(demo: TestServer, productId: string, fingerprint: string) {
  return { key: demo.key, productId, fingerprint, hostname: `host-${fingerprint}`, os: "linux", appVersion: "1.0", userHash: "u" };
}

async function activate(demo: TestServer, body: object) {
  const response = await fetch(`${demo.origin}/v3/activations`, { method: "POST", body: JSON.stringify(body) });
  return (await response.json()) as { activationToken: string; code?: string };
}

test("a seller sets machine rules, activates a machine offline and rotates the signing key", async ({ page, demo }) => {
  const { license, product, productId } = await openDemoLicense(page, demo);
  const keys = createRemoteJWKSet(new URL("/.well-known/jwks.json", demo.origin));

  await visit(page, `${product}/machines`);
  await page.getByLabel("Lease", { exact: true }).fill("an hour");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("This is a duration such as")).toBeVisible();
  await page.getByLabel("Lease", { exact: true }).fill("1 hour");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved.", { exact: true })).toBeVisible();
  await visit(page, `${product}/meters`);
  await page.getByLabel("What its licenses meter").fill("exports = 10");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved.", { exact: true })).toBeVisible();
  await visit(page, product);
  await page.getByLabel("Machine limit").fill("5");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved.", { exact: true })).toBeVisible();
  await visit(page, `${product}/machines`);
  await expect(page.getByLabel("Lease", { exact: true })).toHaveValue("1 hour");
  await expect(page.getByLabel("Containers are allowed")).toBeChecked();
  await visit(page, `${product}/meters`);
  await expect(page.getByLabel("What its licenses meter")).toHaveValue("exports = 10");

  // The license page shows an online machine and the end of its lease.
  const online = await activate(demo, { ...activationRequest(demo, productId, "online"), meterAttributes: [{ name: "exports", uses: 4 }] });
  const { payload } = await jwtVerify(online.activationToken, keys, { algorithms: ["RS256"] });
  expect(payload).toMatchObject({ type: "hosted-floating", ld: 3600, ama: [{ name: "exports", uses: 4 }] });
  await visit(page, license);
  await expect(page.locator("#machines")).toContainText("host-online");
  await expect(page.locator("#machines")).toContainText("lease ends");
  await expect(page.locator("#terms")).toContainText("4 of 10 used");
  await page.getByRole("button", { name: "Free the machine host-online" }).click();
  await expect(page.getByRole("button", { name: "Free the machine host-online" })).toHaveCount(0);

  // Offline activation: a request file returns a response file.
  await page.getByRole("link", { name: "Offline activation…" }).click();
  await expect(page.getByRole("heading", { name: "Machines without a network" })).toBeVisible();
  await waitForHydration(page);
  await expectAccessible(page);
  const file = page.getByLabel("The request file’s content");
  await file.fill("</textarea><script>alert(1)</script>");
  await page.getByRole("button", { name: "Activate", exact: true }).click();
  await expect(page.getByText("The offline request is not one")).toBeVisible();
  await expect(file).toHaveValue("</textarea><script>alert(1)</script>");
  await file.fill(btoa(JSON.stringify(activationRequest(demo, productId, "offline"))));
  await page.getByRole("button", { name: "Activate", exact: true }).click();
  await expect(page.getByRole("heading", { name: "The response" })).toBeVisible();
  await expectAccessible(page);
  const response = (await page.locator("section.alert pre").textContent())!;
  const offline = (await jwtVerify(response, keys, { algorithms: ["RS256"] })).payload as any;
  expect(offline).toMatchObject({ fp: "offline", leat: 0, ssi: 0 });
  // Both times are whole seconds. The activation is created shortly before its token is signed.
  expect([604799, 604800]).toContain(offline.orv - offline.iat);
  // The response is shown only once.
  await page.reload();
  await expect(page.getByRole("heading", { name: "Machines without a network" })).toBeVisible();
  await expect(page.getByRole("heading", { name: "The response" })).toHaveCount(0);
  await waitForHydration(page);
  const back = { activationId: offline.aid, ...activationRequest(demo, productId, "offline") };
  await page.getByLabel("The deactivation file’s content").fill(JSON.stringify(back));
  await page.getByRole("button", { name: "Deactivate", exact: true }).click();
  await expect(page.getByRole("heading", { name: "The response" })).toBeVisible();

  // Rotate the signing key: the old key still verifies and cannot be retired immediately.
  await visit(page, `${product}/keys`);
  await page.getByText("Rotate the key…").click();
  await page.getByRole("button", { name: "Rotate", exact: true }).click();
  await expect(page.getByText("still verifies")).toBeVisible();
  const rotated = await activate(demo, activationRequest(demo, productId, "online"));
  expect(decodeProtectedHeader(rotated.activationToken).kid).not.toBe(decodeProtectedHeader(online.activationToken).kid);
  const currentKeys = createRemoteJWKSet(new URL("/.well-known/jwks.json", demo.origin));
  await jwtVerify(rotated.activationToken, currentKeys);
  await jwtVerify(online.activationToken, currentKeys);
  await page.locator("summary", { hasText: "Retire…" }).first().click();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Retire for good" }).click();
  await expect(page.getByText("two minutes after it was rotated")).toBeVisible();
  await expectAccessible(page);
  // Release the activation because later tests use the same license.
  const claims = decodeJwt(rotated.activationToken) as any;
  expect((await fetch(`${demo.origin}/v3/activations/${claims.aid}`, { method: "DELETE" })).status).toBe(204);
});

test("an API token is shown once and can be revoked", async ({ page, demo }) => {
  await signIn(page, demo);
  await visit(page, `${demo.origin}/settings/tokens`);
  await expectAccessible(page);
  await page.getByRole("button", { name: "Make the token" }).click();
  await expect(page.locator(".field-error").first()).toBeVisible();
  const name = `shop ${test.info().project.name}`;
  await page.getByLabel("What is it for?").fill(name);
  await page.getByRole("button", { name: "Make the token" }).click();
  await expect(page.getByText("it is shown this once")).toBeVisible();
  await expectAccessible(page);
  const token = await page.locator("code.key").textContent();
  const requestStatus = async () => {
    const headers = { authorization: `Bearer ${token}` };
    return (await fetch(`${demo.origin}/v3/activations/offline-activate`, { method: "POST", headers, body: "{}" })).status;
  };
  expect(await requestStatus()).toBe(400);
  await page.reload();
  await expect(page.locator(".item-title").getByText(name, { exact: true })).toBeVisible();
  await expect(page.getByText("it is shown this once")).toHaveCount(0);
  await waitForHydration(page);
  await page.getByRole("button", { name: `Withdraw… ${name}` }).click();
  await expectAccessible(page);
  await page.getByRole("button", { name: "Withdraw for good" }).click();
  await expect(page.getByText("Withdraw…")).toHaveCount(0);
  expect(await requestStatus()).toBe(401);
});

test("the documentation is public and accessible", async ({ page, demo }) => {
  const paths = ["/docs", "/docs/machine-api", "/docs/conventions", "/docs/tokens", "/docs/search?q=license"];
  for (const path of paths) {
    await page.goto(demo.origin + path);
    await expect(page.locator("h1")).toBeVisible();
    await expectAccessible(page);
  }
});

test("code snippets run with a real key and domain", async ({ page, demo }, info) => {
  test.skip(info.project.name !== info.config.projects[0].name, "the snippets do not depend on the browser");
  const { product } = await openDemoLicense(page, demo);
  await visit(page, `${product}/integrate`);
  await expectAccessible(page);
  const programs: Record<string, [string, string]> = { curl: ["sh", "sh"], JavaScript: [process.execPath, "mjs"], Python: [process.env.COUNTERSIGN_TEST_PYTHON ?? "python3", "py"], PHP: ["php", "php"] };
  const missing = /No module named 'jwt'|undefined function curl_init|is not installed/;
  const executed = new Set<string>();
  const languages = page.getByRole("navigation", { name: "Language" }).getByRole("link");
  for (const [n, language] of (await languages.allTextContents()).entries()) {
    await languages.nth(n).click();
    await expect(languages.nth(n)).toHaveAttribute("aria-current", "page");
    const snippets = await page.locator(".snippet code").allTextContents();
    expect(snippets).toHaveLength(2);
    for (const code of snippets) {
      expect(code).toContain(demo.origin);
      if (!(language in programs)) continue;
      const [program, suffix] = programs[language];
      // Playwright empties this folder before the next run.
      const folder = test.info().outputPath(suffix);
      mkdirSync(folder, { recursive: true });
      const file = join(folder, `snippet.${suffix}`);
      writeFileSync(file, code.replaceAll("YOUR-KEY", demo.key!).replaceAll("example.com", demo.domain!));
      const result = await run(program, [file], { cwd: folder, timeout: 30_000 }).catch((error) => {
        if (error.code === "ENOENT" || missing.test(error.stderr)) return undefined;
        throw new Error(`${language}: ${error.stdout}${error.stderr}`);
      });
      if (!result) continue;
      executed.add(language);
      expect(result.stdout, language).toMatch(/valid|active/i);
    }
  }
  // Python and PHP snippets run only where the languages are installed. The tests in the folder `samples` need
  // all languages.
  expect(executed).toContain("curl");
  expect(executed).toContain("JavaScript");
});
