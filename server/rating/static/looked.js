// How long a trial was in front of the rater: on the stage, in a tab that could be seen.

// Nobody looks at one trial for longer than a day; the server takes no more.
const MOST_MS = 86400000;

export class Looked {
  // `already`: milliseconds from before a reload.
  constructor(already = 0, now = () => performance.now()) {
    this.before = already;
    this.now = now;
    this.since = null;
    this.onStage = false;
    this.listener = () => this.change();
    document.addEventListener("visibilitychange", this.listener);
  }

  start() {
    this.onStage = true;
    this.change();
  }

  stop() {
    this.onStage = false;
    this.change();
  }

  close() {
    this.stop();
    document.removeEventListener("visibilitychange", this.listener);
  }

  change() {
    this.before = this.ms;
    this.since = this.onStage && !document.hidden ? this.now() : null;
  }

  get ms() {
    const running = this.since === null ? 0 : this.now() - this.since;
    return Math.min(MOST_MS, Math.round(this.before + running));
  }
}
