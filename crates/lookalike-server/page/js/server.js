// The calls that the page makes, by name.

import { address, call, json } from "./api.js";

export const status = (signal) => json("v1/status", { signal });

export const pictures = (after, limit, signal) => json("v1/pictures", { parameters: { after, limit }, signal });

export const picture = (id, signal) => json(`v1/pictures/${id}`, { signal });

export const thumbnailAddress = (id, size) => address(`v1/pictures/${id}/thumbnail`, { size });

export const thumbnail = (id, size, signal) =>
  call(`v1/pictures/${id}/thumbnail`, { parameters: { size }, accept: "image/*", signal });

export const fileAddress = (id) => address(`v1/pictures/${id}/file`);

export const file = (id) => call(`v1/pictures/${id}/file`, { accept: "*/*" });

/// The groups of files that show the same picture.
export async function dups(kind, signal) {
  return (await json("v1/dups", { parameters: { kind }, signal })).groups;
}

/// Says of two pictures, each an id or a hash, what they are: "different", "same", or "forget".
export const judge = (a, b, says) => call("v1/judgements", { method: "POST", parameters: { a, b, says } });

/// The hits of a query, see route.js, with the hash of a picture that was sent.
export async function search(query, { by, top, signal }) {
  const parameters = { by, top, region: regionText(query.region) };
  if (query.kind === "picture") {
    return json(`v1/pictures/${query.id}/search`, { parameters, signal });
  }
  const words = query.kind === "text" ? { text: query.text } : {};
  const options = { method: "POST", parameters: { ...parameters, ...words }, ...body(query), signal };
  return json("v1/search", options);
}

/// Why the query is, or is not, the same as a stored picture.
export const explain = (query, id, signal) => json(...explainCall(query, id, { signal }));

/// The same as a drawing.
export const drawing = (query, id, signal) => call(...explainCall(query, id, { signal, accept: "image/png" }));

function explainCall(query, id, options) {
  const parameters = { region: regionText(query.region) };
  if (query.kind === "picture") return [`v1/pictures/${query.id}/explain/${id}`, { parameters, ...options }];
  return [`v1/explain/${id}`, { method: "POST", parameters, ...body(query), ...options }];
}

function body({ kind, file: picture }) {
  if (kind !== "upload") return {};
  return { body: picture, headers: { "Content-Type": picture.type || "application/octet-stream" } };
}

const regionText = (region) => region && region.map((side) => `${side}%`).join(",");
