// For researchers: one click makes a decided trial part of the training set or a gold trial.

import { Refused, call } from "/static/rating/api.js";
import { node } from "./votes.js";

// `decision`: the one that stands, or undefined.
export function offerTraining(box, trial, instrument, decision, notices) {
  if (!decision) return;
  const { seven, three, valence, arousal, intensity, reason } = decision;
  const use = async (purpose) => {
    const body = { purpose, seven, three, valence, arousal, intensity, explanation: purpose === "training" ? reason : "" };
    try {
      await call("PUT", `/api/training/${trial}/${instrument}`, body);
      notices.say(purpose === "gold" ? "It is a gold trial now." : "It is in the training set now.");
    } catch (error) {
      notices.say(error instanceof Refused ? error.message : "The server cannot be reached; nothing was changed.", null);
    }
  };
  const button = (words, purpose) => {
    const made = node("button", "", words);
    made.type = "button";
    made.addEventListener("click", () => use(purpose));
    return made;
  };
  box.append(node("p", "training-offer", button("Use as gold", "gold"), button("Use for training", "training")));
}
