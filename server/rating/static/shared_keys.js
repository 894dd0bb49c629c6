// The keys that mean the same wherever a trial is judged: at the rating desk and at the adjudicator's.

// What `find(key)` of listenToKeys gives; letters in lower case.
export const run = (action, repeats = false) => ({ run: action, repeats });

// `change(action, repeats)` is `run`, or what lets the action through only at times.
export function answerKeys({ answer, form, change = run }) {
  const arrow = (right, up) => change((event) => answer.move(right, up, event.shiftKey), true);
  const intensity = (by) => change(() => answer.changeIntensity(by), true);
  const keys = {
    ArrowLeft: arrow(-1, 0),
    ArrowRight: arrow(1, 0),
    ArrowUp: arrow(0, 1),
    ArrowDown: arrow(0, -1),
    0: change(() => answer.setPad(0, 0)),
    "[": intensity(-0.1),
    "]": intensity(0.1),
    "-": intensity(-0.5),
    "+": intensity(0.5),
    "=": intensity(0.5), // the key of +, without Shift
  };
  for (const button of form.querySelectorAll(".choice")) {
    keys[button.getAttribute("aria-keyshortcuts").toLowerCase()] = change(() => button.click());
  }
  return keys;
}

export function playerKeys(transport) {
  return {
    " ": run(() => transport.player?.toggle()),
    r: run(() => transport.player?.replay()),
    ",": run(() => transport.player?.step(-1), true),
    ".": run(() => transport.player?.step(1), true),
    "<": run(() => transport.changeSpeed(-1)),
    ">": run(() => transport.changeSpeed(1)),
    v: run(() => transport.changeSpeed(0)),
    m: run(() => transport.toggleSound()),
    h: run(() => transport.changeOverlay()),
  };
}
