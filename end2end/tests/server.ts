// A server of its own for each test file's worker: the built binary on a fresh
// SQLite file, on a free port.
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const binary = process.env.COUNTERSIGN_TEST_BINARY ?? join(import.meta.dirname, "../../target/debug/countersign");

export interface Running {
  origin: string;
  /** The code that guards the first run; absent once it is over. */
  code?: string;
  /** The demo's sign-in and a key that works. */
  email?: string;
  password?: string;
  key?: string;
  domain?: string;
  /** Adds a person with this role to the demo's account; what they sign in with. */
  add(role: string): { email: string; password: string };
  /** Stops the server and starts it again on the same data and port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function start(...args: string[]): Promise<Running> {
  const data = mkdtempSync(join(tmpdir(), "countersign-e2e-"));
  const env: NodeJS.ProcessEnv = { ...process.env, COUNTERSIGN_DATA_DIR: data, COUNTERSIGN_RATE_LIMITS: "off", COUNTERSIGN_LOG: "warn" };
  for (const name of Object.keys(env)) if (name.startsWith("COUNTERSIGN_TEST_")) delete env[name];
  let child = await launch(env, "127.0.0.1:0", args);
  const { address: origin, set_up, demo } = child.said;
  return {
    origin,
    code: set_up?.code,
    ...demo,
    add: (role) => {
      const [email, password] = [`${role}@northwind.example`, "correct horse battery"];
      const user = ["user", "add", "--email", email, "--name", role, "--account", "Northwind Software", "--role", role];
      execFileSync(binary, [...user, "--password-stdin"], { env, input: password });
      return { email, password };
    },
    restart: async () => {
      await end(child.process);
      child = await launch(env, new URL(origin).host, []);
    },
    stop: async () => {
      await end(child.process);
      rmSync(data, { recursive: true, force: true });
    },
  };
}

async function launch(env: NodeJS.ProcessEnv, listen: string, args: string[]) {
  const serve = ["serve", "--json", "--listen", listen, ...args];
  const process = spawn(binary, serve, { env, stdio: ["ignore", "pipe", "inherit"] });
  const said = await new Promise<any>((ready, failed) => {
    createInterface({ input: process.stdout! }).once("line", (line) => ready(JSON.parse(line)));
    process.on("exit", (code) => failed(new Error(`the server ended with ${code}`)));
  });
  return { process, said };
}

function end(process: ChildProcess): Promise<void> {
  return new Promise((ended) => {
    process.once("exit", () => ended());
    process.kill("SIGTERM");
  });
}
