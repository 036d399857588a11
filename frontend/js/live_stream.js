// Reads the server's event stream. Not by EventSource, which gives neither the status of a refusal nor the time of the
// next attempt, and which has a high priority.

/** Pause before a stream that ended is opened again, with as much again at random. */
const RETRY_MS = 1000;
const MAX_RETRY_MS = 60_000;
/** The server sends a comment every 5 s. A stream without one for this long is dead. */
const SILENCE_MS = 20_000;

/**
 * Opens the stream of `url()`, and opens it again when it ends. Calls `onChange` with the data of each change. Ends for
 * good when it is closed, and when the server reports that the session has ended.
 */
export function readEvents(url, onChange) {
  const stream = { hasEnded: false, close };
  let controller;
  let timer;
  let failures = 0;

  function close() {
    stream.hasEnded = true;
    clearTimeout(timer);
    controller?.abort();
  }

  async function open() {
    controller = new AbortController();
    let pause;
    try {
      const headers = { Accept: "text/event-stream" };
      const response = await fetch(url(), { headers, priority: "low", signal: controller.signal });
      if (response.ok) await read(response.body);
      // Signed out, or not the license of this account.
      else if (response.status < 500) stream.hasEnded = true;
      else pause = Number(response.headers.get("Retry-After")) * 1000;
    } catch {
      // The connection was lost.
    }
    if (stream.hasEnded) return;
    failures += 1;
    const base = pause || Math.min(RETRY_MS * 2 ** (failures - 1), MAX_RETRY_MS);
    timer = setTimeout(open, base * (1 + Math.random()));
  }

  async function read(body) {
    const reader = body.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    let silence;
    try {
      for (;;) {
        clearTimeout(silence);
        silence = setTimeout(() => controller.abort(), SILENCE_MS);
        const { done, value } = await reader.read();
        if (done) return;
        failures = 0;
        text += value;
        const events = text.split("\n\n");
        text = events.pop();
        events.forEach(handle);
      }
    } finally {
      clearTimeout(silence);
    }
  }

  function handle(event) {
    const fields = event.split("\n").map((line) => /^(\w+): ?(.*)$/.exec(line) ?? []);
    const [, , name] = fields.find(([, field]) => field === "event") ?? [];
    const [, , data] = fields.find(([, field]) => field === "data") ?? [];
    if (name === "changed") onChange(JSON.parse(data));
    else if (name === "end") close();
  }

  open();
  return stream;
}
