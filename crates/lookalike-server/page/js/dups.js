// What is there more than once, group by group, and which file to keep.

import { byId, element, icon, unseen } from "./dom.js";
import { bytes, count, fileName, folder, placeIn, probability } from "./format.js";
import { differentButton, setAside } from "./judging.js";
import { announce, report } from "./notices.js";
import { openLink } from "./opening.js";
import * as route from "./route.js";
import * as server from "./server.js";
import { showThumbnail } from "./thumbnails.js";

// Of many groups so many are laid out at a time, as they come into view.
const PORTION = 40;

let loading = new AbortController();
let rest = [];

const more = new IntersectionObserver(([entry]) => entry.isIntersecting && layOut(), { rootMargin: "1200px" });

/// Gives up what is under way.
export const stop = () => loading.abort();

/// Compares all pictures, and shows the groups.
export async function show() {
  stop();
  loading = new AbortController();
  const { signal } = loading;
  const list = byId("dups-list");
  const note = byId("dups-note");
  list.setAttribute("aria-busy", "true");
  list.replaceChildren();
  rest = [];
  note.textContent = "All pictures are being compared with each other. Of many this takes minutes.";
  try {
    const groups = await server.dups("same", signal);
    rest = groups;
    note.textContent = summary(groups);
    announce(note.textContent);
    layOut();
  } catch (error) {
    if (error.name === "AbortError") return;
    note.textContent = "";
    report(error, show);
  } finally {
    if (!signal.aborted) list.removeAttribute("aria-busy");
  }
}

function summary(groups) {
  if (groups.length === 0) return "Nothing is there twice.";
  const redundant = groups.flatMap((group) => group.files).filter((file) => file.fate === "redundant");
  const size = redundant.reduce((sum, file) => sum + file.bytes, 0);
  const spare = redundant.length > 0 ? ` ${count(redundant.length, "file is", "files are")} redundant, ${bytes(size)}.` : "";
  return `${count(groups.length, "group", "groups")}.${spare}`;
}

function layOut() {
  const list = byId("dups-list");
  more.disconnect();
  list.append(...rest.splice(0, PORTION).map(section));
  if (rest.length > 0) more.observe(list.lastElementChild);
}

function section(group) {
  const keep = group.paths.indexOf(group.keep);
  const order = [keep, ...group.files.keys()].filter((at, i, all) => all.indexOf(at) === i);
  const kept = group.files[keep];
  const id = `dups-${group.group}`;
  const how = group.kind === "exact" ? "every byte is equal" : probability(group.score);
  return element(
    "section",
    { className: "group dups-group", tabIndex: -1, aria: { labelledby: id } },
    element("h2", { id }, count(group.files.length, "file", "files"), " ", element("span", { className: "number" }, how)),
    element("ul", { className: "grid", role: "list" }, ...order.map((at) => card(group, group.files[at], kept, group.places?.[at]))),
  );
}

const FATES = { keep: "Keep", stays: "Stays", redundant: "Redundant" };

function card(group, file, kept, place) {
  const name = fileName(file.path) + placeIn(place);
  const img = element("img", { alt: "" });
  showThumbnail(img, file.picture);
  const why = file.fate === "keep" ? group.why : file.stays;
  const size = file.width && file.height ? `${file.width} × ${file.height}, ` : "";
  const where = folder(file.path);
  const item = element(
    "li",
    { className: `card ${file.fate}` },
    element(
      "a",
      { className: "card-picture", href: route.addressOf({ kind: "picture", id: file.picture }), data: { route: "" } },
      img,
      element("span", { className: "pill" }, FATES[file.fate]),
      unseen(` Search from ${file.path}`),
    ),
    element(
      "div",
      { className: "card-text" },
      element("p", { className: "card-name", title: file.path }, name),
      where ? element("p", { className: "card-folder", title: where }, where) : null,
      element("p", { className: "fact" }, `${size}${bytes(file.bytes)}`),
      why ? element("p", { className: "fact" }, why) : null,
    ),
  );
  const different = file.hash === kept.hash ? null : differentButton(
    kept.picture, file.picture, name, (takeBack) => setAside(item, name, takeBack),
  );
  const open = openLink(
    file.picture,
    { className: "button", title: "Open the file" },
    icon("open"), unseen(` Open ${file.path} in a new tab`),
  );
  item.append(element("div", { className: "card-actions" }, different, open));
  return item;
}

/// J and K lead from group to group.
export function listen() {
  document.addEventListener("keydown", (event) => {
    const step = { j: 1, k: -1 }[event.key];
    const isTyped = event.target.closest?.("input, textarea, dialog");
    if (byId("dups").hidden || step === undefined || isTyped || event.ctrlKey || event.metaKey || event.altKey) return;
    const groups = [...document.querySelectorAll(".dups-group")];
    const at = groups.findIndex((group) => group.contains(document.activeElement));
    const next = groups[at < 0 ? 0 : at + step];
    if (!next) return;
    event.preventDefault();
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "start" });
  });
}
