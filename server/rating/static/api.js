// Calls to the server, as JSON, with errors in words.

import { csrfToken, takeUpLogin } from "./login.js";

// The server says no, in words.
export class Refused extends Error {
  constructor(status, words) {
    super(words);
    this.status = status;
  }

  get needsLogin() {
    return this.status === 401 || this.status === 403;
  }

  // Asked again later, the answer may be another.
  get passes() {
    return this.status >= 500 || this.status === 408 || this.status === 429;
  }
}

// No answer of our server: no network, a restart, or something on the way that answers in its place.
export class Unreachable extends Error {}

// A network that swallows what is sent says nothing at all.
const PATIENCE_MS = 20000;

// `method` `path`; resolves to the answer's document, or null where the answer has none (204).
// Rejects with Refused or Unreachable.
export async function call(method, path, body, headers = {}) {
  try {
    return await send(method, path, body, headers);
  } catch (error) {
    // Logged in anew in another tab: this page's token is the old login's.
    if (!(error instanceof Refused) || !error.needsLogin || !(await takeUpLogin())) throw error;
    return send(method, path, body, headers);
  }
}

async function send(method, path, body, headers) {
  const response = await fetch(path, {
    method,
    credentials: "same-origin",
    cache: "no-store",
    signal: AbortSignal.timeout(PATIENCE_MS),
    headers: {
      Accept: "application/json",
      "X-CSRF-Token": csrfToken(),
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  }).catch((error) => {
    throw new Unreachable(error.message);
  });
  if (response.status === 204) return null;
  // A page that a proxy or a hotel's network puts in the way must not pass for a receipt.
  const answer = await response.json().catch(() => null);
  if (answer === null || (!response.ok && answer.detail === undefined)) throw new Unreachable(`status ${response.status}`);
  if (!response.ok) throw new Refused(response.status, inWords(answer.detail, response.status));
  return answer;
}

function inWords(detail, status) {
  if (typeof detail === "string") return detail;
  if (Array.isArray(detail)) return detail.map((problem) => `${problem.loc.at(-1)}: ${problem.msg}`).join("; ");
  return `The server answered with status ${status}.`;
}

export const claimNext = (instrument, have) =>
  call("POST", `/api/rating/${instrument.toLowerCase()}/claim`, { have });
export const renew = (claim) => call("POST", `/api/rating/claims/${claim}/renew`);
export const release = (claim) => call("POST", `/api/rating/claims/${claim}/release`);
export const lastAnswer = (instrument) => call("GET", `/api/rating/${instrument.toLowerCase()}/last`);
export const progress = () => call("GET", "/api/rating/progress");

// Resolves to {vote, reveal, feedback} once the answer is committed, and not before.
export async function sendVote(claim, vote, key) {
  const reply = await call("POST", `/api/rating/claims/${claim}/vote`, vote, { "Idempotency-Key": key });
  if (!Number.isInteger(reply?.vote)) throw new Unreachable("no receipt");
  return reply;
}
