// Starts the built server for a test worker, on a new SQLite file and a free port.
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const binary = process.env.COUNTERSIGN_TEST_BINARY ?? join(import.meta.dirname, "../../target/debug/countersign");

export interface TestServer {
  origin: string;
  /** The folder of the SQLite file and of the master key. */
  data: string;
  /** The set-up code. Absent once a user exists. */
  code?: string;
  /** The credentials of the demo's owner, and an active license key with an activated domain. */
  email?: string;
  password?: string;
  key?: string;
  domain?: string;
  /** Adds a member with `role` to the demo's account. Returns the credentials of the member. */
  addMember(role: string): { email: string; password: string };
  /** Restarts the server on the same data and port. */
  restart(): Promise<void>;
  /** Kills the server by SIGKILL and keeps its data. */
  kill(): Promise<void>;
  stop(): Promise<void>;
}

/** How many members were added, so that their addresses differ. */
let members = 0;

/** Starts a server on a new data folder. */
export async function startServer(...args: string[]): Promise<TestServer> {
  return startServerOn(mkdtempSync(join(tmpdir(), "countersign-e2e-")), ...args);
}

/** Starts a server on the data folder `data`, which `stop` deletes. */
export async function startServerOn(data: string, ...args: string[]): Promise<TestServer> {
  const env = environment(data);
  let child = await launch(env, "127.0.0.1:0", args);
  const { address: origin, set_up, demo } = child.startup;
  return {
    origin,
    data,
    code: set_up?.code,
    ...demo,
    addMember: (role) => {
      const [email, password] = [`${role}${++members}@northwind.example`, "correct horse battery"];
      const user = ["user", "add", "--email", email, "--name", role, "--account", "Northwind Software", "--role", role];
      runCommand(data, [...user, "--password-stdin"], password);
      return { email, password };
    },
    restart: async () => {
      await endProcess(child.process, "SIGTERM");
      child = await launch(env, new URL(origin).host, []);
    },
    kill: () => endProcess(child.process, "SIGKILL"),
    stop: async () => {
      await endProcess(child.process, "SIGTERM");
      rmSync(data, { recursive: true, force: true });
    },
  };
}

/** Runs a command of the server on the data folder `data`. Returns its JSON document. Throws if the command fails. */
export function runCommand(data: string, args: string[], input?: string): any {
  return JSON.parse(execFileSync(binary, [...args, "--json"], { env: environment(data), input, encoding: "utf8" }));
}

function environment(data: string): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, COUNTERSIGN_DATA_DIR: data, COUNTERSIGN_RATE_LIMITS: "off", COUNTERSIGN_LOG: "warn" };
  for (const name of Object.keys(env)) if (name.startsWith("COUNTERSIGN_TEST_")) delete env[name];
  return env;
}

async function launch(env: NodeJS.ProcessEnv, listen: string, args: string[]) {
  const serve = ["serve", "--json", "--listen", listen, ...args];
  const process = spawn(binary, serve, { env, stdio: ["ignore", "pipe", "inherit"] });
  const startup = await new Promise<any>((resolve, reject) => {
    createInterface({ input: process.stdout! }).once("line", (line) => resolve(JSON.parse(line)));
    process.on("exit", (code) => reject(new Error(`the server exited with code ${code}`)));
  });
  return { process, startup };
}

/** Sends `signal` to a process and waits until the process ends. Returns at once if it has ended. */
export function endProcess(process: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (process.exitCode !== null || process.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    process.once("exit", () => resolve());
    process.kill(signal);
  });
}
