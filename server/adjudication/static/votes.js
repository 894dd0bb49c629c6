// What raters said: a table, the plane of valence and arousal, and the decisions so far.

import { signed } from "/static/rating/answer.js";
import { plane } from "./plane.js";

export function node(tag, className = "", ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

// `answers`: of the raters; `own`: {valence, arousal} of the adjudicator, null where not given yet.
export function showVotes(box, answers, own) {
  box.hidden = false;
  const withIntensity = answers.some((answer) => answer.intensity !== null);
  const heads = ["Rater", "Class", "On the whole", "Valence", "Arousal", ...(withIntensity ? ["Intensity"] : []), "Flags and notes"];
  const head = node("tr", "", ...heads.map((words, i) => heading(words, i > 2 && i < heads.length - 1)));
  const rows = answers.map((answer) => row(answer, withIntensity));
  const table = node("table", "", node("thead", "", head), node("tbody", "", ...rows));
  box.replaceChildren(node("div", "votes-table", table), plane(answers, own));
}

function heading(words, isNumber) {
  const made = node("th", isNumber ? "number" : "", words);
  made.scope = "col";
  return made;
}

function row(answer, withIntensity) {
  const letter = node("th", "letter", answer.rater);
  letter.scope = "row";
  const last = node("td", "remarks", ...answer.flags.map((flag) => node("span", "badge", flag)));
  if (answer.prelabel_seen) last.append(node("span", "badge", "after a model's label"));
  if (answer.note) last.append(node("q", "", answer.note));
  const cells = [node("td", "", answer.seven), node("td", "", answer.three), number(signed(answer.valence)), number(signed(answer.arousal))];
  if (withIntensity) cells.push(number(answer.intensity === null ? "–" : answer.intensity.toFixed(1)));
  return node("tr", "", letter, ...cells, last);
}

const number = (words) => node("td", "number", words);

// `history`: decisions, the newest last.
export function showHistory(box, history) {
  box.hidden = !history.length;
  if (!history.length) return;
  const newest = history.at(-1).id;
  const items = [...history].reverse().map((decision) => item(decision, decision.id === newest));
  box.replaceChildren(node("h3", "", "Decisions"), node("ol", "", ...items));
}

function item(decision, stands) {
  const { seven, three, valence, arousal, intensity, flags, by, created_utc: when, reason, blind_answer: before } = decision;
  const parts = [three, `valence ${signed(valence)}`, `arousal ${signed(arousal)}`];
  if (intensity !== null) parts.push(`intensity ${intensity.toFixed(1)}`);
  const line = node("p", "", node("strong", "", seven), ` · ${[...parts, ...flags].join(" · ")} `);
  line.append(stands ? node("span", "badge good", "stands") : node("span", "badge", "superseded"));
  const looked = before ? (before.seven === seven ? "; the same class before looking at the answers" : `; ${before.seven} before looking at the answers`) : "";
  const author = `${by}, ${new Date(when).toLocaleString([], { dateStyle: "medium", timeStyle: "short" })}${looked}`;
  return node("li", stands ? "stands" : "", line, node("p", "", node("q", "", reason)), node("p", "muted", author));
}
