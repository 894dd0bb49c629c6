// Plays one or more videos on one clock: the clip's, in milliseconds; 0 is the flip of the clip's first frame.
//
// A video's own time is related to the clock by an offset alone; nothing is computed from frame numbers. The first
// video leads; the others are held to it. Where none leads the clock runs by itself, so that gaze can be played to its
// end although the face ends earlier or is missing.

import { FrameSteps } from "./frame_steps.js";

const JUMP_MS = 200; // farther off than this: seek
const NUDGE_MS = 20; // farther off than this: play a little faster or slower
const NUDGE = 0.06;
const READY = 3; // HTMLMediaElement.HAVE_FUTURE_DATA

export class Player {
  // `tracks`: [{video, offsetMs, steps?}], where `offsetMs` is the clock's time of the video's first frame; frames are
  // stepped along the one that says `steps`. `durationMs` counts where no single video has a length of its own. `led`:
  // whether the first of them leads.
  constructor(tracks, durationMs, led = true) {
    this.tracks = tracks;
    this.led = led;
    this.durationMs = durationMs;
    this.playing = false;
    this.speed = 1;
    this.freeMs = 0; // the clock without videos
    this.freeSince = null;
    this.frame = null;
    const stepped = tracks.find((track) => track.steps) ?? tracks[0];
    this.frames = stepped ? new FrameSteps(stepped) : null;
    this.frameMs = null; // when the frame that was stepped to is shown; null while no frame was
    this.stepping = Promise.resolve();
    this.onTick = () => {};
  }

  get lead() {
    return this.led ? (this.tracks[0] ?? null) : null;
  }

  // Where the lead starts on the clock: a face alone begins slightly before the clip.
  get startMs() {
    return this.lead && this.tracks.length === 1 ? this.lead.offsetMs : 0;
  }

  get endMs() {
    const { lead } = this;
    if (!lead || this.tracks.length !== 1) return this.durationMs;
    return Number.isFinite(lead.video.duration) ? lead.offsetMs + lead.video.duration * 1000 : this.durationMs;
  }

  now() {
    if (this.lead) return this.lead.video.currentTime * 1000 + this.lead.offsetMs;
    const running = this.freeSince === null ? 0 : (performance.now() - this.freeSince) * this.speed;
    return Math.min(this.freeMs + running, this.durationMs);
  }

  get ended() {
    if (this.lead && !(this.lead.video.duration > 0)) return false; // not known yet
    return this.now() >= this.endMs - 20 || (this.lead?.video.ended ?? false);
  }

  // Resolves when every video can play on from where it stands.
  ready() {
    const waits = this.tracks.map(
      ({ video }) =>
        new Promise((resolve, reject) => {
          const fail = () => reject(new Error("The video cannot be played."));
          if (video.error) fail(); // while it lay ready
          else if (video.readyState >= READY) resolve();
          video.addEventListener("canplay", resolve, { once: true });
          video.addEventListener("error", fail, { once: true });
        }),
    );
    return Promise.all(waits);
  }

  seek(ms) {
    this.frameMs = null;
    const to = Math.min(Math.max(ms, this.startMs), this.endMs);
    for (const { video, offsetMs } of this.tracks) video.currentTime = Math.max(0, (to - offsetMs) / 1000);
    this.freeMs = to;
    if (this.freeSince !== null) this.freeSince = performance.now();
    this.onTick(this.now());
  }

  async play() {
    await this.ready();
    if (this.ended) this.seek(this.startMs);
    const now = this.now();
    this.frameMs = null;
    this.setSpeed(this.speed);
    // A video that has nothing more to show would begin anew.
    const left = this.tracks.filter(({ video, offsetMs }) => (now - offsetMs) / 1000 < video.duration);
    await Promise.all(left.map(({ video }) => video.play()));
    this.playing = true;
    this.freeSince = performance.now();
    this.tick();
  }

  pause() {
    this.freeMs = this.now();
    this.freeSince = null;
    this.playing = false;
    for (const { video } of this.tracks) video.pause();
    cancelAnimationFrame(this.frame);
    this.onTick(this.now());
  }

  toggle() {
    if (this.playing) this.pause();
    else return this.play();
  }

  replay() {
    this.seek(this.startMs);
    return this.play();
  }

  // 1 is the speed at which it was recorded.
  setSpeed(speed) {
    this.freeMs = this.now();
    if (this.freeSince !== null) this.freeSince = performance.now();
    this.speed = speed;
    for (const { video } of this.tracks) video.playbackRate = speed;
    this.onTick(this.now());
  }

  // Stop, and show the frame `by` places (-1 or 1) from the one that is shown; `frameMs` is its time on the clock.
  step(by) {
    if (!this.frames) return undefined;
    this.pause();
    // One after the other: a key that is pressed twice goes two frames on.
    this.stepping = this.stepping.then(() => this.stepNow(by));
    return this.stepping;
  }

  async stepNow(by) {
    const { seekMs, shownMs } = await this.frames.step(by);
    this.seek(seekMs);
    this.frameMs = shownMs;
    this.onTick(this.now());
  }

  tick() {
    cancelAnimationFrame(this.frame);
    if (!this.playing) return;
    if (this.ended) return this.pause();
    this.follow();
    this.onTick(this.now());
    this.frame = requestAnimationFrame(() => this.tick());
  }

  // Hold every other video to the clock.
  follow() {
    const now = this.now();
    for (const { video, offsetMs } of this.tracks.slice(this.lead ? 1 : 0)) {
      if (video.ended || video.seeking) continue;
      const ahead = video.currentTime * 1000 + offsetMs - now;
      if (Math.abs(ahead) > JUMP_MS) video.currentTime = Math.max(0, (now - offsetMs) / 1000);
      else video.playbackRate = this.speed * (Math.abs(ahead) < NUDGE_MS ? 1 : 1 - Math.sign(ahead) * NUDGE);
    }
  }

  // Stop for good and let the browser drop what it loaded.
  close() {
    this.pause();
    this.onTick = () => {};
    for (const { video } of this.tracks) {
      video.removeAttribute("src");
      video.load();
    }
  }
}
