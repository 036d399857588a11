import { defineConfig } from "@playwright/test";
import { languages } from "./languages.js";

// The code samples of the Integrate page, run as programs. No browser and no Countersign server is needed.
export default defineConfig({
  testDir: ".",
  outputDir: "../test-results/samples",
  // Before the first test of the Rust sample, its dependencies may be compiled.
  timeout: 600_000,
  // The tests of a language share a server and, in Rust, the compiled sample. Two languages run at a time.
  workers: 2,
  projects: languages.map(({ name }) => ({ name })),
  forbidOnly: !!process.env.CI,
  reporter: [["list"]],
});
