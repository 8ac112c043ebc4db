// The pictures that were found, in two groups.

import { byId, element, icon, unseen } from "./dom.js";
import { count, fileName, folder, percent, placeIn, probability } from "./format.js";
import { differentButton, setAside } from "./judging.js";
import { openLink } from "./opening.js";
import * as route from "./route.js";
import { showThumbnail } from "./thumbnails.js";

const GHOSTS = 6;

const SAME = {
  name: "same",
  title: "Same picture",
  meaning: "Proven by geometry: the same details lie in the same arrangement in both. The percentage is the probability that it is true.",
};
const CANDIDATE = {
  name: "candidate",
  title: "Came closest",
  meaning: "Not proven: these share some details with your picture, which may be chance. The percentage is the probability that it is the same.",
};
const ALIKE = {
  name: "similar",
  title: "Looks alike",
  meaning: "Similar in what it shows, as a neural network sees it. The percentage says how many pairs of pictures in your library are less alike.",
};
const NEAREST = {
  name: "similar",
  title: "Nearest in looks",
  meaning: "None stands out; these are the nearest in what they show, as a neural network sees it. The percentage says how many pairs of pictures in your library are less alike.",
};
const FITTING = {
  name: "similar",
  title: "Fits the words",
  meaning: "What it shows fits the words, as a neural network sees it. The percentage says how many pictures of your library fit less well.",
};

/// Shows hits. `mine` is the id or the hash of the query, if it has one. `offers` are called where the user wants more: `more`, `closest`, `nearest`, and
/// `why` with the hits and the number of the one that was chosen.
export function showResults({ hits, query, mine, full, closest, nearest }, offers) {
  const same = hits.filter((hit) => hit.kind === "same");
  const candidates = hits.filter((hit) => hit.kind === "candidate");
  const alike = hits.filter((hit) => hit.kind === "similar");
  const shown = [...same, ...candidates, ...alike];
  const cards = (group) => group.map((hit) => card(hit, query, mine, () => offers.why(shown, shown.indexOf(hit))));

  const sections = [];
  if (query.kind !== "text") {
    sections.push(section(SAME, cards(same), [
      "No picture here is proven to be the same.",
      closest ? null : offer("Show what came closest", offers.closest),
    ]));
    if (closest) {
      sections.push(section(CANDIDATE, cards(candidates), ["No picture shares details with yours."]));
    }
  }
  const looks = nearest ? NEAREST : ALIKE;
  sections.push(section(query.kind === "text" ? FITTING : looks, cards(alike), [
    query.kind === "text" ? "No picture here fits these words." : "No picture here is alike enough to stand out.",
    nearest || query.kind === "text" ? null : offer("Show the nearest all the same", offers.nearest),
  ]));
  const more = full ? element("p", { className: "more" }, offer("Show more", offers.more)) : "";
  byId("results").replaceChildren(...sections, more);
}

/// What is said about hits to those who do not see them.
export function summary(hits, query) {
  const number = (kind) => hits.filter((hit) => hit.kind === kind).length;
  if (query.kind === "text") return `${count(number("similar"), "picture fits", "pictures fit")} the words.`;
  const same = count(number("same"), "picture is the same", "pictures are the same");
  const alike = count(number("similar"), "looks alike", "look alike");
  const candidates = number("candidate");
  return `${same}, ${alike}.${candidates ? ` ${count(candidates, "candidate", "candidates")} without a proof.` : ""}`;
}

/// Shows that an answer is on its way.
export function showWaiting(query) {
  const kinds = query.kind === "text" ? [FITTING] : [SAME, ALIKE];
  const ghosts = () => Array.from({ length: GHOSTS }, () => element("li", { className: "card ghost", aria: { hidden: "true" } }));
  byId("results").replaceChildren(...kinds.map((kind) => section(kind, ghosts(), [], true)));
}

function section(kind, cards, nothing, waiting = false) {
  const id = `group-${kind.name}`;
  const number = waiting ? "" : element("span", { className: "number" }, String(cards.length));
  const title = element("h2", { id }, kind.title, " ", number);
  const content = cards.length > 0
    ? element("ul", { className: "grid", role: "list" }, ...cards)
    : element("div", { className: "empty" }, element("p", {}, nothing[0]), nothing[1]);
  return element(
    "section",
    { className: `group ${kind.name}`, aria: { labelledby: id } },
    title,
    element("p", { className: "meaning" }, kind.meaning),
    content,
  );
}

function offer(text, act) {
  const button = element("button", { type: "button" }, text);
  button.addEventListener("click", act);
  return button;
}

function card(hit, query, mine, why) {
  const name = fileName(hit.path) + placeIn(hit.place);
  const img = element("img", { alt: "" });
  showThumbnail(img, hit.picture);
  const picture = element(
    "button",
    { type: "button", className: "card-picture", aria: { label: label(hit, query) } },
    img,
    element("span", { className: "pill" }, pill(hit, query)),
  );
  picture.addEventListener("click", why);
  const place = folder(hit.path);
  const item = element(
    "li",
    { className: `card ${hit.kind}` },
    picture,
    element(
      "div",
      { className: "card-text" },
      element("p", { className: "card-name", title: hit.path }, name),
      place ? element("p", { className: "card-folder", title: place }, place) : null,
      score(hit),
    ),
    element(
      "div",
      { className: "card-actions" },
      element(
        "a",
        { className: "button", href: route.addressOf({ kind: "picture", id: hit.picture }), title: "Search from this picture", data: { route: "" } },
        icon("search"), element("span", { className: "act" }, "Search"), unseen(` from ${hit.path}${placeIn(hit.place)}`),
      ),
      openLink(
        hit.picture,
        { className: "button", title: "Open the file" },
        icon("open"), element("span", { className: "act" }, "Open"), unseen(` ${hit.path} in a new tab`),
      ),
      hit.kind === "same" ? differentButton(mine, hit.picture, name, (takeBack) => setAside(item, name, takeBack)) : null,
    ),
  );
  return item;
}

const WHY = { copy: "Why", scene: "Same scene", part: "A part" };

function pill(hit, query) {
  if (query.kind === "text") return "Look";
  return hit.kind === "same" ? WHY[hit.relation] : "Compare";
}

function label({ kind, path, place }, query) {
  const name = path + placeIn(place);
  if (query.kind === "text") return `Look at ${name}`;
  return kind === "same" ? `Why ${name} is the same picture` : `Compare ${name} with your picture`;
}

function score(hit) {
  const alike = hit.kind === "similar";
  const share = element("span", { className: "share" }, alike ? percent(hit.percentile) : probability(hit.score));
  if (alike) return element("p", { className: "card-score" }, share);
  if (hit.judged) return element("p", { className: "card-score" }, element("span", { className: "fact" }, "said to be the same"));
  const agrees = hit.whole ? "the whole picture agrees" : count(hit.inliers, "detail agrees", "details agree");
  const fact = `${agrees}${hit.mirrored ? ", mirrored" : ""}`;
  return element("p", { className: "card-score" }, share, " ", element("span", { className: "fact" }, fact));
}
