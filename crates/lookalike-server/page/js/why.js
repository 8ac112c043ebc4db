// The dialog that shows why a picture was found: both side by side, or one laid over the other.

import { byId, element, icon } from "./dom.js";
import { draw, largestError, layOver } from "./drawing.js";
import { count, fileName, list, motion, percent, placeIn, probability } from "./format.js";
import { announce } from "./notices.js";
import { download, openLink } from "./opening.js";
import * as route from "./route.js";
import * as server from "./server.js";
import { blobAddress, largeThumbnail } from "./thumbnails.js";

// As the server has it for what it calls alike without being asked for more.
const STANDS_OUT = 0.98;

const dialog = byId("why");
let shown = null;
let opener = null;

export function listen() {
  byId("why-close").addEventListener("click", () => dialog.close());
  byId("why-back").addEventListener("click", () => walk(-1));
  byId("why-next").addEventListener("click", () => walk(1));
  // A press beside the dialog closes it, as one expects.
  dialog.addEventListener("pointerdown", (event) => {
    if (event.target === dialog) dialog.close();
  });
  dialog.addEventListener("keydown", (event) => {
    if (event.target.matches("input")) return;
    if (event.key === "ArrowLeft") walk(-1);
    if (event.key === "ArrowRight") walk(1);
  });
  dialog.addEventListener("close", () => {
    // The event comes later than the closing, and what was opened since stays.
    if (dialog.open) return;
    shown?.stop.abort();
    shown = null;
    byId("why-body").replaceChildren();
    if (opener?.isConnected) opener.focus();
    opener = null;
  });
}

/// Shows the hit with this number; the arrows lead to the others.
export function open(query, hits, number) {
  opener = document.activeElement;
  show(query, hits, number);
  if (!dialog.open) dialog.showModal();
  byId("why-title").focus();
}

export function close() {
  opener = null;
  if (dialog.open) dialog.close();
}

function walk(step) {
  const number = shown.number + step;
  if (!shown.hits[number]) return;
  show(shown.query, shown.hits, number);
  announce(byId("why-title").textContent);
}

async function show(query, hits, number) {
  shown?.stop.abort();
  const stop = new AbortController();
  shown = { query, hits, number, stop };
  const hit = hits[number];
  const name = fileName(hit.path) + placeIn(hit.place);
  byId("why-title").textContent = name;
  byId("why-title").title = hit.path;
  // A button that has the focus keeps it, so it is not disabled outright.
  byId("why-back").setAttribute("aria-disabled", String(number === 0));
  byId("why-next").setAttribute("aria-disabled", String(number === hits.length - 1));
  footer(query, hit, name, stop.signal);

  const body = byId("why-body");
  body.setAttribute("aria-busy", "true");
  body.replaceChildren(element("p", { className: "waiting" }, "Comparing"));
  try {
    const content = query.kind === "text"
      ? await onlyPicture(hit, name, stop.signal)
      : await comparison(query, hit, name, stop.signal);
    if (stop.signal.aborted) return;
    body.replaceChildren(...content.nodes);
    content.ready?.();
  } catch (error) {
    if (error.name === "AbortError" || stop.signal.aborted) return;
    const words = [element("strong", {}, error.message), error.detail ? ` ${error.detail}` : ""];
    body.replaceChildren(element("p", { className: "wrong", role: "alert" }, ...words));
  } finally {
    if (!stop.signal.aborted) body.removeAttribute("aria-busy");
  }
}

async function onlyPicture(hit, name, signal) {
  const img = element("img", { className: "only", src: await largeThumbnail(hit.picture, signal), alt: name });
  const text = `Fits the words better than ${percent(hit.percentile)} of the pictures in your library.`;
  return { nodes: [element("figure", {}, img, element("figcaption", { id: "why-caption" }, element("p", {}, text)))] };
}

