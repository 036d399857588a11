// Continuous replication of the SQLite file by Litestream, as docs/operations.md describes it. Needs no browser.
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { expect, test } from "@playwright/test";
import { endProcess, runCommand, startServer, startServerOn, type TestServer } from "./server.js";

const platform = `${process.platform}-${process.arch}`;
/** Number of clients that activate in parallel. */
const clients = 16;
/** WAL length in bytes from which the server itself checkpoints (4,000 pages with their frame headers). */
const checkpointAt = 4_000 * (4_096 + 24);

/** Litestream on the database of a server, with a replica in a local folder. */
class Litestream {
  private readonly binary = createRequire(import.meta.url).resolve(`@flydotio/litestream-${platform}/litestream`);
  private readonly config: string;
  private process?: ChildProcess;

  /** The folder of Litestream's own state: its copy of the WAL. */
  private readonly state: string;

  constructor(private readonly folder: string, private readonly database: string, private readonly port: number) {
    this.config = join(folder, "litestream.yml");
    this.state = join(dirname(database), `.${basename(database)}-litestream`);
    const settings = {
      addr: `127.0.0.1:${port}`,
      logging: { level: "warn", stderr: true },
      dbs: [{ path: database, replicas: [{ type: "file", path: this.replica, "sync-interval": "1s" }] }],
    };
    // A JSON document is also a YAML document.
    writeFileSync(this.config, JSON.stringify(settings));
  }

  get replica() {
    return join(this.folder, "replica");
  }

  /** Starts the replication with a new snapshot, because `kill -9` of a server can invalidate the previous generation. */
  start() {
    rmSync(this.state, { recursive: true, force: true });
    this.process = spawn(this.binary, ["replicate", "-config", this.config], { stdio: ["ignore", "ignore", "inherit"] });
  }

  /** Suspends the process, which keeps its read transaction. */
  pause() {
    this.process!.kill("SIGSTOP");
  }

  resume() {
    this.process!.kill("SIGCONT");
  }

  kill() {
    return this.process ? endProcess(this.process, "SIGKILL") : Promise.resolve();
  }

  /** Waits until Litestream has read the WAL twice, and the replica has all that it read. */
  async waitForSync() {
    const syncs = (await this.metrics()).litestream_sync_count ?? 0;
    await expect(async () => {
      const now = await this.metrics();
      expect(now.litestream_sync_count).toBeGreaterThanOrEqual(syncs + 2);
      const generation = readFileSync(join(this.state, "generation"), "utf8").trim();
      const wal = join(this.state, "generations", generation, "wal");
      const newest = readdirSync(wal).sort().at(-1)!;
      expect(now.litestream_replica_wal_index).toBe(parseInt(newest, 16));
      expect(now.litestream_replica_wal_offset).toBe(statSync(join(wal, newest)).size);
    }).toPass({ timeout: 20_000, intervals: [100] });
  }

  private async metrics(): Promise<Record<string, number>> {
    const text = await fetch(`http://127.0.0.1:${this.port}/metrics`).then((response) => response.text(), () => "");
    return Object.fromEntries([...text.matchAll(/^(litestream_\w+)\{.*\} (\S+)$/gm)].map(([, name, value]) => [name, +value]));
  }

  /** Restores the replica. Returns a new data folder with the restored database and the master key of `server`. */
  restore(name: string, server: TestServer): string {
    const copy = join(this.folder, `${name}.db`);
    execFileSync(this.binary, ["restore", "-config", this.config, "-o", copy, this.database], { stdio: "ignore" });
    const data = join(this.folder, name);
    mkdirSync(data);
    copyFileSync(join(server.data, "master.key"), join(data, "master.key"));
    runCommand(data, ["restore", copy]);
    return data;
  }
}

/** Activates domains in parallel until `enough`. Returns the acknowledged domains. */
async function activate(server: TestServer, key: string, round: number, enough: () => boolean): Promise<string[]> {
  const acknowledged: string[] = [];
  const activateInOrder = async (client: number) => {
    for (let n = 0; !enough(); n++) {
      const domain = `d${n}.c${client}.r${round}.com`;
      const body = JSON.stringify({ license_key: key, domain });
      const request = { method: "POST", body, headers: { "content-type": "application/json" } };
      const response = await fetch(`${server.origin}/activate`, request).catch(() => null);
      if (response?.status === 200) acknowledged.push(domain);
      // Reads the body, so that the connection is used again.
      await response?.text().catch(() => "");
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, client) => activateInOrder(client)));
  return acknowledged;
}

