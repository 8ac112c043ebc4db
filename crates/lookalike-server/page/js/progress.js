// Follows the server while it brings its library up to date.
//
// Events come over fetch, not EventSource, which cannot send the token.

import { call, pause } from "./api.js";

const STREAM = "text/event-stream";
const BUSY = 1_000;
const IDLE = 10_000;
const AFTER_FAILURE = 15_000;

/// Calls `onProgress` with each state of the library until `signal` aborts.
export async function follow(onProgress, signal) {
  while (!signal.aborted) {
    let wait = IDLE;
    try {
      const response = await call("v1/progress", { accept: `${STREAM}, application/json;q=0.5`, signal });
      if (response.headers.get("Content-Type")?.startsWith(STREAM)) {
        for await (const data of events(response.body)) onProgress(JSON.parse(data));
        wait = BUSY;
      } else {
        const progress = await response.json();
        onProgress(progress);
        if (progress.state === "indexing") wait = BUSY;
      }
    } catch (error) {
      // A search will say it aloud; the count in the corner is not worth a message. Without the
      // token there is nothing to follow, and asking for it again and again would be a nuisance.
      if (error.name === "AbortError" || error.status === 401) return;
      wait = AFTER_FAILURE;
    }
    try {
      await pause(wait, signal);
    } catch {
      return;
    }
  }
}

/// The data of each event in a stream of them.
async function* events(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  let data = [];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const lines = (rest + value).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop();
    for (const line of lines) {
      if (line.startsWith("data:")) data.push(line.slice(5).trimStart());
      if (line === "" && data.length > 0) {
        yield data.join("\n");
        data = [];
      }
    }
  }
}
