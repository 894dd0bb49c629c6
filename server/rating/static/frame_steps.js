// From one frame of a video to the next, by the times at which its frames are truly shown.

import { lastAtOrBefore } from "./canvas.js";
import { frameTimes } from "./movie_frames.js";

// Where the file tells no times (WebM, an index that cannot be fetched): as long as a frame commonly lasts.
const BLIND_STEP_MS = 40;
const SAME_S = 1e-4; // browsers round a video's time to microseconds

export class FrameSteps {
  constructor({ video, offsetMs }) {
    this.video = video;
    this.offsetMs = offsetMs;
    this.times = null; // seconds; read when first asked for
  }

  // The clock's times of the frame `by` places on: `shownMs` when it begins, `seekMs` a place well inside it, as a seek
  // to its very beginning may be rounded into the frame before.
  async step(by) {
    this.times ??= await frameTimes(this.video.currentSrc).catch(() => null);
    const { times, video } = this;
    if (!times?.length) return this.blindStep(by);
    const shown = lastAtOrBefore(times, video.currentTime + SAME_S);
    const i = Math.min(Math.max(shown + by, 0), times.length - 1);
    const end = times[i + 1] ?? Math.max(video.duration, times[i]);
    return { shownMs: this.onClock(times[i]), seekMs: this.onClock((times[i] + end) / 2) };
  }

  blindStep(by) {
    const to = this.onClock(this.video.currentTime) + by * BLIND_STEP_MS;
    return { shownMs: to, seekMs: to };
  }

  onClock(seconds) {
    return seconds * 1000 + this.offsetMs;
  }
}
