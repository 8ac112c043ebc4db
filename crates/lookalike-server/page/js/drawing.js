// Draws an explanation: both pictures, lines between the details that agree, coloured by their
// error, and the outline of each picture in the other.

import { shape } from "./dom.js";
import { after, apply, css, inverse, outline, toPlace } from "./geometry.js";

const GAP = 28;
// Below this width the pictures stand one above the other.
const NARROW = 620;
// Matches are spread over so many places along each side, one line for each.
const PLACES = 10;
// The largest error of a match that agrees, as a share of the larger side.
const TOLERANCE = 0.02;
// From no error to the largest.
const RAMP = [[62, 207, 112], [255, 205, 60], [255, 92, 60]];
const LOOSE_LINES = 40;

/// The largest error that a detail may have, in pixels of the found picture.
export const largestError = ({ found_size: size }) => Math.round(TOLERANCE * Math.max(...size));

/// An SVG of `width` CSS pixels and at most `height`. `pictures` are addresses; `region` is the part
/// of the first that was the query.
export function draw(explanation, pictures, region, { width, height, lines }) {
  const { query_size: querySize, found_size: foundSize, transform, pairs = [] } = explanation;
  const sizes = [querySize, foundSize];
  const layout = arrange(sizes, width, height);
  const places = layout.places;
  const svg = shape("svg", {
    class: "drawing", viewBox: `0 0 ${layout.width} ${layout.height}`,
    width: layout.width, height: layout.height, role: "img", "aria-labelledby": "why-caption",
  });
  svg.append(picture(places[0], pictures[0], region), picture(places[1], pictures[1], null));

  const ways = places.map((place, i) => toPlace(place, sizes[i]));
  const same = explanation.verdict === "same" && transform !== null;
  const back = same ? inverse(transform) : null;
  if (back) {
    // Where the query lies in the found picture, and the other way round.
    const seen = [outline(after(ways[0], back), foundSize), outline(after(ways[1], transform), querySize)];
    svg.append(...places.flatMap((place, i) => (seen[i] ? [shade(place, seen[i])] : [])));
    if (lines) svg.append(...agreeing(pairs, ways, explanation));
    svg.append(...places.map((place, i) => frame(place, i)));
    svg.append(...places.flatMap((place, i) => (seen[i] ? [outlineIn(place, seen[i], 1 - i, i)] : [])));
  } else {
    if (lines) svg.append(...loose(pairs, ways));
    svg.append(...places.map((place, i) => frame(place, i)));
  }
  return svg;
}

/// Both pictures as large as they fit, side by side or one above the other.
function arrange(sizes, width, height) {
  const stacked = width < NARROW;
  const cell = stacked ? [width, (height - GAP) / 2] : [(width - GAP) / 2, height];
  const fitted = sizes.map(([w, h]) => {
    const scale = Math.min(cell[0] / w, cell[1] / h);
    return [w * scale, h * scale];
  });
  const [first, second] = fitted;
  if (stacked) {
    const place = ([w, h], y) => ({ x: (width - w) / 2, y, width: w, height: h });
    return { width, height: first[1] + GAP + second[1], places: [place(first, 0), place(second, first[1] + GAP)] };
  }
  const tall = Math.max(first[1], second[1]);
  const left = (width - first[0] - GAP - second[0]) / 2;
  const place = ([w, h], x) => ({ x, y: (tall - h) / 2, width: w, height: h });
  return { width, height: tall, places: [place(first, left), place(second, left + first[0] + GAP)] };
}

function picture(place, href, region) {
  const [x, y, w, h] = region ?? [0, 0, 100, 100];
  const whole = { width: (place.width / w) * 100, height: (place.height / h) * 100 };
  const image = shape("image", {
    href, preserveAspectRatio: "none", ...whole,
    x: (-x / 100) * whole.width, y: (-y / 100) * whole.height,
  });
  // A nested SVG cuts off what lies outside of it.
  return shape("svg", { ...place, overflow: "hidden" }, image);
}

