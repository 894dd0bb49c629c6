// When to suggest a break: after so many minutes of rating without one.

// Longer than this without an answer was a break.
const REST_MS = 5 * 60 * 1000;

export class Breaks {
  // `keep`: so that a reload does not begin the count anew. `everyMin`: 0 suggests none.
  constructor(keep, now = () => Date.now()) {
    Object.assign(this, { keep, now, everyMin: 0 });
  }

  // An answer was given after looking at its trial for `lookedMs`.
  worked(lookedMs) {
    const { ms, at } = this.keep.read("stint") ?? { ms: 0, at: 0 };
    const rested = this.now() - at - lookedMs > REST_MS;
    this.keep.write("stint", { ms: (rested ? 0 : ms) + lookedMs, at: this.now() });
  }

  get minutes() {
    return Math.floor((this.keep.read("stint")?.ms ?? 0) / 60000);
  }

  get isDue() {
    return this.everyMin > 0 && this.minutes >= this.everyMin;
  }

  // Suggested, whether it was taken or not.
  begin() {
    this.keep.drop("stint");
  }
}
