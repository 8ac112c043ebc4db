// Ways for a picture to come in: dropped, pasted, chosen.

import { byId } from "./dom.js";
import { notify } from "./notices.js";

/// Calls `onFile` with each file that comes in.
export function listen(onFile) {
  const input = byId("file");
  for (const button of document.querySelectorAll("[data-pick]")) {
    button.addEventListener("click", () => input.click());
  }
  input.addEventListener("change", () => {
    const [file] = input.files;
    if (file) onFile(file);
    input.value = ""; // So that the same file can be chosen again.
  });

  byId("drop").addEventListener("click", (event) => {
    if (!event.target.closest("button")) input.click();
  });

  document.addEventListener("paste", (event) => {
    const file = pictureIn(event.clipboardData);
    if (file) {
      event.preventDefault();
      onFile(file);
    } else if (!event.target.closest?.("input")) {
      notify("The clipboard holds no picture.");
    }
  });

  listenToDrops(onFile);
}

function listenToDrops(onFile) {
  const overlay = byId("overlay");
  // Entering a child leaves its parent, so it is counted.
  let depth = 0;
  // What is dragged from the page itself is for other programs.
  let own = false;
  const show = (visible) => {
    overlay.hidden = !visible;
    byId("drop").classList.toggle("over", visible);
  };
  const carries = ({ dataTransfer }) =>
    !own && (dataTransfer?.types.includes("Files") || dataTransfer?.types.includes("text/uri-list"));

  document.addEventListener("dragstart", () => (own = true));
  document.addEventListener("dragend", () => (own = false));

  document.addEventListener("dragenter", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    depth += 1;
    show(true);
  });
  document.addEventListener("dragleave", () => {
    depth = Math.max(0, depth - 1);
    if (depth === 0) show(false);
  });
  document.addEventListener("dragover", (event) => {
    if (!carries(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
  });
  document.addEventListener("drop", (event) => {
    depth = 0;
    show(false);
    if (!carries(event)) return;
    event.preventDefault();
    const file = pictureIn(event.dataTransfer);
    if (file) onFile(file);
    else notify("Only the address of a picture was dropped, not the picture.", { detail: "Copy the picture and paste it here, or save it and drop the file" });
  });
}

/// The first file, preferring one that says it is a picture.
function pictureIn(transfer) {
  const files = [...(transfer?.files ?? [])];
  return files.find((file) => file.type.startsWith("image/")) ?? files[0] ?? null;
}
