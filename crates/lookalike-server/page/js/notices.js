// What the page says: errors that stay until they are put away, and a quiet status for screen readers.

import { byId, element, icon, unseen } from "./dom.js";

/// Shows an error or a hint; `again` is what a button offers to do.
export function notify(message, { detail = "", again = null } = {}) {
  const close = element("button", { type: "button", className: "plain" }, icon("close"), unseen("Put this message away"));
  const words = element("p", {}, element("strong", {}, message), detail ? ` ${sentence(detail)}` : "");
  const notice = element("div", { className: "notice" }, words);
  if (again) {
    const button = element("button", { type: "button" }, "Try again");
    button.addEventListener("click", () => {
      clear();
      again();
    });
    notice.append(button);
  }
  notice.append(close);
  close.addEventListener("click", () => {
    notice.remove();
    byId("main").focus({ preventScroll: true });
  });
  byId("notices").replaceChildren(notice);
}

export function clear() {
  byId("notices").replaceChildren();
}

/// Tells what went wrong, unless it was only given up.
export function report(error, again = null) {
  if (error.name === "AbortError") return;
  notify(error.message, { detail: error.detail, again });
}

/// Says something to those who do not see the page change.
export function announce(text) {
  byId("status").textContent = text;
}

function sentence(text) {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}
