// The start: the library's pictures, to search from one of them; and how far it is.

import { byId, element } from "./dom.js";
import { count, fileName, placeIn } from "./format.js";
import { announce, notify, report } from "./notices.js";
import * as route from "./route.js";
import * as server from "./server.js";
import { showThumbnail } from "./thumbnails.js";

const PAGE = 60;
// While pictures are being read, the first of them are shown at this pace, in milliseconds.
const PACE = 5_000;

/// The grid of all pictures, a page at a time.
export function createLibrary() {
  const grid = byId("library-grid");
  const more = byId("library-more");
  const note = byId("library-note");
  let next = null;
  let loading = null;
  let loaded = 0;

  async function load(after) {
    loading?.abort();
    loading = new AbortController();
    loaded = Date.now();
    more.disabled = true;
    try {
      const answer = await server.pictures(after, PAGE, loading.signal);
      if (after === null) grid.replaceChildren();
      const first = grid.children.length;
      grid.append(...answer.pictures.map(card));
      next = answer.next ?? null;
      more.hidden = next === null;
      const empty = grid.children.length === 0;
      note.textContent = empty
        ? "No picture is in the library yet."
        : "Choose a picture to search from it.";
      // The button may be gone: those who pressed it go on with what it brought.
      if (after !== null) grid.children[first]?.querySelector("a").focus({ preventScroll: true });
    } catch (error) {
      report(error, () => load(after));
    } finally {
      more.disabled = false;
    }
  }

  more.addEventListener("click", () => load(next));
  const isEmpty = () => grid.children.length === 0;

  /// Shows what is new: at once where all is read, and meanwhile until the first page is full.
  function update(pictures, complete) {
    const growing = grid.children.length < Math.min(PAGE, pictures) && Date.now() - loaded > PACE;
    // Not under the hands of who is about to choose.
    if ((complete || growing) && !grid.contains(document.activeElement)) load(null);
  }

  return { load: () => load(null), isEmpty, update };
}

function card({ picture, place, files, width, height }) {
  const path = (files[0]?.path ?? `picture ${picture}`) + placeIn(place);
  const img = element("img", { alt: "", draggable: true });
  showThumbnail(img, picture);
  const size = width && height ? `, ${width} × ${height}` : "";
  const link = element(
    "a",
    { className: "card-picture", href: route.addressOf({ kind: "picture", id: picture }), title: `${path}${size}`, data: { route: "" } },
    img,
    element("span", { className: "card-name" }, fileName(path)),
  );
  return element("li", { className: "card" }, link);
}

/// Shows how far the library is. What it gives tells of each state whether reading has just ended.
export function createProgress() {
  const indexing = byId("indexing");
  const bar = byId("indexing-bar");
  const label = byId("indexing-text");
  const total = byId("library-count");
  let was = null;
  let told = null;

  return ({ state, to_read: toRead, read, failed, pictures, error = null }) => {
    const busy = state === "indexing";
    total.textContent = busy && pictures === 0 ? "" : count(pictures, "picture", "pictures");
    indexing.hidden = !busy;
    if (busy && toRead > 0) {
      bar.max = toRead;
      bar.value = read + failed;
      label.textContent = `Reading ${(read + failed).toLocaleString("en")} of ${toRead.toLocaleString("en")}`;
    } else {
      bar.removeAttribute("value"); // How much there is to do is not known yet.
      label.textContent = "Looking for new pictures";
    }
    if (busy && was !== "indexing") announce("New pictures are being read into the library.");
    const complete = !busy && was === "indexing";
    if (complete) announce(`The library is up to date: ${count(pictures, "picture", "pictures")}.`);
    if (error !== null && error !== told) notify("The library could not be brought up to date.", { detail: error });
    told = error;
    was = state;
  };
}
