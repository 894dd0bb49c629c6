// One trial after another: put on the stage, answered, saved, left for the next.
//
// A trial is {task, view} and, as it goes: `looked`; `given`, the vote that was sent; `supersedes`, the own vote that it
// corrects; `receipt`, the reply that brought a label to look at; `putAside`, the trial to come back to.

import { Refused, release, renew } from "./api.js";
import { Looked } from "./looked.js";
import { drop } from "./trial_queue.js";

// The receipt may bring a label to look at. On a quick network it is there before the eye misses the next trial.
const RECEIPT_MS = 150;
const after = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export class TrialFlow {
  // `parts`: {answer, panel, drafts, outbox, queue, transport, tracing, interludes, receipts, breaks, notices, page}.
  constructor(parts) {
    Object.assign(this, parts);
    this.current = null; // the trial on the stage
    this.leaving = null; // the trial before it, shown until the next is
    this.waits = true; // between two trials: keys belong to none
  }

  get isRating() {
    return this.current !== null && !this.current.receipt;
  }

  async start() {
    await this.outbox.flush();
    await this.goOn();
  }

  // Whatever is next on the stage.
  async goOn() {
    this.waits = true;
    if (this.receipts.due.length) return this.receipts.showNext();
    if (this.breaks.isDue) return this.interludes.suggestBreak();
    try {
      const trial = await this.queue.next();
      if (this.receipts.due.length) {
        this.queue.putBack(trial); // a receipt came meanwhile
        return this.receipts.showNext();
      }
      if (trial) await this.stage(trial);
      else this.interludes.showEnd();
    } catch (error) {
      this.interludes.showTrouble(error);
    }
  }

  // Put a trial before the rater. `values`: what the answer holds at first.
  async stage(trial, values = null) {
    const draft = trial.supersedes ? null : this.drafts.read(trial.task.claim);
    this.enter(trial, draft?.lookedMs);
    this.answer.restore(values ?? trial.values ?? draft?.values ?? {});
    this.tracing.attach(trial.supersedes ? null : trial);
    await this.transport.attach(trial);
    // Only now: what is to be seen at once has the network and the decoder to itself.
    if (this.current === trial && !trial.supersedes) this.queue.loadAhead([trial.task.claim]);
  }

  enter(trial, lookedMs = 0) {
    if (this.leaving === trial) this.leaving = null;
    this.clearStage();
    this.current = trial;
    this.waits = false;
    trial.looked ??= new Looked(lookedMs);
    trial.looked.start();
    trial.view.root.hidden = false;
    this.page.show(trial);
    this.panel.ask([]);
  }

  clearStage() {
    this.interludes.close();
    const { leaving } = this;
    this.leaving = null;
    if (!leaving) return;
    leaving.view.root.hidden = true;
    if (!this.receipts.needs(leaving)) drop(leaving);
  }

  saveDraft() {
    const { current, answer } = this;
    if (!this.isRating || current.supersedes || !answer.touched) return;
    this.drafts.write(current.task.claim, answer.given, current.looked.ms);
  }

  // Enter: save, unless something is missing or has to be asked.
  async submit() {
    const { answer, panel, current } = this;
    if (!this.isRating) return;
    const gaps = answer.missing();
    panel.ask(gaps);
    if (gaps.length) return;
    const doubts = answer.contradictions();
    if (doubts.length && !answer.doubted) return panel.doubt(doubts);
    const vote = { ...answer.vote(), looked_ms: current.looked.ms };
    const trace = this.tracing.result();
    if (trace) vote.trace = trace;
    await this.save(current, vote);
  }

  // A trial is left as soon as its answer lies in the outbox. Training waits for what the experts say.
  async save(trial, vote) {
    const { task, supersedes } = trial;
    trial.given = vote;
    const sent = this.outbox.add(task.claim, supersedes ? { ...vote, supersedes } : vote);
    this.drafts.drop(task.claim);
    this.notices.say("");
    this.leave(trial);
    if (supersedes) return this.comeBack(trial);
    this.breaks.worked(vote.looked_ms);
    this.receipts.await(trial);
    await (task.training ? sent : Promise.race([sent, after(RECEIPT_MS)]));
    await this.goOn();
  }

  // Off the stage, as far as keys go; the picture stays until another takes its place.
  leave(trial) {
    trial.looked.stop();
    this.transport.detach();
    this.tracing.attach(null);
    this.current = null;
    this.waits = true;
    this.leaving = trial;
    this.answer.clear();
    this.panel.ask([]);
    this.page.hold();
  }

  // Take the trial at hand off the stage for a while, with what was answered so far. Returns it, or null.
  putAside() {
    const { current } = this;
    if (!current) return null;
    current.values = this.answer.given;
    current.looked.stop();
    current.view.player.pause();
    current.view.root.hidden = true;
    this.current = null;
    return current;
  }

  // To the trial that was put aside for this one, or to the next.
  comeBack({ putAside }) {
    return putAside ? this.stage(putAside) : this.goOn();
  }

  async skip() {
    const { current } = this;
    if (!this.isRating || current.supersedes) return;
    try {
      await release(current.task.claim);
    } catch (error) {
      if (!(error instanceof Refused) || error.needsLogin) return this.notices.say("The server cannot be reached, so nothing was skipped.");
    }
    if (this.current !== current) return;
    this.drafts.drop(current.task.claim);
    this.notices.say("Skipped. Somebody else may have it.");
    this.leave(current);
    await this.goOn();
  }

  // Whoever thinks long keeps the place: a sign of life well before the lease ends.
  keepAlive() {
    const held = this.current?.putAside ?? this.current;
    if (!held || held.supersedes || held.receipt || document.hidden) return;
    renew(held.task.claim).catch((error) => {
      if (!(error instanceof Refused) || error.needsLogin || held !== this.current) return;
      this.notices.say(error.message, null);
      this.leave(held);
      this.goOn();
    });
  }
}
