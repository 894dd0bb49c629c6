// Which key does what. Letters are those of KeyboardEvent.key in lower case; what a browser or a system takes is not here.

import { correctLast, leaveCorrection } from "./corrections.js";
import { answerKeys, playerKeys, run } from "./shared_keys.js";

// `find(key)` for listenToKeys.
export function hotkeys({ flow, answer, panel, transport, tracing, receipts, interludes, card }) {
  const change = (action, repeats = false) => run((event) => flow.isRating && action(event), repeats);
  const hold = (direction) => ({ ...run(() => tracing.hold(direction)), release: () => tracing.hold(0) });

  const always = { ...playerKeys(transport), "?": run(() => card.showModal()) };
  const rating = {
    ...answerKeys({ answer, form: panel.form, change }),
    e: change(() => panel.openNote()),
    z: change(() => answer.undo() || flow.notices.say("Nothing to undo. L brings back your last answer.")),
    l: run(() => correctLast(flow)),
    x: run(() => flow.skip()),
    w: hold(1),
    s: hold(-1),
    a: change(() => tracing.again()),
    Enter: run(() => (interludes.isOpen ? interludes.go() : flow.submit())),
    Escape: run(() => (flow.notices.stays ? flow.notices.say("") : leaveCorrection(flow))),
  };
  const looking = {
    Enter: run(() => receipts.keep()),
    t: run(() => receipts.take()),
    c: run(() => receipts.change()),
    Escape: run(() => flow.notices.say("")),
  };
  return (key) => (receipts.shown ? looking : rating)[key] ?? always[key];
}
