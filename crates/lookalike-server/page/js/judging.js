// "Not the same picture": what is said of two pictures is kept by the server, and can be taken back.

import { element, unseen } from "./dom.js";
import { announce, report } from "./notices.js";
import * as server from "./server.js";

/// Whether the server takes anything in; the buttons wait until that is known.
export const allow = (yes) => document.body.classList.toggle("may-judge", yes);

/// A button that says of two pictures, each an id or a hash, that they are different, and then calls `said`
/// with what takes it back. Null where one of them is not known.
export function differentButton(a, b, name, said) {
  if (a === null || a === undefined) return null;
  const button = element(
    "button",
    { type: "button", className: "button judge", title: "Not the same picture: do not tell me so again" },
    "Not the same", unseen(` picture: ${name}`),
  );
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await server.judge(a, b, "different");
      announce(`${name} is not told as the same again.`);
      said(() => server.judge(a, b, "forget"));
    } catch (error) {
      button.disabled = false;
      report(error);
    }
  });
  return button;
}

/// Puts a line in place of what a card shows, from which it can come back.
export function setAside(card, name, takeBack) {
  const shown = [...card.children];
  const undo = element("button", { type: "button", className: "button" }, "Undo", unseen(`: ${name} may be the same`));
  undo.addEventListener("click", async () => {
    undo.disabled = true;
    try {
      await takeBack();
      card.classList.remove("aside");
      card.replaceChildren(...shown);
      for (const button of card.querySelectorAll("button")) button.disabled = false;
      card.querySelector("button, a")?.focus({ preventScroll: true });
    } catch (error) {
      undo.disabled = false;
      report(error);
    }
  });
  card.classList.add("aside");
  card.replaceChildren(element("p", {}, element("strong", {}, name), " is not told as the same again."), undo);
  undo.focus({ preventScroll: true });
}