async function comparison(query, hit, name, signal) {
  const [explanation, mine, found] = await Promise.all([
    server.explain(query, hit.picture, signal),
    pictureOf(query, signal),
    largeThumbnail(hit.picture, signal),
  ]);
  const caption = element("figcaption", { id: "why-caption" }, ...verdict(explanation, hit, name));
  if (mine === null) {
    // The browser cannot show the query; the server can draw it.
    const blob = await (await server.drawing(query, hit.picture, signal)).blob();
    const img = element("img", { className: "only", src: blobAddress(blob, signal) });
    img.setAttribute("aria-labelledby", "why-caption");
    return { nodes: [element("figure", {}, img, caption, numbers(explanation))] };
  }
  const stage = element("div", { className: "stage" });
  const view = { over: false, lines: true, blend: 50 };
  const paint = () => {
    const width = Math.floor(stage.clientWidth);
    if (width === 0) return;
    const height = Math.max(220, Math.floor(window.innerHeight * (width < 620 ? 0.52 : 0.56)));
    stage.replaceChildren(
      view.over
        ? laidOver(explanation, [mine, found], query.region, { width, height, blend: view.blend })
        : draw(explanation, [mine, found], query.region, { width, height, lines: view.lines }),
    );
  };
  const watcher = new ResizeObserver(paint);
  signal.addEventListener("abort", () => watcher.disconnect(), { once: true });
  const tools = controls(explanation, view, paint, stage);
  const nodes = [element("figure", {}, stage, tools, caption, numbers(explanation))];
  return { nodes, ready: () => watcher.observe(stage) };
}

/// An address of the query's picture, or null where the browser cannot show it.
async function pictureOf(query, signal) {
  if (query.kind === "picture") return largeThumbnail(query.id, signal);
  const url = blobAddress(query.file, signal);
  const img = new Image();
  img.src = url;
  try {
    await img.decode();
    return url;
  } catch {
    return null;
  }
}

/// What was found out, in words.
function verdict(explanation, hit, name) {
  const same = explanation.verdict === "same";
  const badge = element("span", { className: same ? "badge same" : "badge" }, same ? "Same picture" : "Not proven the same");
  const lines = [element("p", { className: "verdict" }, badge, " ")];
  if (same) {
    lines[0].append(`Probability ${probability(explanation.score)}. ${capital(explanation.reason)}.`);
    const seen = `${percent(explanation.query_overlap)} of your picture is seen in ${name}, and makes up ${percent(explanation.found_overlap)} of it`;
    const moved = explanation.transform ? motion(explanation.transform, explanation.mirrored) : [];
    const how = moved.length ? `; there it is ${list(moved)}` : "";
    lines.push(element("p", {}, `${seen}${how}.`));
  } else {
    lines[0].append(`${capital(explanation.reason)}.`);
    if (hit.kind === "similar") {
      const lead = hit.percentile >= STANDS_OUT ? "They look alike, though" : "As to what they show";
      lines.push(element("p", {}, `${lead}: ${percent(hit.percentile)} of the pairs of pictures in your library are less alike.`));
    }
  }
  return lines;
}

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

/// Side by side or laid over each other, and what belongs to each.
function controls(explanation, view, paint, stage) {
  const tools = element("div", { className: "tools" });
  const same = explanation.verdict === "same" && explanation.transform !== null;
  const legend = same ? errorLegend(explanation) : "";
  const lines = element("input", { type: "checkbox", checked: true });
  lines.addEventListener("change", () => {
    view.lines = lines.checked;
    paint();
  });
  const linesLabel = element("label", { className: "check" }, lines, " Lines");
  const blend = element("input", { type: "range", min: 0, max: 100, value: view.blend });
  blend.setAttribute("aria-valuetext", blendText(view.blend));
  blend.addEventListener("input", () => {
    view.blend = Number(blend.value);
    blend.setAttribute("aria-valuetext", blendText(view.blend));
    const over = stage.querySelector(".over-found");
    if (over) over.style.opacity = view.blend / 100;
  });
  const blendLabel = element("label", { className: "blend", hidden: true }, element("span", {}, "Yours"), blend, element("span", {}, "Found"));

  if (same) {
    const way = (over, text) => {
      const input = element("input", { type: "radio", name: "way", checked: !over });
      input.addEventListener("change", () => {
        view.over = over;
        blendLabel.hidden = !over;
        linesLabel.hidden = over;
        if (legend) legend.hidden = over;
        paint();
      });
      return element("label", {}, input, element("span", {}, text));
    };
    const ways = element("fieldset", { className: "ways" }, element("legend", { className: "unseen" }, "How to compare"));
    ways.append(way(false, "Side by side"), way(true, "Laid over"));
    tools.append(ways);
  }
  tools.append(linesLabel, blendLabel, legend);
  return tools;
}

