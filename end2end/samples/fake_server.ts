// A stand-in for Countersign's machine API. It signs the tokens that a test asks for.
import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { createServer } from "node:http";
import { type AddressInfo } from "node:net";

/** The body of an activation. */
export type Machine = Record<"key" | "productId" | "fingerprint", string>;

/** What the server does with a request. */
export type Reply = { status: number; body: string } | "disconnect";

const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** A product with its signing key. */
export class Product {
  readonly pem: string;
  readonly #key: KeyObject;

  constructor(readonly id: string) {
    const pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
    this.#key = pair.privateKey;
    this.pem = pair.publicKey.export({ type: "spki", format: "pem" }).toString();
  }

  /** Returns a token of a machine. `changes` replace claims; times are in unix seconds. */
  token(machine: Machine, changes: object = {}, header: object = {}): string {
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      ...{ aid: "9c2f7c1e", lid: "5d0b", pid: machine.productId, key: machine.key, fp: machine.fingerprint },
      ...{ os: "linux", fms: "exact", iat: now, eat: 0, orv: 0, name: "Zoë \"[x]\\", email: "", company: "" },
      ...{ type: "node-locked", suspended: false, fc: 0, ls: "per-machine", ld: 0, leat: 0, ssi: 0, ssgpeat: 0 },
      ...{ aco: 3600, lcat: now, laat: now },
      // Entries that a search in the text would take for the claims `key` and `fp`.
      ...{ pmd: [], lmd: [], umd: [], amd: [{ key: "key", value: "x".repeat(4000) }, { key: "fp", value: "" }], lma: [], ama: [] },
      ...changes,
    };
    const signed = `${encode({ alg: "RS256", typ: "JWT", kid: "1", ...header })}.${encode(claims)}`;
    return `${signed}.${sign("sha256", Buffer.from(signed), this.#key).toString("base64url")}`;
  }
}

/** Starts the server on a free port of 127.0.0.1. */
export async function startFakeServer() {
  const state = { reply: (_: Machine): Reply => "disconnect", requests: 0 };
  const server = createServer(async (request, response) => {
    state.requests += 1;
    let text = "";
    for await (const chunk of request) text += chunk;
    const isActivation = request.method === "POST" && request.url === "/v3/activations";
    const reply = isActivation ? state.reply(JSON.parse(text)) : { status: 404, body: "" };
    if (reply === "disconnect") return request.socket.destroy();
    response.writeHead(reply.status, { "Content-Type": "application/json", Connection: "close" }).end(reply.body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, state, close: () => server.close() };
}
