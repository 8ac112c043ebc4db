// The rectangle that makes a part of the picture the query: by pointer, by keys, or in numbers.

import { byId } from "./dom.js";

const SMALLEST = 2;
const STEP = 2;
// A drag this short, in CSS pixels, was a click.
const CLICK = 6;

const round = (value) => Math.round(value * 10) / 10;
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);

/// Watches the rectangle on the query's picture. `onPart(region, how)` is called when the user has
/// chosen one, or null for the whole picture; `how` is "pointer", "keys" or "button".
export function createPart(onPart) {
  const frame = byId("frame");
  const box = byId("part");
  const start = byId("part-start");
  const clear = byId("part-clear");
  const fields = ["part-x", "part-y", "part-width", "part-height"].map(byId);
  let region = null;
  let drag = null;

  function show(value) {
    region = value;
    box.hidden = value === null;
    clear.hidden = value === null;
    start.hidden = value !== null;
    fields.forEach((field, i) => (field.value = value ? value[i] : [0, 0, 100, 100][i]));
    if (!value) return;
    const [x, y, width, height] = value.map((side) => `${side}%`);
    Object.assign(box.style, { left: x, top: y, width, height });
    box.setAttribute("aria-label", `Part of the picture: ${x} from the left, ${y} from the top, ${width} wide, ${height} high`);
  }

  function choose(value, how) {
    const before = region;
    show(value);
    if (String(before) !== String(value)) onPart(value, how);
  }

  /// Where a pointer is, in percent of the picture.
  function place({ clientX, clientY }) {
    const { left, top, width, height } = frame.getBoundingClientRect();
    return [clamp(((clientX - left) / width) * 100, 0, 100), clamp(((clientY - top) / height) * 100, 0, 100)];
  }

  frame.addEventListener("pointerdown", (event) => {
    if (event.button !== 0 || frame.classList.contains("blank")) return;
    const corner = event.target.dataset?.corner;
    const inside = event.target === box;
    const from = place(event);
    drag = { before: region, from, at: [event.clientX, event.clientY], moved: false };
    if (corner) drag.fixed = opposite(region, corner);
    else if (inside) drag.offset = [from[0] - region[0], from[1] - region[1]];
    else drag.fixed = from;
    frame.setPointerCapture(event.pointerId);
    // Else the press would drag the picture itself or select text; the box still gets the focus.
    event.preventDefault();
    if (corner || inside) box.focus({ preventScroll: true });
  });

  frame.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const [dx, dy] = [event.clientX - drag.at[0], event.clientY - drag.at[1]];
    drag.moved ||= Math.hypot(dx, dy) >= CLICK;
    if (!drag.moved) return;
    const to = place(event);
    show(drag.offset ? moved(drag.before, to[0] - drag.offset[0], to[1] - drag.offset[1]) : between(drag.fixed, to));
  });

  frame.addEventListener("pointerup", () => {
    if (!drag) return;
    const { before, moved: wasMoved, offset } = drag;
    const chosen = region;
    drag = null;
    show(before);
    if (wasMoved) choose(chosen, "pointer");
    else if (!offset && before) choose(null, "pointer"); // A click beside the part.
  });

  const giveUp = () => {
    if (!drag) return;
    const { before } = drag;
    drag = null;
    show(before);
  };
  frame.addEventListener("pointercancel", giveUp);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && drag) giveUp();
  });

  box.addEventListener("keydown", (event) => {
    if (event.key === "Delete" || event.key === "Backspace") {
      event.preventDefault();
      choose(null, "keys");
      start.focus();
      return;
    }
    const direction = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (!direction || !region) return;
    event.preventDefault();
    const [dx, dy] = direction.map((side) => side * STEP);
    choose(event.shiftKey ? resized(region, dx, dy) : moved(region, region[0] + dx, region[1] + dy), "keys");
  });

  start.addEventListener("click", () => {
    choose([25, 25, 50, 50], "button");
    box.focus();
  });
  clear.addEventListener("click", () => {
    choose(null, "button");
    start.focus();
  });
  for (const field of fields) {
    field.addEventListener("change", () => {
      const values = fields.map((each) => Number(each.value) || 0);
      const part = fitted(values);
      choose(isWhole(part) ? null : part, "keys");
    });
  }

  return { show };
}

const isWhole = (region) => region[2] >= 100 && region[3] >= 100;

function between([x0, y0], [x1, y1]) {
  const [left, top] = [Math.min(x0, x1), Math.min(y0, y1)];
  return fitted([left, top, Math.abs(x1 - x0), Math.abs(y1 - y0)]);
}

function moved([, , width, height], x, y) {
  return [round(clamp(x, 0, 100 - width)), round(clamp(y, 0, 100 - height)), width, height];
}

function resized([x, y, width, height], dx, dy) {
  return [x, y, round(clamp(width + dx, SMALLEST, 100 - x)), round(clamp(height + dy, SMALLEST, 100 - y))];
}

/// The nearest rectangle that lies in the picture and is not too small.
function fitted([x, y, width, height]) {
  const [left, top] = [clamp(x, 0, 100 - SMALLEST), clamp(y, 0, 100 - SMALLEST)];
  const sides = [left, top, clamp(width, SMALLEST, 100 - left), clamp(height, SMALLEST, 100 - top)];
  return sides.map(round);
}

function opposite([x, y, width, height], corner) {
  return [corner.endsWith("w") ? x + width : x, corner.startsWith("n") ? y + height : y];
}
