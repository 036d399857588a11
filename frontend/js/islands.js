// Hydrates the islands of a page: loads the WebAssembly module once, when a page has an island.

const NOT_HYDRATED = "leptos-island:not([data-hydrated])";

let loading;

/** Loads the WebAssembly module. */
function load() {
  loading ??= import("./countersign.js").then(async (module) => {
    await module.default({ module_or_path: new URL("countersign_bg.wasm", import.meta.url) });
    module.hydrate();
    return module;
  });
  return loading;
}

/** Waits until the browser has handled input, so that several islands do not block it for longer than one. */
const pause = () => new Promise((resolve) => setTimeout(resolve));

/** Hydrates the islands within `root` that are not hydrated yet. */
export async function hydrateIslands(root = document.body) {
  const islands = [...root.querySelectorAll(NOT_HYDRATED)];
  if (islands.length > 0) {
    const module = await load();
    for (const island of islands) {
      await pause();
      // In the pause Turbo may have removed the island, or another call may have hydrated it.
      if (!island.matches(NOT_HYDRATED) || !island.isConnected) continue;
      island.dataset.hydrated = "yes";
      await module[island.dataset.component]?.(island);
    }
  }
  // Browser tests wait for this mark before they click. Another call may be hydrating the islands of a new page.
  if (!document.querySelector(NOT_HYDRATED)) document.documentElement.dataset.hydrated = "yes";
}
