// Opening a picture's file in a tab of its own.

import { hasToken } from "./api.js";
import { element } from "./dom.js";
import { report } from "./notices.js";
import * as server from "./server.js";

/// A link to the file of a stored picture.
export function openLink(id, properties, ...children) {
  const link = element("a", { ...properties, href: server.fileAddress(id), target: "_blank", rel: "noopener" }, ...children);
  link.addEventListener("click", (event) => {
    if (!hasToken()) return;
    // A link sends no token: the file is fetched, and the tab shows what came.
    event.preventDefault();
    openBlob(id);
  });
  return link;
}

async function openBlob(id) {
  try {
    const response = await server.file(id);
    const url = URL.createObjectURL(await response.blob());
    // The server knows what browsers show as a picture; anything else could be a page that runs scripts as us.
    const isShown = response.headers.get("Content-Disposition")?.startsWith("inline");
    if (isShown) window.open(url, "_blank");
    else download(url, `picture-${id}`);
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  } catch (error) {
    report(error);
  }
}

/// Saves what an address holds under this name.
export function download(url, name) {
  const link = element("a", { href: url, download: name });
  document.body.append(link);
  link.click();
  link.remove();
}
