// Live pages: the server's event stream names the pages that changed. Such a page requests itself again and replaces
// its live parts. One tab, the leader, holds the stream for all tabs of the browser.

import { readEvents } from "./live_stream.js";

const NAME = "countersign-live";
/** At most as many topics as the server accepts in one stream. */
const MAX_TOPICS = 8;
/** Spreads the requests of many browsers after one change. */
const JITTER_MS = 200;
/** How often a part is looked at again while its user is in the middle of something. */
const BUSY_RETRY_MS = 500;
/** Pause after a request that failed, with as much again at random. */
const FAILED_RETRY_MS = 5000;
/** A page that takes long to answer is requested less often: a request takes at most a fifth of the time. */
const IDLE_FACTOR = 4;
const ANNOUNCE_INTERVAL_MS = 10_000;
const ANNOUNCED_MS = 2000;
/** How long a hidden tab leads while another one is shown: browsers suspend hidden tabs. */
const HIDDEN_LEADER_MS = 10_000;

/** Returns whether a version is at least `other`. Versions of different processes cannot be compared. */
function isAtLeast(version, other) {
  const [process, count] = version.split(".");
  const [otherProcess, otherCount] = other.split(".");
  return process === otherProcess && Number(count) >= Number(otherCount);
}

/** A tap reaches what is under the finger when it ends. Nothing may move until then. */
const TAP_MS = 1000;
let tappedAt = -Infinity;
addEventListener(
  "pointerdown",
  ({ pointerType }) => {
    if (pointerType !== "mouse") tappedAt = performance.now();
  },
  true,
);

/** Returns whether replacing a part would disturb its user. */
function isBusy(part) {
  if (performance.now() - tappedAt < TAP_MS) return true;
  const focused = document.activeElement;
  // After a click, the focus rests on a button or a panel that is not in use: only the keyboard's focus counts.
  const inUse = "input, textarea, select, :is(button, a, summary):focus-visible";
  if (part.contains(focused) && focused.matches(inUse)) return true;
  // A panel with a form is open or being sent. Its fields and its faults are those of its user.
  if (part.querySelector("details[open] form, dialog[open], form[aria-busy=true]")) return true;
  // The button under the pointer must not become another.
  return matchMedia("(hover: hover)").matches && part.querySelector("button:hover, summary:hover") !== null;
}

/** The element with the topic that the page watches. `null` on pages that are not live. */
const source = () => document.querySelector("[data-live-topic]");

/**
 * Starts live updates. `swap` replaces the content of a part by that of a new one, and returns false if it cannot now.
 */
