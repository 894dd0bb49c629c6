// What comes with the receipt: a model's label to hold one's own against, or what experts say of a training trial.

import { signed } from "./answer.js";

function node(tag, className, ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

const SCALES = [
  ["seven", "Class"],
  ["three", "On the whole"],
  ["valence", "Valence"],
  ["arousal", "Arousal"],
  ["intensity", "Intensity"],
];
// Nearer than this, two places on the pad count as the same.
const NEAR = 0.5;

function inWords(name, value) {
  if (value === null || value === undefined) return "–";
  if (name === "intensity") return value.toFixed(1);
  return typeof value === "number" ? signed(value) : value;
}

function agree(name, mine, theirs) {
  if (name === "seven" || name === "three") return mine === theirs;
  return Math.abs(mine - theirs) <= NEAR;
}

// Two answers side by side. A row where they differ says so in words, not in colour alone.
function besideEachOther(mine, theirs, whose) {
  const head = node("tr", "", ...["", "You", whose, ""].map((text) => node("th", "", text)));
  [...head.children].slice(1, 3).forEach((cell) => cell.setAttribute("scope", "col"));
  for (const cell of [head.children[0], head.children[3]]) cell.replaceWith(node("td"));
  const rows = SCALES.filter(([name]) => mine[name] !== null && mine[name] !== undefined).map(([name, label]) => {
    const [own, other] = [mine[name], theirs[name]];
    const known = other !== null && other !== undefined;
    const same = known && agree(name, own, other);
    const title = node("th", "", label);
    title.setAttribute("scope", "row");
    const mark = node("td", same ? "same" : "differs", !known ? "" : same ? "✓ agrees" : "differs");
    return node("tr", "", title, node("td", "number", inWords(name, own)), node("td", "number", inWords(name, other)), mark);
  });
  return node("table", "beside", node("thead", "", head), node("tbody", "", ...rows));
}

const percent = (share) => `${Math.round(share * 100)}\u00a0%`;

// The model's three likeliest classes.
function likeliest(probabilities) {
  const sorted = Object.entries(probabilities ?? {}).sort(([, a], [, b]) => b - a);
  if (!sorted.length) return [];
  return [node("p", "muted", `The model gives ${sorted.slice(0, 3).map(([name, share]) => `${name} ${percent(share)}`).join(", ")}.`)];
}

function buttons(actions) {
  const row = node("div", "actions");
  for (const { label, key, go, main } of actions) {
    const button = node("button", main ? "button" : "", `${label} `, node("kbd", "", key));
    button.type = "button";
    button.setAttribute("aria-keyshortcuts", key === "enter" ? "Enter" : key);
    button.addEventListener("click", go);
    row.append(button);
  }
  return row;
}

// `given`: the rater's own answer; `reveal`: the model's. `does`: {keep, take, change}.
export function showReveal(panel, given, reveal, does) {
  panel.setAttribute("aria-label", "A model's label");
  panel.replaceChildren(
    node("h2", "", "Your answer is saved"),
    node("p", "", "A model was asked too. It may be wrong; your own eyes count."),
    besideEachOther(given, reveal, "Model"),
    ...likeliest(reveal.probabilities),
    buttons([
      { label: "Keep mine", key: "enter", go: does.keep, main: true },
      { label: "Take the model’s", key: "T", go: does.take },
      { label: "Change mine", key: "C", go: does.change },
    ]),
  );
}

// `feedback`: {answer, explanation, score, done, of, qualified}.
export function showFeedback(panel, given, feedback, goOn) {
  panel.setAttribute("aria-label", "What experts say");
  const { answer, explanation, score, done, of, qualified } = feedback;
  const points = node("p", "score", "This answer scores ", node("strong", "number", `${Math.round(score * 100)} of 100`));
  const meter = Object.assign(node("progress"), { max: of, value: done });
  meter.setAttribute("aria-label", "Training trials answered");
  panel.replaceChildren(
    node("h2", "", "Training: what experts say"),
    besideEachOther(given, answer, "Experts"),
    points,
    ...(explanation ? [node("p", "explanation", explanation)] : []),
    node("p", "muted number", `Training trial ${done} of ${of}`),
    meter,
    ...(qualified === true ? [node("p", "notice good", "You are qualified: from now on your answers count.")] : []),
    ...(qualified === false
      ? [node("p", "notice warn", "That was the last training trial, and the score asked for was not reached. Whoever runs the study can open the training anew.")]
      : []),
    buttons([{ label: "Go on", key: "enter", go: goOn, main: true }]),
  );
}
