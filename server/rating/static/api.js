// Calls to the server, as JSON, with errors in words.

export class Refused extends Error {
  constructor(status, words) {
    super(words);
    this.status = status;
  }
}

const csrfToken = () => document.querySelector("meta[name=csrf-token]")?.content ?? "";

// `method` `path`; resolves to the answer's document, or null where the answer has none (204).
// Rejects with Refused where the server says no, with TypeError where it cannot be reached.
export async function call(method, path, body, headers = {}) {
  const response = await fetch(path, {
    method,
    credentials: "same-origin",
    cache: "no-store",
    headers: {
      Accept: "application/json",
      "X-CSRF-Token": csrfToken(),
      ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      ...headers,
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  if (response.status === 204) return null;
  const answer = await response.json().catch(() => ({}));
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
export const sendVote = (claim, vote, key) =>
  call("POST", `/api/rating/claims/${claim}/vote`, vote, { "Idempotency-Key": key });