export function startLiveUpdates(swap) {
  const tab = String(Math.random());
  const channel = "BroadcastChannel" in window && navigator.locks ? new BroadcastChannel(NAME) : undefined;
  // What each visible tab watches, with the version that it shows or was notified of. Only the leader uses it.
  const watched = new Map();
  // Without a way to share, each tab leads itself.
  let isLeader = !channel;
  let isLongHidden = false;
  let hiddenTimer;
  // Both end what a tab holds of the lock: the wait for it, and the lock itself.
  let waiting;
  let release;
  let stream;
  let lastChanges = new Map();

  // Parts of this page that are older than the data.
  let stale = new Set();
  let timer;
  let isRefreshing = false;
  let notBefore = 0;
  let announcedAt = -Infinity;

  /** Reports to the leader what this tab watches now. */
  function report() {
    const element = document.hidden ? null : source();
    const { liveTopic: topic, liveVersion: version } = element?.dataset ?? {};
    const message = { kind: "watch", tab, topic, version };
    channel?.postMessage(message);
    onWatch(message);
    if (!channel) return;
    if (topic) askToLead();
    else if (!isLeader) resign();
  }

  /** Waits until no other tab leads. */
  function askToLead() {
    if (waiting) return;
    waiting = new AbortController();
    const { signal } = waiting;
    navigator.locks.request(NAME, { signal }, () => (signal.aborted ? undefined : lead())).catch(() => {});
  }

  /** Becomes the leader until it resigns. */
  function lead() {
    const resigned = new Promise((resolve) => (release = resolve));
    isLeader = true;
    watched.clear();
    lastChanges = new Map();
    channel.postMessage({ kind: "ask" });
    report();
    return resigned;
  }

  /** Ends the stream, and leaves the lead to a tab that waits for it. */
  function resign() {
    stream?.close();
    stream = undefined;
    if (!channel) return;
    isLeader = false;
    waiting?.abort();
    waiting = undefined;
    release?.();
    release = undefined;
  }

  /** Resigns if this tab has been hidden for long and another one is shown. */
  function resignIfHidden() {
    const isOtherShown = [...watched.keys()].some((shown) => shown !== tab);
    if (channel && isLeader && isLongHidden && isOtherShown) resign();
  }

  function onWatch({ tab: from, topic, version }) {
    watched.delete(from);
    if (topic) watched.set(from, { topic, version });
    resignIfHidden();
    if (!isLeader) return;
    connect();
    catchUp();
  }

  /**
   * Notifies tabs that are older than their topic's last message, or than the version with which the stream began:
   * that is the version of one tab, and other tabs may be older.
   */
  function catchUp() {
    for (const { topic, version } of watched.values()) {
      const known = lastChanges.get(topic) ?? stream?.topics.get(topic);
      if (known && !isAtLeast(version, known)) onChange([topic], known);
    }
  }

  /** Opens the stream of all topics, unless it is open. */
  function connect() {
    const topics = new Map();
    for (const { topic, version } of [...watched.values()].reverse()) {
      if (topics.size < MAX_TOPICS && !topics.has(topic)) topics.set(topic, version);
    }
    const key = [...topics.keys()].sort().join(" ");
    if (stream?.key === key && !stream.hasEnded) return;
    stream?.close();
    stream = undefined;
    lastChanges = new Map([...lastChanges].filter(([topic]) => topics.has(topic)));
    if (!key) return;
    const query = () => {
      const parameters = new URLSearchParams();
      for (const [topic, version] of topics) parameters.append("topic", `${topic}@${lastChanges.get(topic) ?? version}`);
      return parameters;
    };
    stream = readEvents(() => `/_live?${query()}`, ({ topics: changed, version }) => onChange(changed, version));
    stream.key = key;
    stream.topics = topics;
  }

  /** Passes a change on to all tabs. Only the leader calls it. */
  function onChange(topics, version) {
    for (const topic of topics) lastChanges.set(topic, version);
    for (const seen of watched.values()) {
      if (topics.includes(seen.topic) && !isAtLeast(seen.version, version)) seen.version = version;
    }
    channel?.postMessage({ kind: "changed", topics, version });
    applyChange(topics, version);
  }

  function applyChange(topics, version) {
    const { liveTopic, liveVersion } = source()?.dataset ?? {};
    if (!topics.includes(liveTopic) || isAtLeast(liveVersion, version)) return;
    for (const part of document.querySelectorAll("[data-live-part]")) stale.add(part.id);
    schedule(Math.random() * JITTER_MS);
  }

  function schedule(delay) {
    if (stale.size === 0 || isRefreshing) return;
    clearTimeout(timer);
    timer = setTimeout(refresh, Math.max(delay, notBefore - performance.now()));
  }

  /** Requests the page again and replaces the stale parts whose user is not in the middle of something. */
  async function refresh() {
    // The page is reported as it is when the tab is shown again.
    if (document.hidden || !source()) return;
    const ready = [...stale].filter((id) => {
      const part = document.getElementById(id);
      if (!part) stale.delete(id);
      return part && !isBusy(part);
    });
    // Turbo brings a new page anyway.
    if (ready.length === 0 || document.querySelector("html[aria-busy]")) return schedule(BUSY_RETRY_MS);
    ready.forEach((id) => stale.delete(id));
    isRefreshing = true;
    try {
      await replace(ready);
    } catch {
      // The server could not be reached, or not answer now.
      ready.forEach((id) => stale.add(id));
      notBefore = performance.now() + FAILED_RETRY_MS * (1 + Math.random());
    } finally {
      isRefreshing = false;
      schedule(BUSY_RETRY_MS);
    }
  }

  async function replace(ids) {
    const element = source();
    const { liveTopic, livePath } = element.dataset;
    const begin = performance.now();
    const response = await fetch(livePath, { headers: { Accept: "text/html", "X-Live-Update": "1" } });
    // Overloaded, or starting: the request is repeated.
    if (response.status >= 500 || response.status === 429) throw new Error(`Status ${response.status}`);
    // Not signed in any more, or the license is gone: the next page that the user opens shows it.
    if (!response.ok || response.redirected) return;
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const end = performance.now();
    notBefore = end + IDLE_FACTOR * (end - begin);
    const fresh = page.querySelector("[data-live-topic]");
    // Meanwhile the user may have gone to another page.
    if (element !== source() || element.dataset.liveTopic !== liveTopic || element.dataset.livePath !== livePath) return;
    if (fresh?.dataset.liveTopic !== liveTopic) return;
    let isReplaced = false;
    for (const id of ids) {
      const [part, next] = [document.getElementById(id), page.getElementById(id)];
      if (!part || !next) continue;
      // Leptos' own, which no island needs.
      for (const script of next.querySelectorAll("script")) script.remove();
      if (isBusy(part) || swap(part, next) === false) stale.add(id);
      else isReplaced = true;
    }
    element.dataset.liveVersion = fresh.dataset.liveVersion;
    if (isReplaced) announce(element);
  }

  /** Announces the update to screen readers, but not each of many. */
  function announce(element) {
    const now = performance.now();
    if (now - announcedAt < ANNOUNCE_INTERVAL_MS) return;
    announcedAt = now;
    element.textContent = "Updated";
    setTimeout(() => (element.textContent = ""), ANNOUNCED_MS);
  }

  channel?.addEventListener("message", ({ data }) => {
    if (data.kind === "watch") onWatch(data);
    else if (data.kind === "ask") report();
    else applyChange(data.topics, data.version);
  });
  document.addEventListener("visibilitychange", () => {
    clearTimeout(hiddenTimer);
    isLongHidden = false;
    if (document.hidden) {
      hiddenTimer = setTimeout(() => {
        isLongHidden = true;
        resignIfHidden();
      }, HIDDEN_LEADER_MS);
    }
    report();
    schedule(0);
  });
  addEventListener("pagehide", () => {
    channel?.postMessage({ kind: "watch", tab });
    resign();
  });
  // A frozen tab runs no script until it is shown again.
  document.addEventListener("freeze", resign);
  /** Reports a page that was loaded, also by Turbo in place of another. */
  function onPage() {
    // The first paint comes first.
    if (document.readyState !== "complete") return;
    stale = new Set();
    report();
  }
  addEventListener("turbo:load", onPage);
  addEventListener("turbo:render", onPage);
  addEventListener("pageshow", onPage);
  onPage();
}
