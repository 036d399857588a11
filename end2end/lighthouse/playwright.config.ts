import { defineConfig } from "@playwright/test";

// Budgets of the dashboard's pages: `cargo xtask test lighthouse`. Only release files of the dashboard meet them.
export default defineConfig({
  testDir: ".",
  outputDir: "../test-results/lighthouse",
  timeout: 180_000,
  // One at a time, because two measurements would slow each other down.
  workers: 1,
  forbidOnly: !!process.env.CI,
  reporter: [["list"]],
  use: {
    launchOptions: {
      executablePath: process.env.COUNTERSIGN_TEST_BROWSER || undefined,
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    },
  },
});
