// Calls of the server: the token, waiting while it is busy, and its problems in plain words.

const TOKEN = "lookalike-token";
const TRIES = 4;
const LONGEST_WAIT = 10;

/// What went wrong, for people.
export class Problem extends Error {
  constructor(message, { status = 0, detail = "" } = {}) {
    super(message);
    this.status = status;
    this.detail = detail;
  }
}

let askForToken = async () => null;

/// `ask(wrong)` gives a token, or null where there is none to give.
export function onUnauthorized(ask) {
  askForToken = ask;
}

const stored = () => {
  try {
    return sessionStorage.getItem(TOKEN);
  } catch {
    return null; // Storage is switched off: the token then lives as long as the page.
  }
};
let token = stored();

export const hasToken = () => token !== null;

function keep(value) {
  token = value;
  try {
    if (value === null) sessionStorage.removeItem(TOKEN);
    else sessionStorage.setItem(TOKEN, value);
  } catch {
    // As above.
  }
}

/// The address of a call, relative to the page so that a server behind a prefix works too.
export function address(path, parameters = {}) {
  const url = new URL(path, document.baseURI.replace(/[?#].*/, ""));
  for (const [key, value] of Object.entries(parameters)) {
    if (value !== null && value !== undefined && value !== "") url.searchParams.set(key, value);
  }
  return url.href;
}

/// Asks once for all callers that were refused at the same time.
let asking = null;
async function newToken(refused) {
  if (token !== refused) return token;
  asking ??= askForToken(refused !== null).finally(() => (asking = null));
  const value = await asking;
  if (value !== null) keep(value);
  return value;
}

/// The response to a call that succeeded.
export async function call(path, { parameters, accept = "application/json", ...options } = {}) {
  const url = address(path, parameters);
  for (let attempt = 1; ; attempt += 1) {
    const sent = token;
    const headers = { Accept: accept, ...options.headers };
    if (sent !== null) headers.Authorization = `Bearer ${sent}`;
    let response;
    try {
      response = await fetch(url, { ...options, headers, credentials: "omit" });
    } catch (error) {
      if (error.name === "AbortError") throw error;
      throw new Problem("The server does not answer. Is lookalike still running there?");
    }
    if (response.ok) return response;
    if (response.status === 401) {
      if ((await newToken(sent)) !== null) continue;
      throw new Problem("Without its token the library stays closed.", { status: 401 });
    }
    const wait = response.status === 503 || response.status === 429;
    if (!wait || attempt === TRIES) throw await problem(response);
    const seconds = Number(response.headers.get("Retry-After")) || attempt;
    await pause(Math.min(seconds, LONGEST_WAIT) * 1000, options.signal);
  }
}

/// The JSON object that answers a call.
export async function json(path, options) {
  const response = await call(path, options);
  try {
    return await response.json();
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem("The answer of the server broke off.");
  }
}

// Where the server's own title says less.
const LEADS = {
  400: "The server does not understand this search.",
  404: "This is no longer in the library.",
  413: "This picture is too large for the server.",
};

async function problem(response) {
  const status = response.status;
  let document = {};
  try {
    document = await response.json();
  } catch {
    // A proxy in between answers in HTML; the status says enough.
  }
  const lead = LEADS[status] ?? document.title ?? (status >= 500 ? "The server failed" : "The server refused");
  return new Problem(lead.endsWith(".") ? lead : `${lead}.`, { status, detail: document.detail });
}

export function pause(milliseconds, signal) {
  return new Promise((resolve, reject) => {
    const abort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, milliseconds);
    if (signal?.aborted) abort();
    else signal?.addEventListener("abort", abort, { once: true });
  });
}
