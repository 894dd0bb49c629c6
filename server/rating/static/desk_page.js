// What the page shows around the trial: head, which of the two panels, which buttons.

import { signed } from "./answer.js";
import { progressWords, standing } from "./progress_words.js";

const at = (id) => document.getElementById(id);

export class DeskPage {
  // A trial is on the stage.
  show({ task, supersedes, receipt }) {
    at("simulated").hidden = !task.simulated;
    at("training").hidden = !task.training;
    at("position").textContent = task.position ? `Trial ${task.position}` : "";
    this.showSelfReport(task.self_report);
    const correcting = Boolean(supersedes);
    at("answer").hidden = Boolean(receipt);
    at("answer").inert = false;
    at("aftermath").hidden = !receipt;
    at("aftermath").inert = false;
    at("submit").firstChild.textContent = correcting ? "Save the correction " : "Save and next ";
    for (const id of ["last", "skip"]) at(id).hidden = correcting;
    at("back").hidden = !correcting;
  }

  // The trial is left, and stays in sight until the next is there, so that nothing jumps.
  hold() {
    at("answer").inert = true;
    at("aftermath").inert = true;
  }

  // No trial is there.
  clear() {
    at("answer").inert = true;
    at("answer").hidden = false;
    at("aftermath").hidden = true;
    for (const id of ["simulated", "training"]) at(id).hidden = true;
    at("position").textContent = "";
    this.showSelfReport(null);
  }

  showSelfReport(report) {
    const { seven, three, valence, arousal } = report ?? {};
    const number = (name, value) => (typeof value === "number" ? `${name} ${signed(value)}` : null);
    const parts = [seven, three, number("valence", valence), number("arousal", arousal)].filter(Boolean);
    at("self-report").textContent = parts.length ? `They said: ${parts.join(" · ")}` : "";
  }

  showProgress(mine) {
    at("progress").textContent = progressWords(mine);
    const [words, manner] = standing(mine);
    at("standing").textContent = words;
    at("standing").className = `badge ${manner}`;
  }

  // `waiting` answers are not with the server yet, and why ('' while they are on their way).
  showOutbox(waiting, trouble, loginHref) {
    const kept = `${waiting} ${waiting === 1 ? "answer" : "answers"} kept here`;
    const words = { "": "saving…", network: `${kept}: the server cannot be reached`, login: `${kept}: your login has ended` };
    at("outbox").textContent = waiting ? words[trouble] : "";
    at("outbox").classList.toggle("bad", waiting > 0 && trouble !== "");
    at("log-in-again").hidden = !(waiting && trouble === "login");
    at("log-in-again").href = loginHref;
  }
}
