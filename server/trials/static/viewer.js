// The recording on a trial's page: face, clip with gaze, and traces, drawn by the rating desk's own modules.

import { overlay } from "/static/rating/overlay_choice.js";
import { viewOf } from "/static/rating/trial_views.js";

const SPEEDS = [0.5, 1, 2];
const at = (id) => document.getElementById(id);
const viewer = at("viewer");
const task = JSON.parse(viewer.dataset.task);
const { root, player, loaded, sounding } = viewOf(task);
let speed = 1;

at("stage").append(root);
if (sounding) sounding.muted = true; // a page that is read makes no noise before it is asked to
const seconds = (ms, digits = 1) => (Math.max(0, ms || 0) / 1000).toFixed(digits);

function show() {
  player.onDraw?.();
  at("play").firstChild.textContent = player.playing ? "Pause " : player.ended ? "Play again " : "Play ";
  const [now, length] = [player.now() - player.startMs, player.endMs - player.startMs];
  const shown = player.frameMs === null ? seconds(now) : seconds(player.frameMs - player.startMs, 3);
  at("clock").textContent = `${shown} / ${seconds(length)} s`;
  at("timeline").max = String(Math.max(1, Math.round(length)));
  at("timeline").value = String(Math.round(now));
  at("timeline").setAttribute("aria-valuetext", `${seconds(now)} seconds`);
}

function showChoices() {
  at("speed").firstChild.textContent = `Speed ${speed}× `;
  at("overlay").firstChild.textContent = `${overlay.words} `;
  at("overlay").hidden = !task.media.gaze;
  at("sound").hidden = !sounding;
  at("sound").setAttribute("aria-pressed", String(sounding ? !sounding.muted : false));
  at("sound").firstChild.textContent = sounding && !sounding.muted ? "Sound on " : "Sound off ";
  for (const id of ["back-frame", "next-frame"]) at(id).disabled = !player.frames;
}

function tell(error) {
  if (error.name === "AbortError") return;
  at("trouble").textContent = `This recording cannot be played. ${error.message}`;
  at("trouble").hidden = false;
}

const acts = {
  play: () => player.toggle()?.catch(tell),
  replay: () => player.replay().catch(tell),
  "back-frame": () => player.step(-1)?.catch(tell),
  "next-frame": () => player.step(1)?.catch(tell),
  speed: () => {
    speed = SPEEDS[(SPEEDS.indexOf(speed) + 1) % SPEEDS.length];
    player.setSpeed(speed);
  },
  overlay: () => overlay.next(),
  sound: () => {
    if (sounding) sounding.muted = !sounding.muted;
  },
};
const keys = { " ": "play", r: "replay", ",": "back-frame", ".": "next-frame", v: "speed", h: "overlay", m: "sound" };

function act(name) {
  acts[name]();
  showChoices();
  show();
}

for (const name of Object.keys(acts)) at(name).addEventListener("click", () => act(name));
at("timeline").addEventListener("input", () => player.seek(player.startMs + Number(at("timeline").value)));
// Only while the recording has the focus: elsewhere on the page letters are the reader's.
viewer.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey) return;
  const name = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  if (!name || (event.key === " " && event.target.closest("button"))) return;
  event.preventDefault();
  act(name);
});

player.onTick = show;
showChoices();
show();
Promise.all([loaded, player.ready()]).then(show, tell);
