// The script of pages that were built without Node: islands, and a full load for each link and form.

import { hydrateIslands } from "./islands.js";

if (document.readyState === "complete") hydrateIslands();
else addEventListener("load", () => hydrateIslands());
