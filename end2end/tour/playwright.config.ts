import { defineConfig, devices } from "@playwright/test";

// Screenshots of every page, for people to look at: `cargo xtask tour`.
export default defineConfig({
  testDir: ".",
  outputDir: "../test-results/tour",
  timeout: 600_000,
  workers: 2,
  fullyParallel: true,
  forbidOnly: !!process.env.CI,
  reporter: [["list"]],
  use: {
    ...devices["Desktop Chrome"],
    launchOptions: {
      executablePath: process.env.COUNTERSIGN_TEST_BROWSER || undefined,
      args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
    },
  },
  projects: [390, 1280].flatMap((width) =>
    (["light", "dark"] as const).map((colorScheme) => ({
      name: `${width}-${colorScheme}`,
      use: { viewport: { width, height: 844 }, colorScheme, hasTouch: width < 1000, reducedMotion: "reduce" as const },
    })),
  ),
});
