// What is asked for, as the address of the page, so that back and forward work.
//
// A query is {kind: "start"}, {kind: "dups"}, {kind: "picture", id, region}, {kind: "text", text} or
// {kind: "upload", key, file, region}; a region is [left, top, width, height] in percent.

const KEPT = 30;
const uploads = new Map();

/// The query of a picture that was dropped, pasted or chosen.
export function upload(file) {
  const key = String(Date.now());
  uploads.set(key, file);
  // Only so many are kept, for each holds a whole file.
  if (uploads.size > KEPT) uploads.delete(uploads.keys().next().value);
  return { kind: "upload", key, file, region: null };
}

/// The query of the current address.
export const current = () => of(location.href);

/// The query of an address; `lost` where it was an upload that is no longer there.
export function of(address) {
  const parameters = new URL(address).searchParams;
  if (parameters.get("place") === "duplicates") return { kind: "dups" };
  const region = regionOf(parameters.get("region"));
  const id = parameters.get("picture");
  if (id !== null && /^\d{1,18}$/.test(id)) return { kind: "picture", id: Number(id), region };
  const text = parameters.get("text")?.trim();
  if (text) return { kind: "text", text };
  const key = parameters.get("upload");
  if (key === null) return { kind: "start" };
  const file = uploads.get(key);
  return file ? { kind: "upload", key, file, region } : { kind: "start", lost: true };
}

export function addressOf(query) {
  const parameters = new URLSearchParams();
  if (query.kind === "dups") parameters.set("place", "duplicates");
  if (query.kind === "picture") parameters.set("picture", query.id);
  if (query.kind === "text") parameters.set("text", query.text);
  if (query.kind === "upload") parameters.set("upload", query.key);
  if (query.region) parameters.set("region", query.region.join(","));
  const text = parameters.toString();
  return text ? `?${text}` : "./";
}

export const push = (query) => history.pushState(null, "", addressOf(query));

export const replace = (query) => history.replaceState(null, "", addressOf(query));

export const same = (a, b) => addressOf(a) === addressOf(b);

/// Whether only the part of the picture differs.
export const samePicture = (a, b) => same({ ...a, region: null }, { ...b, region: null });

function regionOf(text) {
  const sides = (text ?? "").split(",").map(Number);
  const fits = sides.length === 4 && sides.every((side) => side >= 0 && side <= 100);
  return fits && sides[2] > 0 && sides[3] > 0 ? sides : null;
}
