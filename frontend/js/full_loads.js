// The script of pages that were built without Node: islands, and a full load for each link and form.

import { hydrateIslands } from "./islands.js";
import { startLiveUpdates } from "./live.js";

/** Replaces the content of a live part, unless the focus or an open panel in it would be lost. */
function swap(part, next) {
  if (part.contains(document.activeElement) || part.querySelector("details[open]")) return false;
  part.replaceChildren(...next.childNodes);
  hydrateIslands(part);
  return true;
}

function start() {
  hydrateIslands();
  startLiveUpdates(swap);
}

if (document.readyState === "complete") start();
else addEventListener("load", start);
