import { defineConfig, devices } from "@playwright/test";

// Browser tests, run at two viewport sizes, each with and without JavaScript, and once without Turbo.
const wide = { width: 1280, height: 800 };
const narrow = { width: 390, height: 844 };

export default defineConfig({
  testDir: "./tests",
  outputDir: "./test-results",
  timeout: 60_000,
  expect: { timeout: 10_000 },
  fullyParallel: true,
  workers: 2,
  forbidOnly: !!process.env.CI,
  reporter: [["list"]],
  use: {
    ...devices["Desktop Chrome"],
    launchOptions: {
      executablePath: process.env.COUNTERSIGN_TEST_BROWSER || undefined,
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    },
    screenshot: "only-on-failure",
  },
  projects: [
    { name: "wide", use: { viewport: wide } },
    { name: "narrow", use: { viewport: narrow, hasTouch: true } },
    { name: "wide without Turbo", use: { viewport: wide } },
    { name: "wide without JavaScript", use: { viewport: wide, javaScriptEnabled: false } },
    { name: "narrow without JavaScript", use: { viewport: narrow, javaScriptEnabled: false } },
  ],
});
