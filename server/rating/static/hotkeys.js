// Which key does what. Letters are those of KeyboardEvent.key in lower case; what a browser or a system takes is not here.

import { correctLast, leaveCorrection } from "./corrections.js";

const run = (action, repeats = false) => ({ run: action, repeats });

// `find(key)` for listenToKeys.
export function hotkeys({ flow, answer, panel, transport, tracing, receipts, interludes, card }) {
  const change = (action, repeats = false) => run((event) => flow.isRating && action(event), repeats);
  const arrow = (right, up) => change((event) => answer.move(right, up, event.shiftKey), true);
  const intensity = (by) => change(() => answer.changeIntensity(by), true);
  const hold = (direction) => ({ ...run(() => tracing.hold(direction)), release: () => tracing.hold(0) });

  const always = {
    " ": run(() => transport.player?.toggle()),
    r: run(() => transport.player?.replay()),
    ",": run(() => transport.player?.step(-1), true),
    ".": run(() => transport.player?.step(1), true),
    "<": run(() => transport.changeSpeed(-1)),
    ">": run(() => transport.changeSpeed(1)),
    v: run(() => transport.changeSpeed(0)),
    m: run(() => transport.toggleSound()),
    h: run(() => transport.changeOverlay()),
    "?": run(() => card.showModal()),
  };
  const rating = {
    ArrowLeft: arrow(-1, 0),
    ArrowRight: arrow(1, 0),
    ArrowUp: arrow(0, 1),
    ArrowDown: arrow(0, -1),
    0: change(() => answer.setPad(0, 0)),
    "[": intensity(-0.1),
    "]": intensity(0.1),
    "-": intensity(-0.1),
    "+": intensity(0.1),
    "=": intensity(0.1),
    "{": intensity(-0.5),
    "}": intensity(0.5),
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
  for (const button of panel.form.querySelectorAll(".choice")) {
    rating[button.getAttribute("aria-keyshortcuts").toLowerCase()] = change(() => button.click());
  }
  const looking = {
    Enter: run(() => receipts.keep()),
    t: run(() => receipts.take()),
    c: run(() => receipts.change()),
    Escape: run(() => flow.notices.say("")),
  };
  return (key) => (receipts.shown ? looking : rating)[key] ?? always[key];
}
