// The script of pages: Turbo follows links and posts forms without a reload, and islands are hydrated.

import * as Turbo from "@hotwired/turbo";
import { hydrateIslands } from "./islands.js";
import { startLiveUpdates } from "./live.js";

const UNREACHABLE = "The server could not be reached. Please try again.";
const SIGNED_OUT = "You are not signed in any more. ";

/** Shows a message at the top of a form, as the server would, and moves the focus to it. */
function showInForm(form, ...content) {
  form.querySelector(":scope > .alert")?.remove();
  const message = document.createElement("p");
  message.className = "alert alert-danger";
  message.setAttribute("role", "alert");
  message.tabIndex = -1;
  message.append(...content);
  form.prepend(message);
  message.focus();
}

function signInLink() {
  const link = document.createElement("a");
  link.href = "/sign-in";
  link.target = "_blank";
  link.textContent = "Sign in in another tab";
  return link;
}

// A form whose session has ended keeps what was typed: the answer would be the page to sign in.
addEventListener("turbo:before-fetch-response", (event) => {
  const form = event.target;
  const { fetchResponse } = event.detail;
  const leaves = ["/_fn/sign_in", "/_fn/sign_out", "/_fn/set_up", "/_fn/set_new_password"];
  if (!(form instanceof HTMLFormElement) || leaves.includes(new URL(form.action).pathname)) return;
  if (fetchResponse.redirected && fetchResponse.location.pathname === "/sign-in") {
    event.preventDefault();
    showInForm(form, SIGNED_OUT, signInLink(), ", then send this again.");
  }
});

// A form that does not reach the server keeps what was typed, and says so.
let reported;
addEventListener("turbo:fetch-request-error", (event) => {
  if (event.target instanceof HTMLFormElement) {
    event.preventDefault();
    reported = event.detail.error;
    // The customer's page has a text in its language.
    const own = event.target.closest("[data-unreachable]")?.dataset.unreachable;
    showInForm(event.target, own ?? UNREACHABLE);
  }
});
// Turbo throws the error again.
addEventListener("unhandledrejection", (event) => {
  if (event.reason === reported) event.preventDefault();
});

// The second click of a double click must not press the button that moved under the pointer.
const DOUBLE_CLICK_MS = 800;
const DOUBLE_CLICK_PX = 48;
let lastClick = { x: -1, y: -1, at: -Infinity, name: "" };
addEventListener(
  "click",
  (event) => {
    const button = event.target.closest?.("button");
    if (!button) lastClick.at = -Infinity;
    if (!button || event.detail === 0) return;
    const { clientX: x, clientY: y, timeStamp: at } = event;
    const name = button.getAttribute("aria-label") ?? button.textContent;
    const isClose = Math.hypot(x - lastClick.x, y - lastClick.y) < DOUBLE_CLICK_PX;
    const isRepeated = isClose && at - lastClick.at < DOUBLE_CLICK_MS;
    if (isRepeated && name !== lastClick.name) event.preventDefault();
    else lastClick = { x, y, at, name };
  },
  true,
);

// A dialog opens as a popover without this script. As a modal dialog it also keeps the focus.
addEventListener("click", (event) => {
  const button = event.target.closest?.("button[popovertarget]");
  const dialog = button && document.getElementById(button.getAttribute("popovertarget"));
  if (!(dialog instanceof HTMLDialogElement)) return;
  event.preventDefault();
  if (dialog.open) dialog.close();
  else dialog.showModal();
});

// The panel of the last submitted form, which may close. Morphing keeps the others open.
let submittedPanel = null;
addEventListener("turbo:submit-start", (event) => {
  submittedPanel = event.target.closest("details");
});

addEventListener("turbo:before-render", (event) => {
  // They are Leptos' own, which no island needs, and carry the nonce of another document.
  for (const script of event.detail.newBody.querySelectorAll("script")) script.remove();
  // The browser moves the focus on a first load only.
  for (const element of event.detail.newBody.querySelectorAll("[autofocus]")) {
    element.removeAttribute("autofocus");
    element.dataset.focus = "";
  }
  // A modal dialog that is taken out of the document or morphed would leave the page inert.
  for (const dialog of document.querySelectorAll("dialog:modal")) dialog.close();
  // The theme is an attribute of the root element, which Turbo keeps.
  const theme = event.detail.newBody.ownerDocument.documentElement.dataset.theme;
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
});

addEventListener("turbo:before-morph-attribute", (event) => {
  const panel = event.target;
  const isOpen = panel instanceof HTMLDetailsElement && event.detail.attributeName === "open";
  if (isOpen && panel !== submittedPanel) event.preventDefault();
});
// Morphing leaves islands alone whose properties did not change.
addEventListener("turbo:before-morph-element", (event) => {
  const { newElement } = event.detail;
  if (event.target.localName !== "leptos-island" || !newElement) return;
  if (newElement.dataset.props === event.target.dataset.props) event.preventDefault();
});

addEventListener("turbo:render", () => {
  delete document.documentElement.dataset.hydrated;
  hydrateIslands();
  document.querySelector("[data-focus]")?.focus();
});
addEventListener("turbo:load", () => hydrateIslands());

Turbo.start();
// Morphing keeps the focus, open panels and islands.
startLiveUpdates((part, next) => {
  Turbo.morphChildren(part, next);
  hydrateIslands(part);
});
