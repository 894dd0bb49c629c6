// Which key does what: the rating desk's keys, with S for the votes, C for the context, E for the reason.

const run = (action, repeats = false) => ({ run: action, repeats });

// Key to {run(event), repeats}; letters in lower case.
export function bindings({ answer, panel, transport, actions }) {
  const arrow = (right, up) => run((event) => answer.move(right, up, event.shiftKey), true);
  const intensity = (by) => run(() => answer.changeIntensity(by), true);
  const keys = {
    ArrowLeft: arrow(-1, 0),
    ArrowRight: arrow(1, 0),
    ArrowUp: arrow(0, 1),
    ArrowDown: arrow(0, -1),
    0: run(() => answer.setPad(0, 0)),
    "[": intensity(-0.1),
    "]": intensity(0.1),
    "-": intensity(-0.1),
    "+": intensity(0.1),
    "=": intensity(0.1),
    "{": intensity(-0.5),
    "}": intensity(0.5),
    " ": run(() => transport.player?.toggle()),
    r: run(() => transport.player?.replay()),
    ",": run(() => transport.player?.step(-1), true),
    ".": run(() => transport.player?.step(1), true),
    "<": run(() => transport.changeSpeed(-1)),
    ">": run(() => transport.changeSpeed(1)),
    v: run(() => transport.changeSpeed(0)),
    m: run(() => transport.toggleSound()),
    h: run(() => transport.changeOverlay()),
    c: run(actions.context),
    s: run(actions.reveal),
    e: run(() => panel.openNote()),
    z: run(actions.undo),
    x: run(actions.skip),
    Enter: run(actions.decide),
    "?": run(actions.help),
  };
  for (const button of panel.form.querySelectorAll(".choice")) {
    keys[button.getAttribute("aria-keyshortcuts").toLowerCase()] = run(() => button.click());
  }
  return keys;
}
