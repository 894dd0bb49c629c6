// What the server sends back with an answer. Mostly nothing to look at; sometimes a model's label, which is shown only
// now that the answer was given blind, or what experts say of a training trial.

import { lastAnswer } from "./api.js";
import { showFeedback, showReveal } from "./aftermath.js";
import { drop } from "./trial_queue.js";

export class Receipts {
  // `flow` is set by the desk, as each needs the other.
  constructor(instrument, panel) {
    Object.assign(this, { instrument, panel, flow: null });
    this.awaited = new Map(); // claim to the trial whose receipt is not here yet
    this.due = []; // {trial, entry, reply}: to be looked at next
  }

  await(trial) {
    this.awaited.set(trial.task.claim, trial);
  }

  // Whether a trial that was left is still to be shown, or may be.
  needs(trial) {
    return this.awaited.get(trial.task.claim) === trial || this.due.some((told) => told.trial === trial);
  }

  // The outbox has a receipt.
  come({ claim, vote }, reply) {
    const trial = this.awaited.get(claim) ?? null;
    this.awaited.delete(claim);
    const tells = (reply.reveal || reply.feedback) && !vote.supersedes && vote.instrument === this.instrument;
    if (tells) this.due.push({ trial, vote, reply });
    else if (trial && trial !== this.flow.leaving) drop(trial);
    // It came late. Whoever has begun with the next trial is not disturbed: it is shown after that one.
    if (tells && this.flow.isRating && !this.flow.current.supersedes && !this.flow.answer.touched) {
      this.showNext(this.flow.putAside());
    }
  }

  // Nothing will come: the answer was refused.
  refused({ claim }) {
    const trial = this.awaited.get(claim);
    this.awaited.delete(claim);
    if (trial && trial !== this.flow.leaving) drop(trial);
  }

  async showNext(putAside = null) {
    const { flow } = this;
    const { trial: left, vote, reply } = this.due.shift();
    const trial = left ?? (await this.broughtBack(reply.vote));
    if (trial === null) return flow.comeBack({ putAside });
    Object.assign(trial, { receipt: reply, given: vote, putAside });
    flow.enter(trial);
    if (reply.feedback) showFeedback(this.panel, vote, reply.feedback, () => this.keep());
    else showReveal(this.panel, vote, reply.reveal, { keep: () => this.keep(), take: () => this.take(), change: () => this.change() });
    await flow.transport.attach(trial, { plays: false });
  }

  // After a reload the trial is fetched again. Null where it was not the last of this rater.
  async broughtBack(vote) {
    try {
      const { task, answer } = await lastAnswer(this.instrument);
      return answer.vote === vote ? this.flow.queue.prepared(task) : null;
    } catch {
      return null;
    }
  }

  get shown() {
    return this.flow.current?.receipt ? this.flow.current : null;
  }

  // Go on, the answer as it is.
  keep() {
    const { shown, flow } = this;
    if (!shown) return;
    flow.leave(shown);
    flow.comeBack(shown);
  }

  take() {
    const { shown, flow } = this;
    if (!shown?.receipt.reveal) return;
    const { seven, three, valence, arousal, intensity } = shown.receipt.reveal;
    const { trace: _blind, ...vote } = { ...shown.given, seven, three, valence, arousal };
    if (this.instrument === "FER") vote.intensity = intensity ?? shown.given.intensity;
    this.becomeCorrection(shown);
    flow.save(shown, vote);
  }

  change() {
    const { shown, flow } = this;
    if (!shown?.receipt.reveal) return;
    this.becomeCorrection(shown);
    flow.notices.say("Change your answer and press Enter, or press Esc to leave it.", 8000);
    flow.stage(shown, shown.given);
  }

  becomeCorrection(trial) {
    trial.supersedes = trial.receipt.vote;
    trial.receipt = null;
  }
}