const points = (corners) => corners.map(([x, y]) => `${x.toFixed(2)},${y.toFixed(2)}`).join(" ");

/// Darkens what the other picture does not show.
function shade({ x, y, width, height }, corners) {
  const inner = `M${points(corners).replaceAll(" ", "L")}Z`;
  const clip = shape("svg", { x, y, width, height, viewBox: `${x} ${y} ${width} ${height}`, overflow: "hidden" });
  clip.append(shape("path", { class: "shade", "fill-rule": "evenodd", d: `M${x},${y}h${width}v${height}h${-width}Z${inner}` }));
  return clip;
}

const frame = (place, which) => shape("rect", { class: `frame-of-${which}`, ...place });

function outlineIn({ x, y, width, height }, corners, which, where) {
  const clip = shape("svg", { x, y, width, height, viewBox: `${x} ${y} ${width} ${height}`, overflow: "hidden" });
  clip.append(shape("polygon", { class: `outline-of-${which}`, points: points(corners), "data-where": where }));
  return clip;
}

/// A dot for each detail that agrees, and lines for some of them.
function agreeing(pairs, ways, explanation) {
  const agree = pairs.filter((pair) => pair.residual !== null);
  const largest = TOLERANCE * Math.max(...explanation.found_size);
  const ends = (pair) => [apply(ways[0], pair.query), apply(ways[1], pair.found)];
  const dots = shape("g", { class: "dots" });
  for (const pair of agree) {
    const fill = color(pair.residual / largest);
    for (const [cx, cy] of ends(pair)) dots.append(shape("circle", { cx: cx.toFixed(1), cy: cy.toFixed(1), r: 2.6, fill }));
  }
  const lines = shape("g", { class: "lines" });
  for (const pair of spread(agree, explanation.query_size)) {
    lines.append(line(ends(pair), color(pair.residual / largest)));
  }
  return [lines, dots];
}

/// Matches that agree on nothing, as faint lines.
function loose(pairs, ways) {
  const lines = shape("g", { class: "lines loose" });
  const step = Math.max(1, Math.ceil(pairs.length / LOOSE_LINES));
  for (let i = 0; i < pairs.length; i += step) {
    lines.append(line([apply(ways[0], pairs[i].query), apply(ways[1], pairs[i].found)], "currentColor"));
  }
  return [lines];
}

function line([[x1, y1], [x2, y2]], stroke) {
  const at = { x1, y1, x2, y2 };
  for (const key of Object.keys(at)) at[key] = at[key].toFixed(1);
  return shape("line", { ...at, stroke });
}

/// The best match of each place of the query.
function spread(pairs, [width, height]) {
  const best = new Map();
  for (const pair of pairs) {
    const cell = (value, side) => Math.min(PLACES - 1, Math.max(0, Math.floor((value / side) * PLACES)));
    const key = cell(pair.query[0], width) * PLACES + cell(pair.query[1], height);
    const known = best.get(key);
    if (!known || pair.residual < known.residual) best.set(key, pair);
  }
  return best.values();
}

function color(share) {
  const at = Math.min(Math.max(share, 0), 1) * (RAMP.length - 1);
  const low = Math.min(Math.floor(at), RAMP.length - 2);
  const mixed = RAMP[low].map((value, i) => Math.round(value + (RAMP[low + 1][i] - value) * (at - low)));
  return `rgb(${mixed.join(" ")})`;
}

/// The found picture laid over the query, as a transform of an element of its size in pixels.
export function layOver({ query_size: querySize, transform }, place) {
  const back = inverse(transform);
  // CSS counts from the corner of the first pixel, and homographies from its middle.
  const fromCorner = [1, 0, -0.5, 0, 1, -0.5, 0, 0, 1];
  return back && css(after(after(toPlace(place, querySize), back), fromCorner));
}
