// How far the rater has come, in words. `mine`: what /api/rating/progress says of one instrument.

// The server counts no further.
const MANY = 1000;

export function progressWords({ answered, today, available, training_left: training }) {
  const parts = [`${answered} answered`];
  if (today !== undefined) parts.push(`${today} today`);
  parts.push(training ? `${training} to practise` : `${available}${available >= MANY ? " or more" : ""} to go`);
  return parts.join(" · ");
}

// [badge, '' or 'good' or 'bad']: where a study asks for training, how one stands.
export function standing({ qualified, training_left: training }) {
  if (qualified === true) return ["qualified", "good"];
  if (qualified === false) return training ? ["in training", ""] : ["not qualified", "bad"];
  return training ? ["in training", ""] : ["", ""];
}

export function nothingLeft(mine) {
  if (mine?.qualified === false && !mine.training_left) {
    return "You have answered all training trials, and the score that this study asks for was not reached. Whoever runs the study can open the training anew; ask them.";
  }
  if (mine?.at_limit) return "You have given as many answers as are asked of one person. Thank you.";
  return "Nothing is left for you here just now.";
}
