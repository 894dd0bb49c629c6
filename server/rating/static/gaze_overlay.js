// Draws over the clip where the person looked: the point of gaze now with the fixations of the last seconds, and the
// heat of all fixations so far.

import { fitted, lastAtOrBefore } from "./canvas.js";
import { Heat } from "./heat.js";
import { overlay } from "./overlay_choice.js";

const TRAIL_MS = 2500;
const STALE_MS = 60; // a sample older than this says nothing of now (a blink, a loss of the eye)
// Bright on dark outline: legible on any clip, whatever the page's scheme.
const POINT = "#ffe14d";
const TRAIL = "94, 226, 255";

export class GazeOverlay {
  // `screen`: {width_px, height_px}, the pixels in which `gaze` counts.
  constructor(canvas, gaze, screen) {
    Object.assign(this, { canvas, gaze, screen });
    this.heat = new Heat(gaze.fixations, screen);
  }

  draw(t) {
    const { context, width, height } = fitted(this.canvas);
    context.clearRect(0, 0, width, height);
    const place = (x, y) => [(x / this.screen.width_px) * width, (y / this.screen.height_px) * height];
    if (overlay.showsHeat) this.heat.draw(context, width, height, t);
    if (!overlay.showsGaze) return;
    this.drawTrail(context, place, t);
    this.drawPoint(context, place, t);
  }

  drawTrail(context, place, t) {
    const recent = this.gaze.fixations.filter((fixation) => fixation.start_ms <= t && fixation.end_ms > t - TRAIL_MS);
    const age = (fixation) => Math.max(0, t - fixation.end_ms) / TRAIL_MS;
    context.lineWidth = 1.5;
    recent.slice(1).forEach((fixation, i) => {
      context.strokeStyle = `rgba(${TRAIL}, ${0.6 * (1 - age(recent[i]))})`;
      context.beginPath();
      context.moveTo(...place(recent[i].x, recent[i].y));
      context.lineTo(...place(fixation.x, fixation.y));
      context.stroke();
    });
    for (const fixation of recent) {
      const lasted = Math.min(t, fixation.end_ms) - fixation.start_ms;
      const radius = 5 + Math.min(20, Math.sqrt(Math.max(0, lasted)) * 0.7); // area grows with duration
      const strength = 1 - age(fixation);
      context.beginPath();
      context.arc(...place(fixation.x, fixation.y), radius, 0, 2 * Math.PI);
      context.fillStyle = `rgba(${TRAIL}, ${0.26 * strength})`;
      context.strokeStyle = `rgba(${TRAIL}, ${0.9 * strength})`;
      if (!overlay.showsHeat) context.fill(); // the heat lies there
      context.stroke();
    }
  }

  drawPoint(context, place, t) {
    const i = lastAtOrBefore(this.gaze.t_ms, t);
    if (i < 0 || this.gaze.x[i] === null || this.gaze.y[i] === null || t - this.gaze.t_ms[i] > STALE_MS) return;
    const [x, y] = place(this.gaze.x[i], this.gaze.y[i]);
    for (const [colour, width] of [["rgba(0, 0, 0, .75)", 5], [POINT, 2.5]]) {
      context.strokeStyle = colour;
      context.lineWidth = width;
      context.beginPath();
      context.arc(x, y, 9, 0, 2 * Math.PI);
      context.moveTo(x - 2, y);
      context.lineTo(x + 2, y);
      context.stroke();
    }
  }
}
