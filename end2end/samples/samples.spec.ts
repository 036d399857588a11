// The machine samples of the Integrate page, run against each kind of token, with and without a network.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { Product, startFakeServer, type Machine, type Reply } from "./fake_server.js";
import { languages, prepare, type Program } from "./languages.js";

const KEY = "LIC-A3F9-K2M7-P8X1-Q4R6";
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const product = new Product("0198a5a0-0000-7000-8000-000000000001");
const otherProduct = new Product("0198a5a0-0000-7000-8000-000000000002");

/** Returns the time in `seconds` from now, in unix seconds. */
const after = (seconds: number) => Math.floor(Date.now() / 1000) + seconds;
const granted = (activationToken: string): Reply => ({ status: 200, body: JSON.stringify({ activationToken }) });
const revoked: Reply = { status: 400, body: JSON.stringify({ message: "This license is revoked.", code: "REVOKED_LICENSE" }) };
const receipt = (machine: Machine) =>
  product.token(machine, { deactivated: true, suspended: true, eat: after(-DAY) }, { typ: "deactivation+jwt" });

/** Changes one claim of a signed token. */
function tamper(token: string): string {
  const [head, body, signature] = token.split(".");
  const claims = JSON.parse(Buffer.from(body, "base64url").toString());
  return [head, Buffer.from(JSON.stringify({ ...claims, eat: 0 })).toString("base64url"), signature].join(".");
}

interface Case {
  name: string;
  /** What the server answers. */
  reply(machine: Machine): Reply;
  /** The state that the sample prints, or the reason of its refusal. */
  state?: "active" | "suspended" | "expired" | "stale";
  refusal?: RegExp;
  /** The state without a network, if it differs. */
  stateWithoutNetwork?: "stale";
}

const withClaims = (changes: () => object) => (machine: Machine) => granted(product.token(machine, changes()));
const withHeader = (header: object) => (machine: Machine) => granted(product.token(machine, {}, header));

const cases: Case[] = [
  { name: "a valid token", state: "active", reply: withClaims(() => ({})) },
  { name: "a valid token with a lease, a grace and an expiry", state: "active",
    reply: withClaims(() => ({ eat: after(DAY), leat: after(HOUR), ssgpeat: after(DAY) })) },
  { name: "an expired license", state: "expired", reply: withClaims(() => ({ eat: after(-MINUTE) })) },
  { name: "a suspended license", state: "suspended", reply: withClaims(() => ({ suspended: true })) },
  { name: "a lease that is over", state: "stale", reply: withClaims(() => ({ leat: after(-MINUTE) })) },
  { name: "a grace that is over", state: "stale", reply: withClaims(() => ({ ssgpeat: after(-MINUTE) })) },
  { name: "a revoked license", refusal: /REVOKED_LICENSE, This license is revoked/, reply: () => revoked },
  { name: "a token of another product", refusal: /not signed with the key/,
    reply: (machine) => granted(otherProduct.token({ ...machine, productId: otherProduct.id })) },
  { name: "another product's id, signed with this product's key", refusal: /of another license/,
    reply: withClaims(() => ({ pid: otherProduct.id })) },
  { name: "this product's id, signed with another product's key", refusal: /not signed with the key/,
    reply: (machine) => granted(otherProduct.token(machine)) },
  { name: "a token of another license", refusal: /of another license/, reply: withClaims(() => ({ key: "LIC-OTHER" })) },
  { name: "a token of another machine", refusal: /of another machine/, reply: withClaims(() => ({ fp: "0".repeat(64) })) },
  { name: "the receipt of a deactivation", refusal: /no activation token/, reply: (machine) => granted(receipt(machine)) },
  { name: "a token of an unknown type", refusal: /no activation token/, reply: withHeader({ typ: "other+jwt" }) },
  { name: "a token without a type", refusal: /no activation token/, reply: withHeader({ typ: undefined }) },
  { name: "a token of another algorithm", refusal: /no activation token|not signed with the key/, reply: withHeader({ alg: "none" }) },
  { name: "a tampered token", refusal: /not signed with the key/,
    reply: (machine) => granted(tamper(product.token(machine, { eat: after(-DAY) }))) },
  { name: "a token without a signature", refusal: /not signed with the key/,
    reply: (machine) => granted(`${product.token(machine).split(".").slice(0, 2).join(".")}.`) },
  { name: "a text that is no token", refusal: /not signed with the key/, reply: () => granted("token") },
  // The machine's clock can't be changed here. Instead, the server's clock is off in the other direction.
  { name: "a clock that is 5 minutes behind", state: "active",
    reply: withClaims(() => ({ iat: after(5 * MINUTE), leat: after(6 * MINUTE), ssgpeat: after(DAY) })) },
  { name: "a clock that is 5 minutes ahead", state: "active",
    reply: withClaims(() => ({ iat: after(-5 * MINUTE), leat: after(HOUR), ssgpeat: after(DAY) })) },
  { name: "a clock that is 5 minutes ahead, with a lease of one minute", state: "active", stateWithoutNetwork: "stale",
    reply: withClaims(() => ({ iat: after(-5 * MINUTE), leat: after(-4 * MINUTE) })) },
  { name: "a clock that is off by more than the claim aco", state: "expired",
    reply: withClaims(() => ({ iat: after(-2 * DAY), eat: after(-DAY) })) },
];

