import { defineConfig, devices } from "@playwright/test";

// Browser tests, run at two viewport sizes, each with and without JavaScript, and once without Turbo.
//
// Wide, with and without JavaScript, all files run. The other projects run the files whose pages differ there: every page
// is looked at on a phone: those of a fixed address by the file pages, those of an object by the file of the object. Without
// Turbo, pages with scripts of their own are used.
const narrowFiles =
  /(bulk|customers|gallery|import|journey|license|machines|manage|pages|people|products|search|shops|webhooks)\.spec\.ts$/;
const narrowWithoutJavaScript = /(manage|pages)\.spec\.ts$/;
const withoutTurbo = /(bulk|journey|license|live)\.spec\.ts$/;
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
    { name: "narrow", use: { viewport: narrow, hasTouch: true }, testMatch: narrowFiles },
    { name: "wide without Turbo", use: { viewport: wide }, testMatch: withoutTurbo },
    { name: "wide without JavaScript", use: { viewport: wide, javaScriptEnabled: false } },
    {
      name: "narrow without JavaScript",
      use: { viewport: narrow, javaScriptEnabled: false },
      testMatch: narrowWithoutJavaScript,
    },
  ],
});
