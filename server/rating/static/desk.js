// The rating desk: puts its parts together and listens to keys and buttons.

import { Answer } from "./answer.js";
import { AnswerPanel } from "./answer_panel.js";
import { progress } from "./api.js";
import { Breaks } from "./breaks.js";
import { correctLast, leaveCorrection } from "./corrections.js";
import { DeskPage } from "./desk_page.js";
import { Drafts } from "./drafts.js";
import { hotkeys } from "./hotkeys.js";
import { Interludes } from "./interludes.js";
import { Keep } from "./keep.js";
import { listenToKeys } from "./keys.js";
import { loginAddress } from "./login.js";
import { Notices } from "./notices.js";
import { Outbox } from "./outbox.js";
import { Receipts } from "./receipts.js";
import { Tracing } from "./tracing.js";
import { Transport } from "./transport.js";
import { TrialFlow } from "./trial_flow.js";
import { TrialQueue } from "./trial_queue.js";

const at = (id) => document.getElementById(id);
const { instrument, rater } = at("desk").dataset;
const choices = [...document.querySelectorAll("[data-seven]")];
const usual = Object.fromEntries(choices.map(({ dataset }) => [dataset.seven, dataset.usual]));
let mine = null; // the rater's progress, as the server last told it
let flow = null; // made when its parts are

const notices = new Notices(at("message"));
const keep = new Keep(rater, (why) => {
  const words = `Your answers are kept in this tab only (${why}). Leave it open until “saving” is gone; they are sent as ever.`;
  at("fleeting").textContent = words;
  at("fleeting").hidden = false;
});
const page = new DeskPage();
const drafts = new Drafts(keep);
const breaks = new Breaks(keep);
const panel = new AnswerPanel(at("answer"));
const answer = new Answer(instrument, usual, () => {
  panel.show();
  flow?.saveDraft();
});
const receipts = new Receipts(instrument, at("aftermath"));
const outbox = new Outbox(keep, {
  onChange: (waiting, trouble) => {
    page.showOutbox(waiting, trouble, loginAddress());
    if (!waiting) showProgress();
  },
  onSaved: (entry, reply) => receipts.come(entry, reply),
  onRefused: (entry, words) => {
    receipts.refused(entry);
    notices.say(`An answer was not taken. ${words}`, null);
  },
});
const queue = new TrialQueue(instrument, at("stage"), () => outbox.claims());
const tracing = new Tracing(at("tracing"), at("trace-curve"), at("stage"));
const transport = new Transport(keep, notices, (nowMs) => tracing.tick(nowMs));
const interludes = new Interludes(at("stage"), page, breaks, () => mine);
flow = new TrialFlow({ answer, panel, drafts, outbox, queue, transport, tracing, interludes, receipts, breaks, notices, page });
receipts.flow = interludes.flow = flow;
panel.listenFor(answer);

async function showProgress() {
  mine = (await progress().catch(() => null))?.[instrument] ?? mine;
  if (!mine) return;
  page.showProgress(mine);
  breaks.everyMin = mine.break_after_min ?? 0;
}

// Single letters can be turned off: speech input and some screen readers use them for themselves.
const letters = at("letters");
letters.checked = keep.read("letters") ?? true;
letters.addEventListener("change", () => keep.write("letters", letters.checked));
listenToKeys(hotkeys({ flow, answer, panel, transport, tracing, receipts, interludes, card: at("card") }), () => letters.checked);
at("note").addEventListener("keydown", (event) => event.key === "Escape" && panel.leaveNote());
at("card").addEventListener("keydown", (event) => event.key === "?" && at("card").close());

at("answer").addEventListener("submit", (event) => {
  event.preventDefault();
  flow.submit();
});
const onClick = (id, action) =>
  at(id).addEventListener("click", (event) => {
    action();
    if (event.detail > 0) at(id).blur();
  });
onClick("play", () => transport.player?.toggle());
onClick("replay", () => transport.player?.replay());
onClick("back-frame", () => transport.player?.step(-1));
onClick("next-frame", () => transport.player?.step(1));
onClick("speed", () => transport.changeSpeed(0));
onClick("sound", () => transport.toggleSound());
onClick("overlay", () => transport.changeOverlay());
onClick("trace-again", () => tracing.again());
onClick("undo", () => answer.undo());
onClick("last", () => correctLast(flow));
onClick("skip", () => flow.skip());
onClick("back", () => leaveCorrection(flow));
onClick("write-note", () => panel.openNote());
onClick("help", () => at("card").showModal());
window.addEventListener("pagehide", () => flow.saveDraft());

await showProgress();
await flow.start();
setInterval(() => flow.keepAlive(), ((flow.current?.task.lease_s ?? 600) * 1000) / 3);
