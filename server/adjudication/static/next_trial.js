// Where to go after this trial: what comes after it in the queue, then what was skipped before it, then the list.

import { call } from "/static/rating/api.js";

// `search`: the filters of the page's address ('?study=…', or ''); `here`: {trial, instrument}. Resolves to an address.
export async function nextTrial(cursor, search, here) {
  const filters = new URLSearchParams(search);
  for (const after of [cursor, null]) {
    const query = new URLSearchParams(filters);
    query.set("n", "2");
    if (after) query.set("after", after);
    const { rows } = await call("GET", `/api/adjudication/queue?${query}`);
    const next = rows.find((row) => row.trial !== here.trial || row.instrument !== here.instrument);
    if (next) return `/adjudication/${next.trial}/${next.instrument}${search}`;
  }
  return `/adjudication${search}`;
}
