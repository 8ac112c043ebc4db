// The page of `lookalike serve`: what is asked for stands in the address (route.js), and each change
// of it shows the start or a search.

import { hasToken, onUnauthorized } from "./api.js";
import { byId } from "./dom.js";
import * as dups from "./dups.js";
import { count, fileName, placeIn } from "./format.js";
import * as intake from "./intake.js";
import { allow } from "./judging.js";
import { createLibrary, createProgress } from "./library.js";
import * as notices from "./notices.js";
import { createPart } from "./part.js";
import { follow } from "./progress.js";
import * as route from "./route.js";
import { search, stop } from "./search.js";
import * as server from "./server.js";
import { showBlob } from "./thumbnails.js";
import { askForToken } from "./token.js";
import * as why from "./why.js";

// Keys change the part step by step; only where they come to rest it is searched.
const REST = 500;
const TITLE = "lookalike";
const TITLES = { start: "start-title", dups: "dups-title" };

let query = null;
let resting = null;

const library = createLibrary();
const part = createPart((region, how) => {
  clearTimeout(resting);
  const next = { ...query, region };
  if (how === "keys") {
    route.replace(next);
    resting = setTimeout(() => search(next), REST);
    query = next;
    showPart(next);
  } else {
    go(next, { keepFocus: true });
  }
});

/// Shows what the address asks for. Where the page changed as a whole, the focus goes to its title.
function show(next, { keepFocus = false } = {}) {
  const before = query;
  query = next;
  clearTimeout(resting);
  why.close();
  notices.clear();
  const { kind } = next;
  byId("start").hidden = kind !== "start";
  byId("dups").hidden = kind !== "dups";
  byId("found").hidden = kind === "start" || kind === "dups";
  if (kind === "dups") byId("to-dups").setAttribute("aria-current", "page");
  else byId("to-dups").removeAttribute("aria-current");
  byId("words-text").value = next.kind === "text" ? next.text : "";
  if (kind !== "dups") dups.stop();
  if (kind === "dups") {
    stop();
    document.title = `Duplicates · ${TITLE}`;
    dups.show();
  } else if (kind === "start") {
    stop();
    document.title = TITLE;
    if (library.isEmpty()) library.load();
    if (next.lost) notices.notify("The picture of this search is no longer here.", { detail: "Drop it again" });
  } else {
    const isNew = !before || ["start", "dups"].includes(before.kind) || !route.samePicture(before, next);
    if (isNew) showQuery(next);
    showPart(next);
    search(next);
  }
  if (before && !keepFocus) byId(TITLES[kind] ?? "query-title").focus({ preventScroll: true });
}

function go(next, options) {
  if (query && route.same(query, next)) return;
  route.push(next);
  show(next, options);
  if (!options?.keepFocus) window.scrollTo(0, 0);
}

/// The picture or the words on the left.
async function showQuery({ kind, id, text, file }) {
  const img = byId("query-picture");
  const frame = byId("frame");
  const name = byId("query-name");
  const isPicture = kind !== "text";
  frame.hidden = !isPicture;
  byId("found").classList.toggle("in-words", !isPicture);
  byId("query-title").textContent = isPicture ? "Your picture" : `“${text}”`;
  name.textContent = kind === "upload" ? file.name : "";
  document.title = `${text ?? file?.name ?? "picture"} · ${TITLE}`;
  img.removeAttribute("src");
  if (!isPicture) return;

  img.alt = "The picture that is searched for";
  frame.classList.remove("blank");
  byId("frame-note").hidden = true;
  if (kind === "upload") {
    showBlob(img, file);
    return;
  }
  showStored(img, id);
  try {
    const { files, place } = await server.picture(id);
    if (query.kind !== "picture" || query.id !== id || files.length === 0) return;
    name.textContent = files[0].path + placeIn(place);
    document.title = `${fileName(files[0].path)} · ${TITLE}`;
  } catch {
    // The search of it tells what is wrong.
  }
}

async function showStored(img, id) {
  if (!hasToken()) {
    img.src = server.thumbnailAddress(id, 1024);
    return;
  }
  try {
    const blob = await (await server.thumbnail(id, 1024)).blob();
    if (query.kind === "picture" && query.id === id) showBlob(img, blob);
  } catch {
    // As above.
  }
}

function showPart({ kind, region }) {
  if (kind !== "text") part.show(region);
  byId("part-hint").hidden = kind === "text" || region !== null;
}

function listen() {
  onUnauthorized(askForToken);
  intake.listen((file) => go(route.upload(file)));
  why.listen();
  dups.listen();
  byId("words").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = byId("words-text").value.trim();
    if (text) go({ kind: "text", text });
  });
  byId("query-picture").addEventListener("error", () => {
    byId("frame").classList.add("blank");
    byId("frame-note").hidden = false;
    byId("frame-note").textContent = "This browser cannot show it.";
  });
  window.addEventListener("popstate", () => show(route.current()));
  // Links within the page need no new page; with Ctrl or the middle button they get one.
  document.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[data-route]");
    if (!link || event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    go(route.of(link.href));
  });
}

async function start() {
  listen();
  show(route.current());
  try {
    const status = await server.status();
    allow(!status.read_only);
    byId("words").hidden = !status.model?.reads_words;
    byId("library-count").textContent = count(status.pictures, "picture", "pictures");
  } catch (error) {
    notices.report(error, () => location.reload());
    return;
  }
  const showProgress = createProgress();
  const onProgress = (progress) => {
    const news = showProgress(progress);
    // While it reads, the server counts what it has read, and only at the end what there is.
    const there = Math.max(progress.pictures, progress.read);
    if (query.kind === "start") library.update(there, news);
  };
  follow(onProgress, new AbortController().signal);
}

start();
