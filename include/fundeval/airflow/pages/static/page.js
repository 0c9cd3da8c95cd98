// Inside the UI this page stands in a frame that may neither open windows nor lead the UI elsewhere. The frame is of the
// same origin, so the UI's own document does both for it. Opened by itself, the links do what links do.
"use strict";

const ui = window.parent === window ? null : window.parent.document;

function follow(link) {
  const proxy = ui.createElement("a");
  proxy.href = link.href;
  if (link.dataset.window === "new") {
    proxy.target = "_blank";
    proxy.rel = "noopener";
  }
  ui.body.append(proxy);
  proxy.click();
  proxy.remove();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-window]");
  if (link && ui && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    follow(link);
  }
});

// The UI's theme is the user's choice in the UI, not the operating system's.
function takeTheme() {
  document.documentElement.dataset.theme = ui.documentElement.classList.contains("dark") ? "dark" : "light";
}

if (ui) {
  takeTheme();
  new MutationObserver(takeTheme).observe(ui.documentElement, { attributes: true, attributeFilter: ["class"] });
}
