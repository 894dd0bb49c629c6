// Which key does what: the rating desk's keys, with S for the votes, C for the context, E for the reason.

import { answerKeys, playerKeys, run } from "/static/rating/shared_keys.js";

// Key to {run(event), repeats}; letters in lower case.
export function bindings({ answer, panel, transport, actions }) {
  return {
    ...answerKeys({ answer, form: panel.form }),
    ...playerKeys(transport),
    c: run(actions.context),
    s: run(actions.reveal),
    e: run(() => panel.openNote()),
    z: run(actions.undo),
    x: run(actions.skip),
    Enter: run(actions.decide),
    "?": run(actions.help),
  };
}
