// Draws a traced valence or arousal over time, with the place that is played now.

import { colour, fitted } from "./canvas.js";

const EDGE = 4;

export class TraceCurve {
  constructor(canvas) {
    this.canvas = canvas;
  }

  // `t` on the clip's clock in ms, `values` in [-1, 1]; `player` tells the span and where it stands.
  draw(t, values, player) {
    const { context, width, height } = fitted(this.canvas);
    context.clearRect(0, 0, width, height);
    const span = player.endMs - player.startMs;
    if (!(span > 0)) return;
    const across = (ms) => EDGE + ((ms - player.startMs) / span) * (width - 2 * EDGE);
    const down = (value) => height / 2 - value * (height / 2 - EDGE);
    context.fillStyle = colour("line");
    context.fillRect(EDGE, down(0), width - 2 * EDGE, 1);
    context.strokeStyle = colour("accent");
    context.lineWidth = 2;
    context.beginPath();
    t.forEach((ms, i) => (i ? context.lineTo(across(ms), down(values[i])) : context.moveTo(across(ms), down(values[i]))));
    context.stroke();
    context.fillStyle = colour("ink");
    context.fillRect(across(Math.min(Math.max(player.now(), player.startMs), player.endMs)), 2, 1.5, height - 4);
  }
}
