// What does not go together in an answer. It may be meant: the page asks once, and forbids nothing.

const UNPLEASANT = ["sadness", "fear", "disgust", "anger"];
// Nearer to the middle than this, a valence says neither.
const MIDDLE = 0.1;
const STRONG = 2;

// `given`: {seven, three, valence, intensity}, all answered. Returns questions in words, none where all goes together.
export function contradictions({ seven, three, valence, intensity }, instrument) {
  const pleasant = valence > MIDDLE;
  const unpleasant = valence < -MIDDLE;
  const found = [];
  if (seven === "happiness" && unpleasant) found.push("happiness with an unpleasant valence");
  if (UNPLEASANT.includes(seven) && pleasant) found.push(`${seven} with a pleasant valence`);
  if (seven === "happiness" && three === "negative") found.push("happiness as negative");
  if (UNPLEASANT.includes(seven) && three === "positive") found.push(`${seven} as positive`);
  if (!found.length && three === "positive" && unpleasant) found.push("positive with an unpleasant valence");
  if (!found.length && three === "negative" && pleasant) found.push("negative with a pleasant valence");
  if (instrument === "FER" && seven === "neutral" && intensity >= STRONG) {
    found.push(`a neutral face with an intensity of ${intensity.toFixed(1)}`);
  }
  return found;
}
