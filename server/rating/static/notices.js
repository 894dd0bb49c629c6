// One line of words to the rater, over the stage.

export class Notices {
  constructor(box) {
    this.box = box;
    this.words = box.querySelector("span");
    this.timer = null;
    box.querySelector("button").addEventListener("click", () => this.say(""));
  }

  // Shown for `forMs`; until it is put away where that is null. '' takes away what stands there.
  say(words, forMs = 5000) {
    clearTimeout(this.timer);
    this.words.textContent = words;
    this.box.hidden = !words;
    this.stays = Boolean(words) && forMs === null;
    this.box.querySelector("button").hidden = !this.stays;
    if (words && forMs !== null) this.timer = setTimeout(() => (this.box.hidden = true), forMs);
  }
}
