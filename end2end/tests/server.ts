// A server of its own for each test file's worker: the built binary on a fresh
// SQLite file, on a free port.
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

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
  /** Runs one of the binary's commands on the same data. */
  command(...args: string[]): any;
  /** Stops the server and starts it again on the same data and port. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function start(...args: string[]): Promise<Running> {
  const data = mkdtempSync(join(tmpdir(), "countersign-e2e-"));
  const env: NodeJS.ProcessEnv = { ...process.env, COUNTERSIGN_DATA_DIR: data, COUNTERSIGN_RATE_LIMITS: "off" };
  for (const name of Object.keys(env)) if (name.startsWith("COUNTERSIGN_TEST_")) delete env[name];
  let child = await launch(env, "127.0.0.1:0", args);
  const said = child.said;
  const origin = /listens on (\S+)/.exec(said)![1];
  const signIn = /Sign in as (\S+) with the password (\S+)/.exec(said);
  const sample = /A key to try: (\S+) on (\S+)/.exec(said);
  return {
    origin,
    code: /with the code (\S+)/.exec(said)?.[1],
    email: signIn?.[1],
    password: signIn?.[2],
    key: sample?.[1],
    domain: sample?.[2],
    command: (...args) => JSON.parse(execFileSync(binary, [...args, "--json"], { env, encoding: "utf8" })),
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
  const process = spawn(binary, ["serve", "--listen", listen, ...args], { env, stdio: ["ignore", "pipe", "pipe"] });
  let said = "";
  await new Promise<void>((ready, failed) => {
    const hear = (text: Buffer) => {
      said += text;
      const fresh = /with the code (\S+)/.test(said);
      if (/listens on \S+/.test(said)) setTimeout(ready, fresh ? 0 : 100);
    };
    process.stdout!.on("data", hear);
    process.stderr!.on("data", hear);
    process.on("exit", (code) => failed(new Error(`the server ended with ${code}: ${said}`)));
  });
  return { process, said };
}

function end(process: ChildProcess): Promise<void> {
  return new Promise((ended) => {
    process.once("exit", () => ended());
    process.kill("SIGTERM");
  });
}
