// Thumbnails. With a token, an <img> cannot ask for itself: it gets a blob when it comes into view.

import { hasToken } from "./api.js";
import * as server from "./server.js";

const SMALL = 288;
const LARGE = 576;
const wanted = new WeakMap();

const watcher = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      watcher.unobserve(target);
      fetchInto(target, wanted.get(target));
    }
  },
  { rootMargin: "300px" },
);

/// Shows the thumbnail of a stored picture in an <img>.
export function showThumbnail(img, id) {
  img.addEventListener("error", () => img.classList.add("broken"), { once: true });
  img.decoding = "async";
  if (hasToken()) {
    wanted.set(img, id);
    watcher.observe(img);
    return;
  }
  img.loading = "lazy";
  img.srcset = `${server.thumbnailAddress(id, LARGE)} 2x`;
  img.src = server.thumbnailAddress(id, SMALL);
}

async function fetchInto(img, id) {
  try {
    const size = devicePixelRatio > 1.3 ? LARGE : SMALL;
    const response = await server.thumbnail(id, size);
    showBlob(img, await response.blob());
  } catch {
    img.classList.add("broken"); // The name below it still says what it is.
  }
}

/// Shows a blob in an <img>, and lets go of it once it is decoded.
export function showBlob(img, blob) {
  const url = URL.createObjectURL(blob);
  const release = () => URL.revokeObjectURL(url);
  img.addEventListener("load", release, { once: true });
  img.addEventListener("error", release, { once: true });
  img.src = url;
}

/// The address of a large thumbnail that lives until `signal` aborts.
export async function largeThumbnail(id, signal) {
  if (!hasToken()) return server.thumbnailAddress(id, 1024);
  const response = await server.thumbnail(id, 1024, signal);
  return blobAddress(await response.blob(), signal);
}

/// An address of a blob that lives until `signal` aborts.
export function blobAddress(blob, signal) {
  const url = URL.createObjectURL(blob);
  signal.addEventListener("abort", () => URL.revokeObjectURL(url), { once: true });
  return url;
}
