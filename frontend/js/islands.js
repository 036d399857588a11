// Hydrates the islands of a page: loads the WebAssembly module once, when a page has an island.

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

/** Hydrates the islands within `root` that are not hydrated yet. */
export async function hydrateIslands(root = document.body) {
  const islands = [...root.querySelectorAll("leptos-island:not([data-hydrated])")];
  if (islands.length > 0) {
    const module = await load();
    for (const island of islands) {
      island.dataset.hydrated = "yes";
      await module[island.dataset.component]?.(island);
    }
  }
  // Browser tests wait for this mark before they click.
  document.documentElement.dataset.hydrated = "yes";
}
