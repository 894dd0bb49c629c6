// Correcting the last answer: it comes back onto the stage, and the trial at hand is put aside for it.

import { Refused, lastAnswer } from "./api.js";

export async function correctLast(flow) {
  const before = flow.current;
  if (flow.waits || before?.supersedes || before?.receipt) return;
  await flow.outbox.flush();
  if (flow.outbox.entries().length) {
    return flow.notices.say("Your last answer is still waiting to be saved; correct it when the server is back.");
  }
  try {
    const { task, answer: given } = await lastAnswer(flow.queue.instrument);
    if (flow.current !== before || flow.waits) return;
    const trial = { ...flow.queue.prepared(task), supersedes: given.vote, putAside: flow.putAside() };
    flow.notices.say("This is your last answer. Change it and press Enter, or press Esc to leave it.", 8000);
    await flow.stage(trial, given);
  } catch (error) {
    flow.notices.say(error instanceof Refused ? error.message : "The server cannot be reached.");
  }
}

// Escape: the answer stays as it was.
export function leaveCorrection(flow) {
  const { current } = flow;
  if (!current?.supersedes) return;
  flow.notices.say("");
  flow.leave(current);
  flow.comeBack(current);
}
