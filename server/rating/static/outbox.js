// Answers wait here until the server says that they are committed. The browser keeps them over a reload, a lost
// network or a restart of the server; each has a key of its own, so sending it twice saves it once.

import { Refused, renew, sendVote } from "./api.js";

// Not crypto.randomUUID: browsers offer that only on https and localhost, and a lab may serve plain http inside.
const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 30000;

export class Outbox {
  // `onChange(waiting, trouble)`: how many wait, and why in words ('' where all is well).
  // `onRefused(entry, words)`: the server will not take this answer.
  constructor(rater, { onChange, onRefused }) {
    this.place = `duchenne.outbox.${rater}`;
    this.onChange = onChange;
    this.onRefused = onRefused;
    this.pause = FIRST_PAUSE_MS;
    this.timer = null;
    this.sending = null;
    window.addEventListener("online", () => this.flush());
    // Another tab of this rater may have sent or added something.
    window.addEventListener("storage", (event) => event.key === this.place && this.tell(""));
  }

  entries() {
    return JSON.parse(localStorage.getItem(this.place) ?? "[]");
  }

  keep(entries) {
    localStorage.setItem(this.place, JSON.stringify(entries));
  }

  claims() {
    return this.entries().map((entry) => entry.claim);
  }

  add(claim, vote) {
    this.keep([...this.entries(), { claim, vote, key: newKey() }]);
    return this.flush();
  }

  tell(trouble) {
    this.onChange(this.entries().length, trouble);
  }

  // Send what waits, oldest first. Resolves when nothing waits, or when sending has to wait.
  flush() {
    this.sending ??= this.sendAll().finally(() => (this.sending = null));
    return this.sending;
  }

  async sendAll() {
    clearTimeout(this.timer);
    for (let entry = this.entries()[0]; entry; entry = this.entries()[0]) {
      this.tell("");
      try {
        await this.send(entry);
      } catch (error) {
        if (!(error instanceof Refused) || error.status >= 500 || error.status === 401 || error.status === 403) {
          this.wait(error);
          return;
        }
        this.onRefused(entry, error.message);
      }
      this.keep(this.entries().filter((other) => other.key !== entry.key));
      this.pause = FIRST_PAUSE_MS;
    }
    this.tell("");
  }

  async send(entry) {
    try {
      await sendVote(entry.claim, entry.vote, entry.key);
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 409 || entry.vote.supersedes) throw error;
      // The lease may have ended while the network was away; an untaken place can be had again.
      await renew(entry.claim);
      await sendVote(entry.claim, entry.vote, entry.key);
    }
  }

  wait(error) {
    const login = error instanceof Refused && (error.status === 401 || error.status === 403);
    this.tell(login ? "log in again in another tab, then reload" : "the server cannot be reached");
    this.timer = setTimeout(() => this.flush(), this.pause);
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE_MS);
  }
}
