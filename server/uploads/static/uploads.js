// Keeps the rows that move up to date, and deletes what somebody gives up.

const EVERY_MS = 2000;
const token = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
const news = document.querySelector("#news");

const moving = () => [...document.querySelectorAll('tr[data-state="arriving"], tr[data-state="checking"]')];

function words(bytes) {
  if (bytes >= 2 ** 30) return `${(bytes / 2 ** 30).toFixed(2)} GiB`;
  return bytes >= 2 ** 20 ? `${(bytes / 2 ** 20).toFixed(1)} MiB` : `${Math.round(bytes / 1024)} KiB`;
}

// A row whose state has changed says other things, so the page is fetched anew; the reader keeps their place.
async function lookAgain() {
  const html = await (await fetch(location.href)).text();
  const fresh = new DOMParser().parseFromString(html, "text/html");
  for (const row of moving()) {
    const changed = fresh.querySelector(`tr[data-upload="${row.dataset.upload}"]`);
    if (!changed || changed.dataset.state === row.dataset.state) continue;
    news.textContent = `${changed.querySelector("th").textContent.trim()}: ${changed.dataset.state}`;
    row.replaceWith(changed);
    offer(changed);
  }
}

async function follow(row) {
  const answer = await fetch(`/api/uploads/${row.dataset.upload}`);
  if (!answer.ok) return false;
  const upload = await answer.json();
  const bar = row.querySelector("progress");
  if (bar) {
    bar.value = upload.received;
    row.querySelector("[data-received]").textContent = words(upload.received);
  }
  return upload.state !== row.dataset.state;
}

async function followAll() {
  try {
    if (!document.hidden) {
      const changed = await Promise.all(moving().map(follow));
      if (changed.includes(true)) await lookAgain();
    }
  } catch {
    // The network is away; the next round asks again.
  }
  if (moving().length) setTimeout(followAll, EVERY_MS);
}

function offer(row) {
  const button = row.querySelector("[data-give-up]");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    if (!confirm("Delete what has arrived of this recording? It stays at the lab PC and can be sent anew.")) return;
    button.disabled = true;
    const headers = { "X-CSRF-Token": token, "Tus-Resumable": "1.0.0" };
    const answer = await fetch(`/api/uploads/${row.dataset.upload}`, { method: "DELETE", headers });
    if (answer.ok) return lookAgain();
    button.disabled = false;
    news.textContent = (await answer.json()).detail;
    button.after(Object.assign(document.createElement("p"), { textContent: news.textContent }));
  });
}

moving().forEach(offer);
followAll();
