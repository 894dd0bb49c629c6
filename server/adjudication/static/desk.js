// The page on which one disputed trial is decided. Answer, player and keys are the rating desk's.

import { Answer, signed } from "/static/rating/answer.js";
import { AnswerPanel } from "/static/rating/answer_panel.js";
import { Refused, call } from "/static/rating/api.js";
import { Keep } from "/static/rating/keep.js";
import { listenToKeys } from "/static/rating/keys.js";
import { Notices } from "/static/rating/notices.js";
import { Transport } from "/static/rating/transport.js";
import { viewOf } from "/static/rating/trial_views.js";
import { bindings } from "./bindings.js";
import { nextTrial } from "./next_trial.js";
import { offerTraining } from "./training_offer.js";
import { showHistory, showVotes } from "./votes.js";

const at = (id) => document.getElementById(id);
const { trial, instrument, adjudicator, trains } = at("desk").dataset;
const address = `/api/adjudication/${trial}/${instrument}`;
const draftName = `decision.${trial}.${instrument}`;
const ofDesk = (name) => [...document.querySelectorAll(`[data-${name}]`)];

// The reason is always in sight: without one nothing is decided.
class DecisionPanel extends AnswerPanel {
  show() {
    super.show();
    this.note.closest(".note").hidden = false;
  }
}

const notices = new Notices(at("message"));
const keep = new Keep(adjudicator, (why) => notices.say(`Your answer is kept in this tab only (${why}).`, null));
const transport = new Transport(keep, notices, () => {});
const panel = new DecisionPanel(at("answer"));
const usual = Object.fromEntries(ofDesk("seven").map(({ dataset }) => [dataset.seven, dataset.usual]));
let doc = null; // the trial, as the server told it
let blind = null; // the answer that came before the votes were seen
let contextOpen = instrument === "ER";
let saving = false;

const answer = new Answer(instrument, usual, () => {
  panel.show();
  saveDraft();
  if (doc?.votes) showVotes(at("told"), doc.votes.answers, answer?.given);
});
panel.listenFor(answer);

function saveDraft() {
  if (doc && !saving) keep.write(draftName, { given: answer.given, blind, contextOpen });
}

// What is answered, without the reason.
function values() {
  const { instrument: _asked, note: _reason, ...rest } = answer.vote();
  return rest;
}

async function stage(fromMs = null) {
  transport.detach();
  transport.trial?.view.player.close();
  at("stage").replaceChildren();
  const { media, sound, face_offset_ms, duration_ms, screen } = doc;
  const task = contextOpen
    ? { instrument: "ER", media, face_offset_ms, duration_ms, screen }
    : { instrument: "FER", media: { face: media.face }, sound };
  const view = viewOf(task);
  at("sides").classList.toggle("alone", !contextOpen);
  at("closed").hidden = contextOpen;
  at("timeline").classList.toggle("er", contextOpen); // the traces are the time line then
  at("stage").append(view.root);
  await transport.attach({ task, view }, { plays: fromMs === null });
  if (fromMs !== null) view.player.seek(fromMs);
}

async function openContext() {
  if (contextOpen || !doc) return;
  // The face alone counts from its own first frame, the clip's clock from the clip's.
  const now = transport.player.now() + doc.face_offset_ms;
  contextOpen = true;
  saveDraft();
  await stage(now);
}

async function reveal() {
  if (!doc || doc.votes) return;
  const gaps = answer.missing();
  panel.ask(gaps);
  if (gaps.length) return notices.say("Answer first; then the raters' answers are shown.");
  try {
    const votes = await call("POST", `${address}/reveal`);
    blind = values();
    doc.votes = votes;
    showTold();
    saveDraft();
  } catch (error) {
    notices.say(error instanceof Refused ? error.message : "The server cannot be reached. Press S again.", null);
  }
}

