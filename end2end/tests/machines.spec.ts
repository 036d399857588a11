// What a seller does about machines: rules, keys, files, tokens, and code to paste.
import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import { type Page } from "@playwright/test";
import { accessible, expect, hydrated, signIn, test, visit } from "./fixtures.js";
import { type Running } from "./server.js";

const run = promisify(execFile);

/** The demo's license and its product, by their pages. */
async function open(page: Page, demo: Running) {
  await signIn(page, demo);
  await visit(page, `${demo.origin}/licenses?q=${demo.key}`);
  // A whole key leads to its license.
  await expect(page.getByRole("heading", { name: "Timeline" })).toBeVisible();
  const license = page.url().split("?")[0];
  const product = await page.locator(".details a").first().getAttribute("href");
  return { license, product: demo.origin + product!, productId: product!.split("/").pop()! };
}

function request(demo: Running, productId: string, fingerprint: string) {
  return { key: demo.key, productId, fingerprint, hostname: `host-${fingerprint}`, os: "linux", appVersion: "1.0", userHash: "u" };
}

async function activate(demo: Running, body: object) {
  const answer = await fetch(`${demo.origin}/v3/activations`, { method: "POST", body: JSON.stringify(body) });
  return (await answer.json()) as { activationToken: string; code?: string };
}

test("rules, files and keys of a product's machines", async ({ page, demo }) => {
  const { license, product, productId } = await open(page, demo);
  const keys = createRemoteJWKSet(new URL("/.well-known/jwks.json", demo.origin));

  await visit(page, product);
  await page.getByLabel("Lease in seconds").fill("an hour");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("This is a whole number of seconds")).toBeVisible();
  await page.getByLabel("Lease in seconds").fill("3600");
  await page.getByLabel("What its licenses meter").fill("exports = 10");
  await page.getByLabel("Machine limit").fill("5");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("This is a whole number of seconds")).toHaveCount(0);
  await visit(page, product);
  await expect(page.getByLabel("Lease in seconds")).toHaveValue("3600");
  await expect(page.getByLabel("What its licenses meter")).toHaveValue("exports = 10");
  await expect(page.getByLabel("Containers are let in")).toBeChecked();

  // An online machine, with its lease, on the license's page.
  const told = await activate(demo, { ...request(demo, productId, "online"), meterAttributes: [{ name: "exports", uses: 4 }] });
  const { payload } = await jwtVerify(told.activationToken, keys, { algorithms: ["RS256"] });
  expect(payload).toMatchObject({ type: "hosted-floating", ld: 3600, ama: [{ name: "exports", uses: 4 }] });
  await visit(page, license);
  await expect(page.locator(".item-list")).toContainText("host-online");
  await expect(page.locator(".item-list")).toContainText("lease ends");
  await expect(page.locator(".details")).toContainText("4 of 10 used");
  await page.getByRole("button", { name: "Free the machine host-online" }).click();
  await expect(page.getByRole("button", { name: "Free the machine host-online" })).toHaveCount(0);

  // A machine without a network: a request file in, a response out.
  await page.getByRole("link", { name: "Offline activation…" }).click();
  await expect(page.getByRole("heading", { name: "Machines without a network" })).toBeVisible();
  await hydrated(page);
  await accessible(page);
  const file = page.getByLabel("The request file’s content");
  await file.fill("</textarea><script>alert(1)</script>");
  await page.getByRole("button", { name: "Activate", exact: true }).click();
  await expect(page.getByText("The offline request is not one")).toBeVisible();
  await expect(file).toHaveValue("</textarea><script>alert(1)</script>");
  await file.fill(btoa(JSON.stringify(request(demo, productId, "offline"))));
  await page.getByRole("button", { name: "Activate", exact: true }).click();
  await expect(page.getByRole("heading", { name: "The response" })).toBeVisible();
  await accessible(page);
  const response = (await page.locator("section.alert pre").textContent())!;
  const offline = (await jwtVerify(response, keys, { algorithms: ["RS256"] })).payload as any;
  expect(offline).toMatchObject({ fp: "offline", leat: 0, ssi: 0 });
  // The seat is taken a moment before its token is signed, in whole seconds both.
  expect([604799, 604800]).toContain(offline.orv - offline.iat);
  // Shown once.
  await page.reload();
  await expect(page.getByRole("heading", { name: "Machines without a network" })).toBeVisible();
  await expect(page.getByRole("heading", { name: "The response" })).toHaveCount(0);
  await hydrated(page);
  const back = { activationId: offline.aid, ...request(demo, productId, "offline") };
  await page.getByLabel("The deactivation file’s content").fill(JSON.stringify(back));
  await page.getByRole("button", { name: "Deactivate", exact: true }).click();
  await expect(page.getByRole("heading", { name: "The response" })).toBeVisible();

  // A new signing key; the old one goes on verifying, and can't be retired at once.
  await visit(page, product);
  await page.getByText("Rotate the key…").click();
  await page.getByRole("button", { name: "Rotate", exact: true }).click();
  await expect(page.getByText("still verifies")).toBeVisible();
  const again = await activate(demo, request(demo, productId, "online"));
  expect(decodeProtectedHeader(again.activationToken).kid).not.toBe(decodeProtectedHeader(told.activationToken).kid);
  const fresh = createRemoteJWKSet(new URL("/.well-known/jwks.json", demo.origin));
  await jwtVerify(again.activationToken, fresh);
  await jwtVerify(told.activationToken, fresh);
  await page.locator("summary", { hasText: "Retire…" }).first().click();
  await accessible(page);
  await page.getByRole("button", { name: "Retire for good" }).click();
  await expect(page.getByText("two minutes after it was rotated")).toBeVisible();
  await accessible(page);
  // The seat is free again for the tests after this one.
  const seat = decodeJwt(again.activationToken) as any;
  expect((await fetch(`${demo.origin}/v3/activations/${seat.aid}`, { method: "DELETE" })).status).toBe(204);
});

