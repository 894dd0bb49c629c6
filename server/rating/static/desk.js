// The rating desk: brings trials, plays them, takes answers, and has the next one loaded before it is asked for.

import { Answer, signed } from "./answer.js";
import { Refused, claimNext, lastAnswer, progress, release, renew } from "./api.js";
import { listenToKeys } from "./keys.js";
import { Outbox } from "./outbox.js";
import { viewOf } from "./trial_views.js";

const at = (id) => document.getElementById(id);
const { instrument, rater } = at("desk").dataset;
const draftPlace = (claim) => `duchenne.draft.${claim}`;

let current = null; // {task, view, supersedes?, putAside?}: the trial on the stage
let ahead = null; // a promise of the next one, loaded and hidden, or of null
let messageTimer = null;
let soundOn = true;

const answer = new Answer(at("answer"), (values) => {
  if (current && !current.supersedes) localStorage.setItem(draftPlace(current.task.claim), JSON.stringify(values));
});

const outbox = new Outbox(rater, {
  onChange: (waiting, trouble) => {
    at("outbox").textContent = waiting === 0 ? "" : trouble ? `${waiting} kept here: ${trouble}` : "saving…";
    at("outbox").classList.toggle("bad", trouble !== "");
    if (waiting === 0) showProgress();
  },
  onRefused: (_entry, words) => say(`An answer was not taken. ${words}`, 12000),
});

function say(words, forMs = 5000) {
  clearTimeout(messageTimer);
  at("message").textContent = words;
  at("message").hidden = !words;
  if (words) messageTimer = setTimeout(() => (at("message").hidden = true), forMs);
}

async function showProgress() {
  const mine = (await progress().catch(() => null))?.[instrument];
  if (mine) at("progress").textContent = `${mine.answered} answered · ${mine.available} to go`;
}

// A claimed trial, its media loading.
function prepared(task) {
  if (task === null) return null;
  const view = viewOf(task);
  view.root.hidden = true;
  at("stage").append(view.root);
  return { task, view };
}

async function bring(have) {
  return prepared(await claimNext(instrument, [...have, ...outbox.claims()]));
}

function loadAhead() {
  // A failure here is told when the trial is asked for.
  ahead = bring([current.task.claim]).catch(() => undefined);
}

// Take the trial off the stage at once: keys that come before the next is shown belong to none.
function leave() {
  drop(current);
  current = null;
  answer.clear();
  at("answer").inert = true;
}

async function next() {
  leave();
  const known = await ahead;
  ahead = null;
  try {
    if (known) await hold(known);
    await stage(known ?? (await bring([])));
  } catch (error) {
    drop(known);
    // Its lease ended while it lay ready: ask anew.
    if (error instanceof Refused && known) return next();
    showEmpty(error instanceof Refused ? error.message : "The server cannot be reached. Your answers are kept; try again.", "Try again");
  }
}

// A trial that lay ready for long may have lost its place.
async function hold(trial) {
  const left = Date.parse(trial.task.expires_utc) - Date.now();
  if (left < (trial.task.lease_s * 1000) / 2) await renew(trial.task.claim);
}

function drop(trial) {
  trial?.view.player.close();
  trial?.view.root.remove();
}

async function stage(trial, restored = null) {
  if (current && current !== trial && current !== trial?.putAside) drop(current);
  if (trial === null) return showEmpty("Nothing is left for you here just now.", "Look again");
  current = trial;
  at("stage").querySelector(".empty")?.remove();
  at("answer").inert = false;
  const draft = JSON.parse(localStorage.getItem(draftPlace(trial.task.claim)) ?? "null");
  answer.clear();
  if (restored ?? draft) answer.restore(restored ?? draft);
  at("simulated").hidden = !trial.task.simulated;
  showSelfReport(trial.task.self_report);
  const correcting = Boolean(trial.supersedes);
  at("submit").firstChild.textContent = correcting ? "Save the correction " : "Save and next ";
  for (const id of ["undo", "skip"]) at(id).hidden = correcting;
  at("back").hidden = !correcting;
  trial.view.root.hidden = false;
  await play(trial);
  if (!ahead && !trial.supersedes) loadAhead();
}

async function play(trial) {
  const { player } = trial.view;
  player.onTick = () => {
    if (current !== trial) return;
    player.onDraw?.();
    at("play").firstChild.textContent = player.playing ? "Pause " : player.ended ? "Play again " : "Play ";
    const seconds = (ms) => (Math.max(0, ms) / 1000).toFixed(1);
    at("clock").textContent = `${seconds(player.now())} / ${seconds(trial.task.duration_ms)} s`;
  };
  setSound();
  try {
    await trial.view.loaded;
    await player.play();
  } catch (error) {
    if (current !== trial) return;
    if (error.name === "NotAllowedError") await playSilently(player);
    else if (error.name !== "AbortError") say(`This recording cannot be played (${error.message}) You can skip it with X.`, 15000);
  }
}

// Browsers let nothing sound before the first key or click on a page.
async function playSilently(player) {
  soundOn = false;
  setSound();
  say("Press M for the clip's sound.");
  await player.play().catch(() => player.onTick());
}

