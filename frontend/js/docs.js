// The script of the documentation pages: a button beside each command that copies it. Without JavaScript, or
// without a clipboard, the command can be selected.

const CONFIRMATION_MS = 2000;

function copyButton(block) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button-small";
  button.setAttribute("aria-label", block.dataset.copy);
  button.textContent = "Copy";
  const status = document.createElement("span");
  status.className = "copy-status muted";
  status.setAttribute("role", "status");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(block.textContent);
      status.textContent = "Copied";
    } catch {
      status.textContent = "The browser refused. Select the text instead.";
    }
    setTimeout(() => (status.textContent = ""), CONFIRMATION_MS);
  });
  const line = document.createElement("p");
  line.className = "copy";
  line.append(button, " ", status);
  return line;
}

if (navigator.clipboard) {
  for (const block of document.querySelectorAll("pre[data-copy]")) block.after(copyButton(block));
}
