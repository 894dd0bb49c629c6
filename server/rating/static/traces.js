// Draws gaze x and y and the pupil over time, blinks as shaded stretches, and a cursor at the clip's clock.

import { colour, fitted } from "./canvas.js";

const LEFT = 58;
const RIGHT = 12;
const AXIS = 18;
const GAP = 4;

// Lanes from top to bottom. x and y are drawn against the screen, the pupil against its own range.
const LANES = [
  { label: "gaze x", series: "x", ink: "trace-x", range: (gaze, screen) => [0, screen.width_px] },
  { label: "gaze y", series: "y", ink: "trace-y", range: (gaze, screen) => [0, screen.height_px] },
  { label: "pupil", series: "pupil", ink: "trace-pupil", range: (gaze) => rangeOf(gaze.pupil), upward: true },
];

function rangeOf(values) {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (value === null) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (low > high) return [0, 1];
  const margin = (high - low) * 0.1 || 1;
  return [low - margin, high + margin];
}

export class Traces {
  constructor(canvas, gaze, screen, durationMs) {
    Object.assign(this, { canvas, gaze, screen, durationMs });
    this.still = document.createElement("canvas"); // everything but the cursor, drawn once a size
    this.drawnFor = "";
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => (this.drawnFor = ""));
  }

  // The clip-clock time under a pointer event.
  timeAt(event) {
    const box = this.canvas.getBoundingClientRect();
    return ((event.clientX - box.left - LEFT) / (box.width - LEFT - RIGHT)) * this.durationMs;
  }

  draw(t) {
    const { context, width, height } = fitted(this.canvas);
    if (width < LEFT + RIGHT || height < AXIS) return;
    this.drawStill(width, height);
    context.clearRect(0, 0, width, height);
    context.drawImage(this.still, 0, 0, width, height);
    const x = this.across(Math.min(Math.max(t, 0), this.durationMs), width);
    context.strokeStyle = colour("ink");
    context.lineWidth = 1.5;
    context.beginPath();
    context.moveTo(x, 2);
    context.lineTo(x, height - AXIS);
    context.stroke();
  }

  across(t, width) {
    return LEFT + (t / this.durationMs) * (width - LEFT - RIGHT);
  }

  drawStill(width, height) {
    const size = `${this.canvas.width}×${this.canvas.height}`;
    if (this.drawnFor === size) return;
    this.drawnFor = size;
    Object.assign(this.still, { width: this.canvas.width, height: this.canvas.height });
    const context = this.still.getContext("2d");
    context.scale(this.canvas.width / width, this.canvas.height / height);
    context.font = "12px system-ui, sans-serif";
    this.drawBlinks(context, width, height);
    this.drawAxis(context, width, height);
    const tall = (height - AXIS - GAP) / LANES.length;
    LANES.forEach((lane, i) => this.drawLane(context, lane, GAP + i * tall, tall - GAP, width));
  }

  drawBlinks(context, width, height) {
    context.fillStyle = colour("trace-blink");
    for (const blink of this.gaze.blinks) {
      const left = this.across(Math.max(0, blink.start_ms), width);
      const right = this.across(Math.min(this.durationMs, blink.end_ms), width);
      context.fillRect(left, 2, Math.max(1, right - left), height - AXIS - 2);
    }
    if (!this.gaze.blinks.length) return;
    context.fillRect(10, height - AXIS + 4, 10, 10);
    context.fillStyle = colour("muted");
    context.fillText("blink", 24, height - AXIS + 13);
  }

  drawAxis(context, width, height) {
    const everySeconds = this.durationMs > 30000 ? 5 : this.durationMs > 14000 ? 2 : 1;
    context.textAlign = "center";
    for (let second = 0; second * 1000 <= this.durationMs; second += everySeconds) {
      const x = this.across(second * 1000, width);
      context.fillStyle = colour("line");
      context.fillRect(x, 2, 1, height - AXIS);
      context.fillStyle = colour("muted");
      if (x > LEFT + 12 || !this.gaze.blinks.length) context.fillText(`${second} s`, Math.min(x, width - 14), height - 5);
    }
    context.textAlign = "left";
  }

  drawLane(context, lane, top, tall, width) {
    const values = this.gaze[lane.series];
    const [low, high] = lane.range(this.gaze, this.screen);
    const down = (value) => {
      const share = Math.min(1, Math.max(0, (value - low) / (high - low)));
      return lane.upward ? top + tall * (1 - share) : top + tall * share; // screen pixels count downward
    };
    context.fillStyle = colour("line");
    context.fillRect(LEFT, top + tall + GAP / 2, width - LEFT - RIGHT, 1);
    context.fillStyle = colour(lane.ink);
    context.fillText(lane.label, 10, top + tall / 2 + 4);
    context.strokeStyle = colour(lane.ink);
    context.lineWidth = 1.4;
    context.beginPath();
    let broken = true;
    values.forEach((value, i) => {
      if (value === null) broken = true;
      else {
        const at = [this.across(this.gaze.t_ms[i], width), down(value)];
        if (broken) context.moveTo(...at);
        else context.lineTo(...at);
        broken = false;
      }
    });
    context.stroke();
  }
}