function setSound() {
  const clip = current?.view.root.querySelector(".screen video");
  if (clip) clip.muted = !soundOn;
  at("sound")?.setAttribute("aria-pressed", String(soundOn));
  if (at("sound")) at("sound").hidden = !clip;
  if (at("sound")) at("sound").firstChild.textContent = soundOn ? "Sound on " : "Sound off ";
}

function showSelfReport(report) {
  const parts = report
    ? [report.seven, report.three, report.valence === null ? null : `valence ${signed(report.valence)}`, report.arousal === null ? null : `arousal ${signed(report.arousal)}`]
    : [];
  at("self-report").textContent = report ? `They said: ${parts.filter(Boolean).join(" · ")}` : "";
}

function showEmpty(words, action) {
  leave();
  at("stage").querySelector(".empty")?.remove();
  const box = document.createElement("div");
  box.className = "empty";
  const text = document.createElement("p");
  text.textContent = words;
  const again = document.createElement("button");
  again.type = "button";
  again.textContent = action;
  again.addEventListener("click", next);
  const home = document.createElement("a");
  home.href = "/rate";
  home.textContent = "Back to the choice";
  box.append(text, again, " ", home);
  at("stage").append(box);
  again.focus();
}

function submit() {
  if (!current) return;
  const gaps = answer.missing();
  answer.ask(gaps);
  if (gaps.length) return;
  const { task, supersedes, putAside } = current;
  const vote = answer.vote(instrument);
  if (supersedes) vote.supersedes = supersedes;
  outbox.add(task.claim, vote);
  localStorage.removeItem(draftPlace(task.claim));
  say("");
  if (putAside) comeBack();
  else next();
}

async function skip() {
  if (!current || current.supersedes) return;
  const { task } = current;
  try {
    await release(task.claim);
  } catch (error) {
    if (!(error instanceof Refused)) return say("The server cannot be reached, so nothing was skipped.");
  }
  localStorage.removeItem(draftPlace(task.claim));
  say("Skipped. Somebody else may have it.");
  await next();
}

async function correctLast() {
  if (current?.supersedes) return;
  await outbox.flush();
  if (outbox.entries().length) return say("Your last answer is still waiting to be saved; correct it when the server is back.");
  try {
    const { task, answer: given } = await lastAnswer(instrument);
    current?.view.player.pause();
    if (current) current.view.root.hidden = true;
    const trial = { ...prepared(task), supersedes: given.vote, putAside: current };
    await stage(trial, given);
    say("This is your last answer. Change it and press Enter, or press Esc to leave it.", 8000);
  } catch (error) {
    say(error instanceof Refused ? error.message : "The server cannot be reached.");
  }
}

// From a correction back to the trial that was put aside for it.
function comeBack() {
  const { putAside } = current;
  say("");
  if (putAside) stage(putAside);
  else next();
}

// Whoever thinks long keeps the place: a sign of life well before the lease ends.
function keepAlive() {
  if (!current || current.supersedes || document.hidden) return;
  renew(current.task.claim).catch((error) => {
    if (!(error instanceof Refused)) return;
    say(error.message, 12000);
    next();
  });
}

const run = (action, repeats = false) => ({ run: action, repeats });
const arrow = (right, up) => run((event) => current && answer.move(right, up, event.shiftKey), true);
const intensity = (by) => run(() => current && answer.changeIntensity(by), true);
const press = (selector) => run(() => current && at("answer").querySelector(selector).click());

const bindings = {
  ArrowLeft: arrow(-1, 0),
  ArrowRight: arrow(1, 0),
  ArrowUp: arrow(0, 1),
  ArrowDown: arrow(0, -1),
  0: run(() => current && answer.setPad(0, 0)),
  "[": intensity(-0.1),
  "]": intensity(0.1),
  "-": intensity(-0.1),
  "+": intensity(0.1),
  "=": intensity(0.1),
  "{": intensity(-0.5),
  "}": intensity(0.5),
  " ": run(() => current?.view.player.toggle()),
  r: run(() => current?.view.player.replay()),
  m: run(() => at("sound")?.click()),
  Enter: run(submit),
  z: run(correctLast),
  x: run(skip),
  "?": run(() => at("card").showModal()),
  Escape: run(() => current?.supersedes && comeBack()),
};
for (const button of document.querySelectorAll("#answer .choice")) {
  const key = button.getAttribute("aria-keyshortcuts").toLowerCase();
  const { seven, three, flag } = button.dataset;
  bindings[key] = press(seven ? `[data-seven="${seven}"]` : three ? `[data-three="${three}"]` : `[data-flag="${flag}"]`);
}
listenToKeys(bindings);

at("answer").addEventListener("submit", (event) => {
  event.preventDefault();
  submit();
});
const onClick = (id, action) => at(id)?.addEventListener("click", (event) => {
  action();
  if (event.detail > 0) at(id).blur();
});
onClick("play", () => current?.view.player.toggle());
onClick("replay", () => current?.view.player.replay());
onClick("sound", () => {
  soundOn = !soundOn;
  setSound();
});
onClick("skip", skip);
onClick("undo", correctLast);
onClick("back", comeBack);
onClick("help", () => at("card").showModal());

await outbox.flush();
showProgress();
await next();
setInterval(keepAlive, ((current?.task.lease_s ?? 600) * 1000) / 3);
