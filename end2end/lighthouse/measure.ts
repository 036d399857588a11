// Runs Lighthouse on one page, in a Chromium of its own, so that each measurement is a first load.
import { chromium } from "@playwright/test";
import { launch } from "chrome-launcher";
import lighthouse, { type Result } from "lighthouse";

/** How Lighthouse makes a phone of this machine: from the trace of a fast load, or by a load that Chromium slows down. */
export type Throttling = "simulate" | "devtools";

export interface Measurement {
  report: Result;
  /** The report as a page for people. */
  html: string;
}

/** Loads `url` as a phone would, with the cookies of `cookie`, and returns the report of Lighthouse. */
export async function measure(url: string, throttlingMethod: Throttling, cookie?: string): Promise<Measurement> {
  const browser = await launch({
    chromePath: process.env.COUNTERSIGN_TEST_BROWSER || chromium.executablePath(),
    chromeFlags: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"],
  });
  try {
    const result = await lighthouse(url, {
      port: browser.port,
      output: "html",
      logLevel: "silent",
      throttlingMethod,
      extraHeaders: cookie ? { Cookie: cookie } : undefined,
      disableFullPageScreenshot: true,
      // Deliberate: the dashboard tells search engines to leave its pages out (`robots`, `noindex`).
      skipAudits: ["is-crawlable"],
    });
    return { report: result!.lhr, html: result!.report as string };
  } finally {
    browser.kill();
  }
}

/**
 * Returns a line with a category's score if it is below `min` points (of 100), and the audits that cost points, the
 * most expensive first.
 */
export function lowScore(report: Result, category: string, min: number): string[] {
  const { score, auditRefs } = report.categories[category];
  if (score !== null && score * 100 >= min) return [];
  const costs = auditRefs
    .map(({ id, weight }) => ({ audit: report.audits[id], cost: weight * (1 - (report.audits[id].score ?? 0)) }))
    .filter(({ audit, cost }) => cost > 0 && (audit.score !== null || audit.errorMessage))
    .sort((a, b) => b.cost - a.cost)
    .map(({ audit }) => [audit.id, audit.score, audit.displayValue, audit.errorMessage].filter((part) => part != null).join(" "));
  return [`${points(report, category)}, at least ${min} are needed: ${costs.join("; ")}`];
}

/** Returns a category with its points, such as `performance 98`. */
export function points(report: Result, category: string): string {
  const { score } = report.categories[category];
  return `${category} ${score === null ? "without points" : Math.round(score * 100)}`;
}

/** Returns the figures that have budgets of their own. A figure is absent if Lighthouse could not measure it. */
export function figuresOf(report: Result) {
  const value = (audit: string) => report.audits[audit].numericValue;
  const details = report.audits.metrics.details as { items?: Record<string, number>[] } | undefined;
  const observed = details?.items?.[0];
  return {
    firstLoadBytes: value("total-byte-weight"),
    totalBlockingMs: value("total-blocking-time"),
    firstContentfulPaintMs: value("first-contentful-paint"),
    // As the browser painted. A simulation estimates both paints apart, so that they differ by its error.
    observedFirstPaintMs: observed?.observedFirstContentfulPaint,
    observedLargestPaintMs: observed?.observedLargestContentfulPaint,
  };
}
