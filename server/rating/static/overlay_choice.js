// What is drawn over the clip: gaze, heat, both or nothing. One choice for all trials of a page.

const CHOICES = ["both", "gaze", "heat", "none"];
const WORDS = { both: "Gaze and heat", gaze: "Gaze", heat: "Heat", none: "Clip alone" };

export const overlay = {
  choice: "both",

  get showsGaze() {
    return this.choice === "both" || this.choice === "gaze";
  },

  get showsHeat() {
    return this.choice === "both" || this.choice === "heat";
  },

  get words() {
    return WORDS[this.choice];
  },

  // Take up a choice that was kept; what is none is passed over.
  choose(choice) {
    if (CHOICES.includes(choice)) this.choice = choice;
  },

  next() {
    this.choice = CHOICES[(CHOICES.indexOf(this.choice) + 1) % CHOICES.length];
    return this.choice;
  },
};
