// The answer on the page: buttons, pad, intensity, note; what is missing and what is asked.

import { signed } from "./answer.js";

const STEP = 0.05;
const nearest = (value) => Math.round(Math.min(1, Math.max(-1, value)) / STEP) * STEP;

export class AnswerPanel {
  // `form`: the form of the page; `answer`: set right after, as each needs the other.
  constructor(form) {
    this.form = form;
    this.pad = form.querySelector("#pad");
    this.sliders = [...this.pad.querySelectorAll("input")];
    this.intensity = form.querySelector("#intensity");
    this.note = form.querySelector("#note");
    this.asked = [];
  }

  listenFor(answer) {
    this.answer = answer;
    this.form.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      const { seven, three, flag } = button.dataset;
      if (seven) answer.setSeven(seven);
      if (three) answer.setThree(three);
      if (flag) answer.toggleFlag(flag);
      // A mouse click must not keep the focus, or Enter would press the button again instead of saving.
      if (event.detail > 0) button.blur();
    });
    this.listenToPad();
    const [valence, arousal] = this.sliders;
    valence.addEventListener("input", () => answer.setPad(Number(valence.value), answer.given.arousal ?? 0));
    arousal.addEventListener("input", () => answer.setPad(answer.given.valence ?? 0, Number(arousal.value)));
    this.intensity?.addEventListener("input", () => answer.setIntensity(Number(this.intensity.value)));
    this.intensity?.addEventListener("pointerup", () => {
      answer.setIntensity(Number(this.intensity.value));
      this.intensity.blur();
    });
    this.note.addEventListener("input", () => answer.setNote(this.note.value));
    this.note.addEventListener("blur", () => this.show());
  }

  listenToPad() {
    const point = (event) => {
      const box = this.pad.getBoundingClientRect();
      this.answer.setPad(
        nearest(((event.clientX - box.left) / box.width) * 2 - 1),
        nearest(1 - ((event.clientY - box.top) / box.height) * 2),
      );
    };
    this.pad.addEventListener("pointerdown", (event) => {
      this.pad.setPointerCapture(event.pointerId);
      this.answer.endRun();
      point(event);
    });
    this.pad.addEventListener("pointermove", (event) => event.buttons && point(event));
  }

  openNote() {
    this.note.closest(".note").hidden = false;
    this.note.focus();
  }

  // Escape leaves the field; what was typed stays.
  leaveNote() {
    this.note.blur();
  }

  // Say what is missing; [] says that nothing is.
  ask(gaps) {
    this.asked = gaps;
    const wanted = new Set(gaps.map(([, id]) => id));
    for (const part of this.form.querySelectorAll("fieldset, #grade")) {
      part.classList.toggle("asked", wanted.has(part.id));
    }
    const words = gaps.map(([word]) => word);
    this.tell("missing", words.length ? `Still to answer: ${words.join(", ")}.` : "");
  }

  // Ask whether what does not go together is meant.
  doubt(contradictions) {
    const question = contradictions.join(", ");
    this.answer.doubted = true;
    this.tell("doubt", `${question[0].toUpperCase()}${question.slice(1)}? Enter saves it as it is.`);
  }

  tell(manner, words) {
    const line = this.form.querySelector("#missing");
    line.textContent = words;
    line.className = `missing ${manner}`;
  }

  // Called after every change of the answer.
  show() {
    const { answer, form } = this;
    if (!answer) return;
    if (this.asked.length) this.ask(answer.missing());
    else if (!answer.doubted) this.tell("hint", this.hint());
    const { given } = answer;
    const whole = answer.whole();
    for (const button of form.querySelectorAll(".choice")) {
      const { seven, three, flag } = button.dataset;
      if (seven) press(button, seven === whole.seven, given.seven === null);
      if (three) press(button, three === whole.three, given.three === null || given.threeIsProposed);
      if (flag) press(button, given.flags.includes(flag));
    }
    this.showPad(whole, given.valence === null);
    this.showIntensity(whole.intensity, given.intensity === null);
    if (this.note.value !== given.note) this.note.value = given.note;
    this.note.closest(".note").hidden = given.note === "" && document.activeElement !== this.note;
  }

  hint() {
    const { waivedBy, given } = this.answer;
    const isOpen = given.seven === null || given.valence === null || (this.intensity && given.intensity === null);
    return waivedBy && isOpen ? `With “${waivedBy}”, what you leave open is saved as neutral and 0.` : "";
  }

  showPad({ valence, arousal }, proposed) {
    const write = (id, value) => (this.form.querySelector(id).textContent = value === null ? "–" : signed(value));
    write("#valence", valence);
    write("#arousal", arousal);
    const dot = this.pad.querySelector(".dot");
    dot.hidden = valence === null;
    dot.classList.toggle("proposed", proposed);
    dot.style.left = `${50 + 50 * (valence ?? 0)}%`;
    dot.style.top = `${50 - 50 * (arousal ?? 0)}%`;
    [valence, arousal].forEach((value, i) => {
      this.sliders[i].value = String(value ?? 0);
      this.sliders[i].setAttribute("aria-valuetext", value === null ? "not answered" : signed(value));
    });
  }

  showIntensity(intensity, proposed) {
    if (!this.intensity) return;
    this.intensity.value = String(intensity ?? 0);
    this.intensity.classList.toggle("unset", proposed);
    const words = intensity === null ? "–" : intensity.toFixed(1);
    this.form.querySelector("#intensity-words").textContent = words;
    this.intensity.setAttribute("aria-valuetext", intensity === null ? "not answered" : words);
  }
}

function press(button, on, proposed = false) {
  button.setAttribute("aria-pressed", String(on));
  button.classList.toggle("proposed", on && proposed);
}
