// Trials on their way to the stage: claimed, built and loading while the one before them is rated.

import { Refused, claimNext, renew } from "./api.js";
import { viewOf } from "./trial_views.js";

export class TrialQueue {
  // `stage`: where views wait, hidden. `unsent()`: claims whose answers the server does not have yet.
  constructor(instrument, stage, unsent) {
    Object.assign(this, { instrument, stage, unsent });
    this.ahead = null; // a promise of the next trial, of null where none is left, of undefined where asking failed
  }

  // A trial whose media load: {task, view}.
  prepared(task) {
    const view = viewOf(task);
    view.root.hidden = true;
    this.stage.append(view.root);
    return { task, view };
  }

  // `have`: claims that are on the page already.
  async bring(have) {
    const task = await claimNext(this.instrument, [...have, ...this.unsent()]);
    return task && this.prepared(task);
  }

  loadAhead(have) {
    // A failure is told when the trial is asked for.
    this.ahead ??= this.bring(have).catch(() => undefined);
  }

  // The next trial; null where none is left. Rejects with Refused or Unreachable.
  async next() {
    const ready = await this.ahead;
    this.ahead = null;
    if (!ready) return this.bring([]);
    try {
      await this.hold(ready);
      return ready;
    } catch (error) {
      drop(ready);
      if (!(error instanceof Refused) || error.needsLogin) throw error;
      return this.bring([]); // its lease ended while it lay ready
    }
  }

  // It is the next one still.
  putBack(trial) {
    if (trial) this.ahead = Promise.resolve(trial);
  }

  // A trial that lay ready for long may have lost its place.
  async hold({ task }) {
    const left = Date.parse(task.expires_utc) - Date.now();
    if (left < (task.lease_s * 1000) / 2) await renew(task.claim);
  }
}

export function drop(trial) {
  trial.looked?.close();
  trial.view.player.close();
  trial.view.root.remove();
}
