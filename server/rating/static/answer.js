// The answer being given: its values, what is still missing, and how the panel shows them.

const STEP = 0.05;
const BIG_STEP = 0.25;

const within = (low, value, high) => Math.min(high, Math.max(low, value));
// Two decimals, so that twenty steps of 0.05 make 1 and not 1.0000000000000002.
const rounded = (value) => Math.round(value * 100) / 100;
export const signed = (value) => (value > 0 ? "+" : value < 0 ? "−" : "") + Math.abs(value).toFixed(2);

export class Answer {
  constructor(form, onChange) {
    this.form = form;
    this.onChange = onChange;
    this.wantsIntensity = form.querySelector("#intensity") !== null;
    this.pad = form.querySelector("#pad");
    this.clear();
    this.listen();
  }

  clear() {
    this.seven = null;
    this.three = null;
    this.threeIsProposed = false;
    this.valence = null;
    this.arousal = null;
    this.intensity = null;
    this.flags = new Set();
    this.ask([]);
    this.show();
  }

  listen() {
    this.form.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      const { seven, three, flag } = button.dataset;
      if (seven) this.setSeven(seven);
      if (three) this.setThree(three);
      if (flag) this.toggleFlag(flag);
      // A mouse click must not keep the focus, or Enter would press the button again instead of saving.
      if (event.detail > 0) button.blur();
    });
    const point = (event) => {
      const box = this.pad.getBoundingClientRect();
      const nearest = (value) => rounded(Math.round(within(-1, value, 1) / STEP) * STEP);
      this.setPad(
        nearest(((event.clientX - box.left) / box.width) * 2 - 1),
        nearest(1 - ((event.clientY - box.top) / box.height) * 2),
      );
    };
    this.pad.addEventListener("pointerdown", (event) => {
      this.pad.setPointerCapture(event.pointerId);
      point(event);
    });
    this.pad.addEventListener("pointermove", (event) => event.buttons && point(event));
    const slider = this.form.querySelector("#intensity");
    slider?.addEventListener("input", () => this.setIntensity(Number(slider.value)));
    slider?.addEventListener("pointerup", () => {
      this.setIntensity(Number(slider.value));
      slider.blur();
    });
  }

  // Picking a class proposes its usual polarity until the rater picks one.
  setSeven(seven) {
    this.seven = seven;
    if (this.three === null || this.threeIsProposed) {
      this.three = this.form.querySelector(`[data-seven="${seven}"]`).dataset.usual;
      this.threeIsProposed = true;
    }
    this.changed();
  }

  setThree(three) {
    this.three = three;
    this.threeIsProposed = false;
    this.changed();
  }

  // Steps to the right and up; the first key press starts from the centre.
  move(right, up, big = false) {
    const step = big ? BIG_STEP : STEP;
    this.setPad((this.valence ?? 0) + right * step, (this.arousal ?? 0) + up * step);
  }

  setPad(valence, arousal) {
    this.valence = rounded(within(-1, valence, 1));
    this.arousal = rounded(within(-1, arousal, 1));
    this.changed();
  }

  changeIntensity(by) {
    this.setIntensity((this.intensity ?? 0) + by);
  }

  setIntensity(intensity) {
    if (!this.wantsIntensity) return;
    this.intensity = Math.round(within(0, intensity, 3) * 10) / 10;
    this.changed();
  }

  toggleFlag(flag) {
    if (!this.flags.delete(flag)) this.flags.add(flag);
    this.changed();
  }

  changed() {
    if (this.asked.length) this.ask(this.missing());
    this.show();
    this.onChange(this.values());
  }

  // [what is missing in words, the fieldset that asks for it]
  missing() {
    const gaps = [];
    if (!this.seven) gaps.push(["one of the seven classes", "seven"]);
    if (!this.three) gaps.push(["positive, neutral or negative", "three"]);
    if (this.valence === null) gaps.push(["valence and arousal", "affect"]);
    if (this.wantsIntensity && this.intensity === null) gaps.push(["the intensity", "affect"]);
    return gaps;
  }

  ask(gaps) {
    this.asked = gaps;
    const wanted = new Set(gaps.map(([, fieldset]) => fieldset));
    for (const fieldset of this.form.querySelectorAll("fieldset")) {
      fieldset.classList.toggle("asked", wanted.has(fieldset.id));
    }
    const words = gaps.map(([word]) => word);
    this.form.querySelector("#missing").textContent = words.length ? `Still to answer: ${words.join(", ")}.` : "";
  }

  values() {
    const { seven, three, valence, arousal, intensity, threeIsProposed } = this;
    return { seven, three, valence, arousal, intensity, threeIsProposed, flags: [...this.flags] };
  }

  restore(values) {
    const { flags = [], threeIsProposed = false, ...rest } = values;
    for (const name of ["seven", "three", "valence", "arousal", "intensity"]) this[name] = rest[name] ?? null;
    this.threeIsProposed = threeIsProposed;
    this.flags = new Set(flags);
    this.ask([]);
    this.show();
  }

  // The body that the server takes.
  vote(instrument) {
    const { seven, three, valence, arousal, flags } = this.values();
    const vote = { instrument, seven, three, valence, arousal, flags };
    if (this.wantsIntensity) vote.intensity = this.intensity;
    return vote;
  }

  show() {
    const press = (button, on, proposed = false) => {
      button.setAttribute("aria-pressed", String(on));
      button.classList.toggle("proposed", on && proposed);
    };
    for (const button of this.form.querySelectorAll(".choice")) {
      const { seven, three, flag } = button.dataset;
      if (seven) press(button, seven === this.seven);
      if (three) press(button, three === this.three, this.threeIsProposed);
      if (flag) press(button, this.flags.has(flag));
    }
    const write = (id, text) => (this.form.querySelector(id).textContent = text);
    write("#valence", this.valence === null ? "–" : signed(this.valence));
    write("#arousal", this.arousal === null ? "–" : signed(this.arousal));
    const dot = this.pad.querySelector(".dot");
    dot.hidden = this.valence === null;
    dot.style.left = `${50 + 50 * (this.valence ?? 0)}%`;
    dot.style.top = `${50 - 50 * (this.arousal ?? 0)}%`;
    if (!this.wantsIntensity) return;
    const slider = this.form.querySelector("#intensity");
    slider.value = String(this.intensity ?? 0);
    slider.classList.toggle("unset", this.intensity === null);
    write("#intensity-words", this.intensity === null ? "–" : this.intensity.toFixed(1));
  }
}
