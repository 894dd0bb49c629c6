// A valence or arousal that the rater traces while the recording plays: held up and down by W and S, the wheel, or the
// scale itself, and written down on the clip's clock.

import { TraceCurve } from "./trace_curve.js";

const STEP_MS = 1000 / 30; // at most 30 points a second
const MOST_POINTS = 20000;
const A_SECOND = 1.2; // of the scale while a key is held
const NOTCH = 0.05; // for one notch of the wheel
const POLES = { valence: ["pleasant", "unpleasant"], arousal: ["excited", "calm"] };

const within = (value) => Math.min(1, Math.max(-1, value));

export class Tracing {
  // `box`: the element that holds scale and curve; `stage`: where the wheel is ours.
  constructor(box, curve, stage) {
    this.box = box;
    this.slider = box.querySelector("input");
    this.curve = new TraceCurve(curve);
    this.value = 0;
    this.last = null; // when the last tick was
    this.slider.addEventListener("input", () => this.set(Number(this.slider.value)));
    stage.addEventListener("wheel", (event) => this.turn(event), { passive: false });
    this.attach(null);
  }

  // Begin or go on with a trial's trace; null where there is no trial.
  attach(trial) {
    this.trial = trial?.task.trace_scale ? trial : null;
    this.box.hidden = this.curve.canvas.hidden = !this.trial;
    this.direction = 0;
    if (!this.trial) return;
    this.trial.trace ??= fresh();
    const scale = trial.task.trace_scale;
    const [top, bottom] = POLES[scale];
    this.box.querySelector(".trace-top").textContent = top;
    this.box.querySelector(".trace-bottom").textContent = bottom;
    this.slider.setAttribute("aria-label", `${scale[0].toUpperCase()}${scale.slice(1)} while it plays`);
    this.set(this.trial.trace.values.at(-1) ?? 0, false);
    this.draw();
  }

  // Trace anew, from the start of the recording.
  again() {
    if (!this.trial) return;
    this.trial.trace = fresh();
    this.set(0, false);
    this.trial.view.player.replay();
  }

  set(value, byHand = true) {
    this.value = within(value);
    this.slider.value = String(this.value);
    if (byHand && this.trial) this.trial.trace.moved = true;
  }

  hold(direction) {
    this.direction = direction;
  }

  turn(event) {
    if (!this.trial) return;
    event.preventDefault();
    this.set(this.value - Math.sign(event.deltaY) * NOTCH);
  }

  // The player's clock has gone on. A trace is of one playing at the speed of life; going back writes over what follows.
  tick(nowMs, atMs = performance.now()) {
    const passed = this.last === null ? 0 : Math.min(100, atMs - this.last);
    this.last = atMs;
    if (!this.trial) return;
    if (this.direction) this.set(this.value + (this.direction * A_SECOND * passed) / 1000);
    const { trace, view } = this.trial;
    if (view.player.playing && view.player.speed === 1 && !trace.closed) sample(trace, nowMs, this.value);
    if (view.player.ended && trace.t.length > 1) trace.closed = true;
    this.draw();
  }

  draw() {
    const { trace, view } = this.trial;
    this.curve.draw(trace.t, trace.values, view.player);
  }

  // What the vote takes along; undefined where nothing was traced.
  result() {
    const trace = this.trial?.trace;
    if (!trace?.moved || trace.t.length < 2) return undefined;
    return { scale: this.trial.task.trace_scale, t_ms: trace.t, values: trace.values };
  }
}

// `closed` once it was traced to the end: playing again then changes nothing.
const fresh = () => ({ t: [], values: [], moved: false, closed: false });

// Going back in time writes over what follows.
function sample({ t, values }, nowMs, value) {
  while (t.length && t.at(-1) > nowMs) {
    t.pop();
    values.pop();
  }
  if (t.length >= MOST_POINTS || nowMs - (t.at(-1) ?? -Infinity) < STEP_MS) return;
  t.push(Math.round(nowMs * 10) / 10);
  values.push(Math.round(value * 1000) / 1000);
}