const outages: [string, Reply][] = [
  ["a cut network", "disconnect"],
  ["status 429", { status: 429, body: JSON.stringify({ message: "Slow down.", code: "TOO_MANY_REQUESTS" }) }],
  ["status 503", { status: 503, body: "unavailable" }],
  ["a proxy's page", { status: 200, body: "<html></html>" }],
  ["a proxy's status 400", { status: 400, body: "{}" }],
];

let server: Awaited<ReturnType<typeof startFakeServer>>;
let program: Program;
let folder: string;
let machine: Machine;

test.beforeAll(async () => {
  const language = languages.find(({ name }) => name === test.info().project.name)!;
  server = await startFakeServer();
  program = await prepare(language, { origin: server.origin, product: product.id, key: KEY, pem: product.pem });
  // The first request shows what the sample sends.
  server.state.reply = (request) => {
    machine = request;
    return "disconnect";
  };
  folder = test.info().outputPath();
  mkdirSync(folder, { recursive: true });
  await expectRefusal(/./);
});
test.afterAll(() => server.close());
test.beforeEach(() => {
  folder = test.info().outputPath();
  mkdirSync(folder, { recursive: true });
});

const answerFile = () => join(folder, "license.json");
/** Stores a token as the last answer, as a run of the sample does. */
const store = (activationToken: string) => writeFileSync(answerFile(), JSON.stringify({ activationToken }));

async function expectState(state: string) {
  expect(await program.run(folder)).toMatchObject({ code: 0, stdout: `Activation 9c2f7c1e: ${state}\n` });
}
async function expectRefusal(reason: RegExp) {
  const result = await program.run(folder);
  expect(result).toMatchObject({ code: 1, stdout: "" });
  expect(result.stderr).toMatch(/^No license: /m);
  expect(result.stderr).toMatch(reason);
}

for (const { name, reply, state, refusal, stateWithoutNetwork } of cases) {
  test(name, async () => {
    // A valid token is stored. A refused one must not be replaced by it.
    store(product.token(machine));
    for (const answer of [reply, (): Reply => "disconnect"]) {
      server.state.reply = answer;
      const before = server.state.requests;
      const expected = answer === reply ? state : (stateWithoutNetwork ?? state);
      await (refusal ? expectRefusal(refusal) : expectState(expected!));
      expect(server.state.requests, "the sample asks the server").toBeGreaterThan(before);
    }
  });
}

test("an outage", async () => {
  server.state.reply = () => "disconnect";
  await expectRefusal(/./);
  server.state.reply = withClaims(() => ({ eat: after(DAY), leat: after(HOUR) }));
  await expectState("active");
  for (const [name, reply] of outages) {
    await test.step(name, async () => {
      server.state.reply = () => reply;
      await expectState("active");
    });
  }
  server.state.reply = () => revoked;
  await expectRefusal(/REVOKED_LICENSE/);
  for (const [name, reply] of outages) {
    await test.step(name, async () => {
      server.state.reply = () => reply;
      await expectRefusal(/REVOKED_LICENSE/);
    });
  }
  server.state.reply = withClaims(() => ({}));
  await expectState("active");
});

test("an offline response", async () => {
  server.state.reply = () => revoked;
  await expectRefusal(/REVOKED_LICENSE/);
  server.state.reply = () => "disconnect";
  const file = join(folder, "offline.txt");
  const refused: [string, RegExp][] = [
    [product.token(machine, { orv: after(-MINUTE) }), /too old to be loaded/],
    [receipt(machine), /no activation token/],
    [otherProduct.token(machine, { orv: after(HOUR) }), /not signed with the key/],
  ];
  for (const [token, reason] of refused) {
    writeFileSync(file, `${token}\n`);
    await expectRefusal(reason);
    expect(readFileSync(answerFile(), "utf8"), "a refused response is not stored").toContain("REVOKED_LICENSE");
  }
  // It is loaded in time, and stays valid.
  const requests = server.state.requests;
  writeFileSync(file, `${product.token(machine, { orv: after(2) })}\n`);
  await expectState("active");
  expect(server.state.requests, "a response is loaded without a network").toBe(requests);
  expect(existsSync(file), "a response is loaded once").toBe(false);
  await new Promise((resolve) => setTimeout(resolve, 2_100));
  await expectState("active");
});