test("an API token is shown once and can be withdrawn", async ({ page, demo }) => {
  await signIn(page, demo);
  await visit(page, `${demo.origin}/settings/tokens`);
  await accessible(page);
  await page.getByRole("button", { name: "Make the token" }).click();
  await expect(page.locator(".field-error").first()).toBeVisible();
  const name = `shop ${test.info().project.name}`;
  await page.getByLabel("What is it for?").fill(name);
  await page.getByRole("button", { name: "Make the token" }).click();
  await expect(page.getByText("it is shown this once")).toBeVisible();
  await accessible(page);
  const token = await page.locator("code.key").textContent();
  const ask = async () => {
    const headers = { authorization: `Bearer ${token}` };
    return (await fetch(`${demo.origin}/v3/activations/offline-activate`, { method: "POST", headers, body: "{}" })).status;
  };
  expect(await ask()).toBe(400);
  await page.reload();
  await expect(page.getByText(name)).toBeVisible();
  await expect(page.getByText("it is shown this once")).toHaveCount(0);
  await hydrated(page);
  await page.locator("summary", { hasText: "Withdraw…" }).click();
  await accessible(page);
  await page.getByRole("button", { name: "Withdraw for good" }).click();
  await expect(page.getByText("Withdraw…")).toHaveCount(0);
  expect(await ask()).toBe(401);
});

test("the documentation is for everyone", async ({ page, demo }) => {
  for (const path of ["/docs", "/docs/tokens"]) {
    await page.goto(demo.origin + path);
    await expect(page.locator("h1")).toBeVisible();
    await accessible(page);
  }
});

test("code runs as it is pasted", async ({ page, demo }, info) => {
  test.skip(info.project.name !== info.config.projects[0].name, "the same code in every browser");
  const { product } = await open(page, demo);
  await visit(page, `${product}/integrate`);
  await accessible(page);
  const programs: Record<string, [string, string]> = { curl: ["sh", "sh"], JavaScript: [process.execPath, "mjs"], Python: ["python3", "py"], PHP: ["php", "php"] };
  const there = new Set<string>();
  for (const snippet of await page.locator("details.snippet").all()) {
    const language = (await snippet.locator("summary").textContent())!;
    const code = (await snippet.locator("code").textContent())!;
    expect(code).toContain(demo.origin);
    if (!(language in programs)) continue;
    const [program, suffix] = programs[language];
    // The test's own folder, which the next run empties.
    const folder = test.info().outputPath(suffix);
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `snippet.${suffix}`);
    writeFileSync(file, code.replaceAll("YOUR-KEY", demo.key!).replaceAll("example.com", demo.domain!));
    const ran = await run(program, [file], { cwd: folder, timeout: 30_000 }).catch((error) => {
      if (error.code === "ENOENT") return undefined;
      throw new Error(`${language}: ${error.stdout}${error.stderr}`);
    });
    if (!ran) continue;
    there.add(language);
    expect(ran.stdout, language).toMatch(/valid|active/i);
  }
  // The others run where their languages are installed.
  expect(there).toContain("curl");
  expect(there).toContain("JavaScript");
});
