// Asks for the token of the library.

import { byId } from "./dom.js";

/// A token, or null where the user has none. `wrong`: the last one was refused.
export function askForToken(wrong) {
  const dialog = byId("token");
  const input = byId("token-value");
  const error = byId("token-error");
  error.textContent = wrong ? "The server does not accept this token." : "";
  input.setAttribute("aria-invalid", String(wrong));
  input.value = "";
  if (!dialog.open) dialog.showModal();
  input.focus();
  return new Promise((resolve) => {
    const done = (value) => {
      listening.abort();
      dialog.close();
      resolve(value);
    };
    const listening = new AbortController();
    const { signal } = listening;
    byId("token-form").addEventListener(
      "submit",
      (event) => {
        event.preventDefault();
        const value = input.value.trim();
        // A header holds nothing else.
        if (/^[\x21-\x7e]+$/.test(value)) done(value);
        else error.textContent = "A token has no spaces, and no letters beyond ASCII.";
      },
      { signal },
    );
    byId("token-cancel").addEventListener("click", () => done(null), { signal });
    dialog.addEventListener("close", () => done(null), { signal });
  });
}