function showTold() {
  at("ask-votes").hidden = Boolean(doc.votes);
  if (!doc.votes) return;
  showVotes(at("told"), doc.votes.answers, answer.given);
  showHistory(at("history"), doc.votes.history);
  if (trains !== undefined) offerTraining(at("history"), trial, instrument, doc.votes.history.at(-1), notices);
}

function ready() {
  const gaps = answer.missing();
  panel.ask(gaps);
  if (gaps.length) return false;
  if (answer.given.note.trim().length < 3) {
    panel.tell("missing", "Say why, in a few words.");
    panel.openNote();
    return false;
  }
  const contradictions = answer.contradictions();
  if (!contradictions.length || answer.doubted) return true;
  answer.doubted = true;
  panel.doubt(contradictions);
  return false;
}

async function decide() {
  if (!doc || saving || !ready()) return;
  saving = true;
  at("submit").disabled = true;
  const body = { ...values(), reason: answer.given.note.trim(), supersedes: doc.current, blind_answer: blind };
  try {
    await call("POST", address, body);
    keep.drop(draftName);
    await goOn();
  } catch (error) {
    saving = false;
    at("submit").disabled = false;
    const words = error instanceof Refused ? error.message : "The server cannot be reached. Your decision is kept here; press Enter to try again.";
    notices.say(words, null);
  }
}

// On to the next of the queue; the filters of this page's address stay.
async function goOn() {
  location.assign(await nextTrial(doc.cursor, location.search, { trial, instrument }).catch(() => `/adjudication${location.search}`));
}

function showStanding() {
  const { answers, places, reasons, current, simulated, self_report: said } = doc;
  const words = [`${answers} of ${places} have answered`];
  if (reasons.length) words.push(`they disagree: ${reasons.join(", ")}`);
  if (current) words.push("decided before");
  at("standing").textContent = words.join(" · ");
  at("simulated").hidden = !simulated;
  at("self-report").textContent = said ? `They said: ${inWords(said)}` : "";
}

function inWords({ seven, three, valence, arousal }) {
  const steps = [["valence", valence], ["arousal", arousal]].filter(([, value]) => value !== null);
  return [seven, three, ...steps.map(([name, value]) => `${name} ${signed(value)}`)].filter(Boolean).join(" · ");
}

const onClick = (id, action) =>
  at(id).addEventListener("click", (event) => {
    action();
    if (event.detail > 0) at(id).blur();
  });
const actions = { context: openContext, reveal, skip: () => doc && goOn(), undo: () => answer.undo(), help: () => at("card").showModal() };
for (const [id, action] of Object.entries(actions)) onClick(id, action);
onClick("play", () => transport.player?.toggle());
onClick("replay", () => transport.player?.replay());
onClick("back-frame", () => transport.player?.step(-1));
onClick("next-frame", () => transport.player?.step(1));
onClick("speed", () => transport.changeSpeed(0));
onClick("sound", () => transport.toggleSound());
onClick("overlay", () => transport.changeOverlay());
at("answer").addEventListener("submit", (event) => {
  event.preventDefault();
  decide();
});
at("note").addEventListener("keydown", (event) => {
  if (event.key === "Escape") panel.leaveNote();
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  decide();
});
const keys = bindings({ answer, panel, transport, actions: { ...actions, decide } });
listenToKeys((key) => keys[key], () => at("letters").checked);
at("letters").checked = keep.read("letters") ?? true;
at("letters").addEventListener("change", () => keep.write("letters", at("letters").checked));

async function start() {
  try {
    doc = await call("GET", address);
  } catch (error) {
    return notices.say(error instanceof Refused ? error.message : "The server cannot be reached. Reload the page.", null);
  }
  const draft = keep.read(draftName);
  blind = draft?.blind ?? null;
  contextOpen ||= Boolean(draft?.contextOpen);
  if (draft) answer.restore(draft.given);
  showStanding();
  showTold();
  await stage();
}
await start();