const blendText = (blend) => `${blend} % found picture, ${100 - blend} % yours`;

function errorLegend(explanation) {
  const ramp = element("span", { className: "ramp", aria: { hidden: "true" } });
  const key = (name, text) => element("span", { className: `key ${name}` }, text);
  return element(
    "p",
    { className: "legend" },
    key("yours", "your picture"), key("theirs", "found picture"),
    element("span", {}, "error 0 ", ramp, ` ${largestError(explanation)} pixels`),
  );
}

function laidOver(explanation, [mine, found], region, { width, height, blend }) {
  const { query_size: [w, h], found_size: [foundWidth, foundHeight] } = explanation;
  const scale = Math.min(width / w, height / h);
  const place = { x: 0, y: 0, width: w * scale, height: h * scale };
  const [x, y, partWidth, partHeight] = region ?? [0, 0, 100, 100];
  const under = element("img", { src: mine, alt: "" });
  const whole = [(place.width / partWidth) * 100, (place.height / partHeight) * 100];
  Object.assign(under.style, {
    width: `${whole[0]}px`, height: `${whole[1]}px`,
    left: `${(-x / 100) * whole[0]}px`, top: `${(-y / 100) * whole[1]}px`,
  });
  const over = element("img", { src: found, alt: "", className: "over-found" });
  Object.assign(over.style, {
    width: `${foundWidth}px`, height: `${foundHeight}px`,
    transform: layOver(explanation, place), opacity: blend / 100,
  });
  const box = element("div", { className: "over", role: "img" }, under, over);
  box.setAttribute("aria-labelledby", "why-caption");
  Object.assign(box.style, { width: `${place.width}px`, height: `${place.height}px` });
  return box;
}

function numbers(explanation) {
  const rows = [
    ["Details in your picture", explanation.keypoints[0]],
    ["Details in the found picture", explanation.keypoints[1]],
    ["Matching details", explanation.matches],
    ["Matches that agree", explanation.inliers],
    ["Correlation of pixels", explanation.correlation?.toFixed(3) ?? "not measured"],
    ["Your picture", explanation.query_size.join(" × ")],
    ["Found picture", explanation.found_size.join(" × ")],
    ["Transform", explanation.transform?.map((value) => Number(value.toPrecision(4))).join(", ") ?? "none"],
  ];
  const table = element("table", {}, element("caption", { className: "unseen" }, "The comparison in numbers"));
  for (const [name, value] of rows) {
    const head = element("th", { scope: "row" }, name);
    table.append(element("tr", {}, head, element("td", {}, typeof value === "number" ? value.toLocaleString("en") : value)));
  }
  return element("details", { className: "numbers" }, element("summary", {}, "In numbers"), table);
}

function footer(query, hit, name, signal) {
  const from = element("a", { className: "button primary", href: route.addressOf({ kind: "picture", id: hit.picture }), data: { route: "" } }, icon("search"), "Search from it");
  const file = openLink(hit.picture, { className: "button" }, icon("open"), "Open the file");
  const actions = [from, file];
  if (query.kind !== "text") {
    const save = element("button", { type: "button" }, icon("save"), "Save the drawing");
    save.addEventListener("click", () => saveDrawing(query, hit, name, save, signal));
    actions.push(save);
  }
  byId("why-foot").replaceChildren(...actions, element("span", { className: "place" }, `${shown.number + 1} of ${count(shown.hits.length, "result", "results")}`));
}

async function saveDrawing(query, hit, name, button, signal) {
  button.disabled = true;
  try {
    const blob = await (await server.drawing(query, hit.picture, signal)).blob();
    download(blobAddress(blob, signal), `why-${name.replace(/\.[^.]*$/, "")}.png`);
  } catch (error) {
    if (error.name !== "AbortError") byId("why-body").append(element("p", { className: "wrong", role: "alert" }, error.message));
  } finally {
    button.disabled = false;
  }
}
