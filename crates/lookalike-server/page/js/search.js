// One search after the other: asks the server, and shows what it found.

import { byId } from "./dom.js";
import * as notices from "./notices.js";
import { showResults, showWaiting, summary } from "./results.js";
import * as route from "./route.js";
import * as server from "./server.js";
import * as why from "./why.js";

const TOP = 40;
const MORE = 3;
// The server gives no more.
const MOST = 1000;

let searching = new AbortController();

/// Gives up the search that is under way.
export const stop = () => searching.abort();

/// Searches, and shows what is found. `wanted` says what beyond the usual the user asked for.
export async function search(asked, wanted = { top: TOP, closest: false, nearest: false }) {
  stop();
  searching = new AbortController();
  const { signal } = searching;
  const results = byId("results");
  const first = wanted.top === TOP && !wanted.closest && !wanted.nearest;
  results.setAttribute("aria-busy", "true");
  if (first && results.dataset.of !== pictureKey(asked)) showWaiting(asked);
  results.dataset.of = pictureKey(asked);
  try {
    const answers = await Promise.all(calls(asked, wanted, signal));
    const found = answers.map((answer) => answer.hits);
    const hits = merged(found, wanted);
    const full = wanted.top < MOST && found.some((some) => some.length >= wanted.top);
    const again = (more) => () => search(asked, { ...wanted, ...more });
    // Of a part of a picture nothing can be said.
    const mine = asked.region ? null : (asked.id ?? answers[0].query_hash ?? null);
    showResults({ hits, query: asked, full, mine, ...wanted }, {
      more: again({ top: Math.min(wanted.top * MORE, MOST) }),
      closest: again({ closest: true }),
      nearest: again({ nearest: true }),
      why: (shown, number) => why.open(asked, shown, number),
    });
    notices.clear();
    notices.announce(summary(hits, asked));
    if (!first) focusResults(wanted);
  } catch (error) {
    if (error.name === "AbortError") return;
    results.replaceChildren();
    delete results.dataset.of;
    // Where the server said no, it would say so again.
    const refused = error.status >= 400 && error.status < 500;
    notices.report(error, refused ? null : () => search(asked, wanted));
  } finally {
    if (!signal.aborted) results.removeAttribute("aria-busy");
  }
}

const pictureKey = (asked) => route.addressOf({ ...asked, region: null });

function calls(asked, { top, closest, nearest }, signal) {
  if (asked.kind === "text") return [server.search(asked, { by: "similar", top, signal })];
  const kinds = ["all", ...(closest ? ["same"] : []), ...(nearest ? ["similar"] : [])];
  return kinds.map((by) => server.search(asked, { by, top, signal }));
}

/// Each file once, by the strongest reason: proven before alike.
function merged(answers, { closest }) {
  const seen = new Set();
  const hits = [];
  for (const kind of ["same", "similar", "candidate"]) {
    for (const hit of answers.flat()) {
      const key = `${kind === "candidate"} ${hit.path}`;
      if (hit.kind !== kind || seen.has(key) || (kind === "candidate" && !closest)) continue;
      seen.add(key);
      hits.push(hit);
    }
  }
  return hits;
}

/// The button that was pressed is gone: the focus goes to what it brought.
function focusResults({ closest, nearest }) {
  const group = closest && !nearest ? ".candidate" : ".similar";
  byId("results").querySelector(`${group} .card-picture`)?.focus({ preventScroll: true });
}
