import { defineConfig, devices } from "@playwright/test";

// Browser tests, run at two viewport sizes, each with and without JavaScript, and once without Turbo.
//
// Without Turbo and, on a phone, without JavaScript, only those files run whose pages differ there: pages with scripts of
// their own, and pages whose layout shows what a script would hide. Each page is still used on both sizes and without
// JavaScript.
const withoutTurbo = /(bulk|import|journey|license|live|pages|products|search)\.spec\.ts$/;
const narrowWithoutJavaScript = /(bulk|journey|license|manage|pages|products)\.spec\.ts$/;
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
    { name: "wide without Turbo", use: { viewport: wide }, testMatch: withoutTurbo },
    { name: "wide without JavaScript", use: { viewport: wide, javaScriptEnabled: false } },
    {
      name: "narrow without JavaScript",
      use: { viewport: narrow, javaScriptEnabled: false },
      testMatch: narrowWithoutJavaScript,
    },
  ],
});
