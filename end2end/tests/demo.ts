// The server with the demo's data, one a worker.
import { startServer, type TestServer } from "./server.js";

export interface WithDemo {
  demo: TestServer;
}

/** Starts the server for a worker and stops it at its end. A fixture of Playwright. */
export async function demo({}, use: (server: TestServer) => Promise<void>): Promise<void> {
  const server = await startServer("--demo");
  await use(server);
  await server.stop();
}
