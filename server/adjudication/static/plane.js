// Where raters stand on the plane of valence and arousal: a letter each, their mean, and how far each lies from it.

const SVG = "http://www.w3.org/2000/svg";
const SIZE = 200;
const EDGE = 14;

function mark(tag, attributes, words = "") {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.textContent = words;
  return made;
}

const across = (valence) => EDGE + ((valence + 1) / 2) * (SIZE - 2 * EDGE);
const down = (arousal) => SIZE - EDGE - ((arousal + 1) / 2) * (SIZE - 2 * EDGE);
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

// `answers`: [{rater, valence, arousal}]; `own`: the adjudicator's {valence, arousal}, each may be null.
export function plane(answers, own) {
  const svg = mark("svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, class: "plane", role: "img" });
  svg.append(mark("title", {}, inWords(answers)));
  svg.append(mark("rect", { x: EDGE, y: EDGE, width: SIZE - 2 * EDGE, height: SIZE - 2 * EDGE, class: "ground" }));
  svg.append(mark("path", { d: `M${SIZE / 2} ${EDGE}V${SIZE - EDGE}M${EDGE} ${SIZE / 2}H${SIZE - EDGE}`, class: "axes" }));
  const words = [["pleasant", SIZE - EDGE - 3, SIZE / 2 - 4, "end"], ["excited", SIZE / 2 + 4, EDGE + 11, "start"]];
  for (const [word, x, y, anchor] of words) svg.append(mark("text", { x, y, "text-anchor": anchor, class: "word" }, word));
  const middle = [across(mean(answers.map((a) => a.valence))), down(mean(answers.map((a) => a.arousal)))];
  for (const { valence, arousal } of answers) {
    svg.append(mark("line", { x1: middle[0], y1: middle[1], x2: across(valence), y2: down(arousal), class: "ray" }));
  }
  svg.append(mark("path", { d: `M${middle[0] - 5} ${middle[1]}h10M${middle[0]} ${middle[1] - 5}v10`, class: "mean" }));
  if (own?.valence !== null && own?.valence !== undefined) {
    svg.append(mark("circle", { cx: across(own.valence), cy: down(own.arousal), r: 6, class: "own" }));
  }
  for (const { letters, valence, arousal } of together(answers)) svg.append(...lettered(letters, across(valence), down(arousal)));
  return svg;
}

// Raters at one point share a mark.
function together(answers) {
  const places = new Map();
  for (const { rater, valence, arousal } of answers) {
    const place = `${valence.toFixed(2)} ${arousal.toFixed(2)}`;
    const known = places.get(place) ?? { letters: "", valence, arousal };
    places.set(place, { ...known, letters: known.letters + rater });
  }
  return places.values();
}

function lettered(letters, x, y) {
  const wide = 9 + 6 * Math.max(0, letters.length - 1);
  return [
    mark("rect", { x: x - wide, y: y - 9, width: 2 * wide, height: 18, rx: 9, class: "rater" }),
    mark("text", { x, y: y + 4, "text-anchor": "middle", class: "letter" }, letters),
  ];
}

function inWords(answers) {
  const spread = (values) => (Math.max(...values) - Math.min(...values)).toFixed(2);
  const [valences, arousals] = [answers.map((a) => a.valence), answers.map((a) => a.arousal)];
  return `Valence spreads over ${spread(valences)}, arousal over ${spread(arousals)}; the ring is your own answer`;
}