function after(milliseconds: number): () => boolean {
  const end = Date.now() + milliseconds;
  return () => Date.now() > end;
}

/** Returns the domains that the server does not report as active. */
async function missing(server: TestServer, key: string, domains: string[]): Promise<string[]> {
  const [rest, inactive] = [[...domains], [] as string[]];
  const verifyInOrder = async () => {
    for (let domain = rest.pop(); domain; domain = rest.pop()) {
      const response = await fetch(`${server.origin}/verify?license_key=${key}&domain=${domain}`);
      if (!(await response.json()).valid) inactive.push(domain);
    }
  };
  await Promise.all(Array.from({ length: clients }, verifyInOrder));
  return inactive;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test("Litestream's replica restores every acknowledged activation", async ({}, { project }) => {
  test.skip(project.name !== "wide", "needs no browser, so one project is enough");
  test.skip(platform !== "linux-x64", "the lock file has Litestream's binary for Linux on x64 only");

  const folder = mkdtempSync(join(tmpdir(), "countersign-litestream-"));
  const servers: TestServer[] = [];
  let server = await startServer();
  servers.push(server);
  const { data } = server;
  const database = join(data, "countersign.db");
  const litestream = new Litestream(folder, database, await freePort());
  try {
    const user = ["user", "add", "--email", "ada@example.com", "--name", "Ada", "--account", "Ada", "--password-stdin"];
    runCommand(data, user, "a good password");
    runCommand(data, ["product", "create", "--account", "ada", "--name", "Plugin", "--slug", "plugin"]);
    const { key } = runCommand(data, ["license", "issue", "--product", "plugin", "--domain-limit", "1000000"]);
    const acknowledged: string[] = [];

    litestream.start();
    await litestream.waitForSync();

    // Litestream checkpoints from 1,000 pages on, and the server only while Litestream is late.
    acknowledged.push(...(await activate(server, key, 0, after(1_500))));
    litestream.pause();
    const [walBefore, timeout] = [statSync(`${database}-wal`).size, after(20_000)];
    const walGrowth = () => statSync(`${database}-wal`).size - walBefore;
    acknowledged.push(...(await activate(server, key, 1, () => walGrowth() > checkpointAt || timeout())));
    expect(walGrowth(), "the WAL is long enough for a checkpoint").toBeGreaterThan(checkpointAt);
    litestream.resume();
    // An idle server checkpoints the rest. A server that stops closes its connections.
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    acknowledged.push(...(await activate(server, key, 2, after(500))));
    await server.restart();
    acknowledged.push(...(await activate(server, key, 3, after(500))));

    // Server and Litestream are killed under load, and start again.
    let killed = false;
    const load = activate(server, key, 4, () => killed);
    await new Promise((resolve) => setTimeout(resolve, 500));
    await Promise.all([server.kill(), litestream.kill()]);
    killed = true;
    acknowledged.push(...(await load));
    server = await startServerOn(data);
    servers.push(server);
    litestream.start();
    await litestream.waitForSync();
    acknowledged.push(...(await activate(server, key, 5, after(1_000))));

    // Everything acknowledged so far is in the replica after one more sync. The machine is lost then.
    await litestream.waitForSync();
    await Promise.all([server.kill(), litestream.kill()]);
    expect(acknowledged.length, "the load was large enough").toBeGreaterThan(500);

    const restored = litestream.restore("restored", server);
    expect(runCommand(restored, ["check"])).toMatchObject({ agree: true });
    servers.push(await startServerOn(restored));
    expect(await missing(servers.at(-1)!, key, acknowledged)).toEqual([]);
  } finally {
    await litestream.kill();
    for (const started of servers) await started.kill();
    rmSync(data, { recursive: true, force: true });
    rmSync(folder, { recursive: true, force: true });
  }
});
