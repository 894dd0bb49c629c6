// Answers wait here until the server says that they are committed. The browser keeps them over a reload, a lost
// network or a restart of the server; each has a key of its own, so sending it twice saves it once.

import { Refused, renew, sendVote } from "./api.js";
import { isDraft } from "./drafts.js";

// Not crypto.randomUUID: browsers offer that only on https and localhost, and a lab may serve plain http inside.
const newKey = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 15000;

export const TROUBLE = { NETWORK: "network", LOGIN: "login" };

export class Outbox {
  // `onChange(waiting, trouble)`: how many wait, and why ('' while all is well).
  // `onSaved(entry, reply)`: the server has committed it. `onRefused(entry, words)`: it will not take this answer.
  constructor(keep, { onChange, onSaved, onRefused }) {
    Object.assign(this, { keep, onChange, onSaved, onRefused });
    this.pause = FIRST_PAUSE_MS;
    this.timer = null;
    this.sending = null;
    const again = () => document.hidden || this.flush();
    window.addEventListener("online", again);
    document.addEventListener("visibilitychange", again);
    window.addEventListener("beforeunload", (event) => this.isFleeting() && event.preventDefault());
  }

  // Oldest first. Each lies under a name of its own, so that two tabs never overwrite each other's.
  entries() {
    return this.keep.names("outbox.").map((name) => ({ name, ...this.keep.read(name) }));
  }

  claims() {
    return this.entries().map((entry) => entry.claim);
  }

  // Whether closing the page would lose an answer.
  isFleeting() {
    return this.entries().some((entry) => this.keep.isFleeting(entry.name));
  }

  // Resolves when the answer is saved or refused, or has to wait.
  add(claim, vote) {
    const key = newKey();
    const name = `outbox.${String(Date.now()).padStart(15, "0")}.${key}`;
    this.keep.write(name, { claim, vote, key }, isDraft);
    return this.flush();
  }

  // Send what waits. Resolves when nothing waits, or when sending has to wait.
  flush() {
    this.sending ??= this.sendAll();
    return this.sending;
  }

  async sendAll() {
    clearTimeout(this.timer);
    try {
      await null; // `sending` is set before it is cleared
      for (let entry = this.entries()[0]; entry; entry = this.entries()[0]) {
        this.tell("");
        if (!(await this.settle(entry))) return;
        this.pause = FIRST_PAUSE_MS;
      }
      this.tell("");
    } finally {
      this.sending = null;
    }
  }

  // Whether the entry is done with: saved, or refused for good.
  async settle(entry) {
    let reply;
    try {
      reply = await this.send(entry);
    } catch (error) {
      // Only a plain no ends the matter; whatever else goes wrong, the answer stays.
      if (!(error instanceof Refused) || error.needsLogin || error.passes) {
        this.wait(error.needsLogin ? TROUBLE.LOGIN : TROUBLE.NETWORK);
        return false;
      }
      this.keep.drop(entry.name);
      this.onRefused(entry, error.message);
      return true;
    }
    this.keep.drop(entry.name);
    this.onSaved(entry, reply);
    return true;
  }

  async send(entry) {
    try {
      return await sendVote(entry.claim, entry.vote, entry.key);
    } catch (error) {
      if (!(error instanceof Refused) || error.status !== 409 || entry.vote.supersedes) throw error;
      // The lease may have ended while the network was away; an untaken place can be had again.
      await renew(entry.claim);
      return sendVote(entry.claim, entry.vote, entry.key);
    }
  }

  tell(trouble) {
    this.onChange(this.entries().length, trouble);
  }

  wait(trouble) {
    this.tell(trouble);
    this.timer = setTimeout(() => this.flush(), this.pause);
    this.pause = Math.min(this.pause * 2, LONGEST_PAUSE_MS);
  }
}
