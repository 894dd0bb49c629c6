// What is on the stage for one trial: built ahead and hidden, shown when its turn comes.

import { call } from "./api.js";
import { GazeOverlay } from "./gaze_overlay.js";
import { Player } from "./player.js";
import { Traces } from "./traces.js";

const NO_GAZE = { t_ms: [], x: [], y: [], pupil: [], fixations: [], blinks: [] };

function node(tag, className = "", ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

function video(address, muted, label) {
  const made = node("video");
  Object.assign(made, { src: address, preload: "auto", muted, playsInline: true, disablePictureInPicture: true });
  made.setAttribute("aria-label", label);
  made.tabIndex = -1;
  return made;
}

const missing = (words) => node("p", "no-medium", words);

// FER: the face alone, and no time but the video's own.
function ferView(task) {
  const root = node("div", "trial fer");
  if (!task.media.face) {
    root.append(missing("No face was recorded."));
    return { root, player: new Player([], 0), loaded: Promise.resolve(), sounding: null };
  }
  const face = video(task.media.face, !task.sound, "Face");
  root.append(face);
  const player = new Player([{ video: face, offsetMs: 0, steps: true }], 0);
  return { root, player, loaded: Promise.resolve(), sounding: task.sound ? face : null };
}

// ER: clip with gaze drawn on it, face, and traces below, on the clip's clock.
function erView(task) {
  const tracks = [];
  let clip = null;
  const screen = node("div", "screen");
  // Through the object model: the page's policy lets no style attribute in.
  screen.style.aspectRatio = `${task.screen.width_px} / ${task.screen.height_px}`;
  if (task.media.stimulus) {
    clip = video(task.media.stimulus, false, "Clip");
    tracks.push({ video: clip, offsetMs: 0 });
    screen.append(clip);
  }
  const overlayCanvas = node("canvas");
  screen.append(overlayCanvas);
  const words = task.media.stimulus ? "Clip and gaze" : "Gaze on the screen; the clip is not at hand";
  const screenFigure = node("figure", "", screen, node("figcaption", "", words));
  const faceFigure = node("figure", "");
  if (task.media.face) {
    const face = video(task.media.face, true, "Face");
    tracks.push({ video: face, offsetMs: task.face_offset_ms, steps: true });
    faceFigure.append(face, node("figcaption", "", "Face"));
  } else faceFigure.append(missing("No face was recorded."));
  const tracesCanvas = node("canvas");
  tracesCanvas.setAttribute("role", "img");
  tracesCanvas.setAttribute("aria-label", "Gaze and pupil over time, blinks shaded");
  const root = node("div", "trial er", screenFigure, faceFigure, node("figure", "traces", tracesCanvas));

  // A face may be shorter than the trial, so it leads only beside the clip.
  const player = new Player(tracks, task.duration_ms, Boolean(task.media.stimulus));
  const loaded = (task.media.gaze ? call("GET", task.media.gaze) : Promise.resolve(NO_GAZE)).then((gaze) => {
    const overlay = new GazeOverlay(overlayCanvas, gaze, task.screen);
    const traces = new Traces(tracesCanvas, gaze, task.screen, task.duration_ms);
    const draw = () => {
      overlay.draw(player.now());
      traces.draw(player.now());
    };
    player.onDraw = draw;
    new ResizeObserver(draw).observe(tracesCanvas);
    seekBy(tracesCanvas, (event) => player.seek(traces.timeAt(event)));
  });
  loaded.catch(() => {}); // told when the trial is shown
  return { root, player, loaded, sounding: clip };
}

// A click on the traces, or dragging along them.
function seekBy(canvas, seek) {
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    seek(event);
  });
  canvas.addEventListener("pointermove", (event) => event.buttons && seek(event));
}

// {root, player, loaded, sounding}: the element, its player, a promise for what the videos do not bring themselves, and
// the video that is heard, or null.
export const viewOf = (task) => (task.instrument === "FER" ? ferView(task) : erView(task));
