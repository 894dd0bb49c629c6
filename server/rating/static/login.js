// The login behind this page. It may end while one rates, and be made anew in another tab.

const tokenIn = (page) => page.querySelector("meta[name=csrf-token]");
const raterIn = (page) => page.querySelector("[data-rater]")?.dataset.rater;

export const csrfToken = () => tokenIn(document)?.content ?? "";

// Where one logs in and comes back to this page.
export const loginAddress = () => `/login?next_path=${encodeURIComponent(location.pathname)}`;

// Ask for this page again: where the same rater is logged in anew, take up the new login's token. Resolves to whether
// there is one to go on with. Another person's login is not: what waits here is not theirs to send.
export async function takeUpLogin() {
  const rater = raterIn(document);
  if (!rater) return false;
  try {
    const response = await fetch(location.pathname, { credentials: "same-origin", cache: "no-store" });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    const token = tokenIn(page)?.content;
    if (raterIn(page) !== rater || !token || token === csrfToken()) return false;
    tokenIn(document).content = token;
    return true;
  } catch {
    return false;
  }
}
