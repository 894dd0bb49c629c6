// Playing: pause, the start, single frames, speed, sound, what is drawn over the clip, and the time line.

import { overlay } from "./overlay_choice.js";

const SPEEDS = [0.5, 1, 2];
const at = (id) => document.getElementById(id);

export class Transport {
  // `keep`: choices that outlive the trial. `onTick(now)`: the clock of the trial on the stage has gone on.
  constructor(keep, notices, onTick) {
    Object.assign(this, { keep, notices, onTick, trial: null, speed: 1, soundOn: true });
    overlay.choose(keep.read("overlay"));
    at("timeline").addEventListener("input", () => this.player?.seek(this.player.startMs + Number(at("timeline").value)));
  }

  get player() {
    return this.trial?.view.player ?? null;
  }

  // Take up a trial; resolves when it plays, or cannot. `plays`: at once, not when it is asked to.
  async attach(trial, { plays = true } = {}) {
    this.trial = trial;
    const { player } = trial.view;
    player.onTick = () => this.trial === trial && this.show();
    player.setSpeed(this.speed);
    this.showChoices();
    try {
      await trial.view.loaded;
      await (plays ? player.play() : player.ready());
      this.show();
    } catch (error) {
      if (this.trial !== trial) return;
      if (error.name === "NotAllowedError") await this.playSilently();
      else if (error.name !== "AbortError") this.notices.say(`This recording cannot be played (${error.message}) Flag it with B, or skip it with X.`, 15000);
    }
  }

  detach() {
    this.player?.pause();
    this.trial = null;
  }

  // Browsers let nothing sound before the first key or click on a page.
  async playSilently() {
    this.soundOn = false;
    this.showChoices();
    this.notices.say("Press M for the sound.");
    await this.player.play().catch(() => this.show());
  }

  // To a slower (-1) or quicker (1) speed; 0: round and round.
  changeSpeed(by) {
    const i = SPEEDS.indexOf(this.speed);
    this.speed = by ? SPEEDS[Math.min(Math.max(i + by, 0), SPEEDS.length - 1)] : SPEEDS[(i + 1) % SPEEDS.length];
    this.player?.setSpeed(this.speed);
    this.showChoices();
  }

  toggleSound() {
    this.soundOn = !this.soundOn;
    this.showChoices();
  }

  changeOverlay() {
    if (!this.trial?.view.player.onDraw) return;
    this.keep.write("overlay", overlay.next());
    this.showChoices();
    this.show();
  }

  showChoices() {
    const { sounding, player } = this.trial?.view ?? {};
    if (sounding) sounding.muted = !this.soundOn;
    at("sound").hidden = !sounding;
    at("sound").setAttribute("aria-pressed", String(this.soundOn));
    at("sound").firstChild.textContent = this.soundOn ? "Sound on " : "Sound off ";
    at("speed").firstChild.textContent = `Speed ${this.speed}× `;
    at("speed").classList.toggle("changed", this.speed !== 1); // it stays from trial to trial
    at("overlay").hidden = this.trial?.task.instrument !== "ER";
    at("overlay").firstChild.textContent = `${overlay.words} `;
    for (const id of ["back-frame", "next-frame"]) at(id).disabled = player ? !player.frames : true;
  }

  show() {
    const { player } = this;
    if (!player) return;
    player.onDraw?.();
    at("play").firstChild.textContent = player.playing ? "Pause " : player.ended ? "Play again " : "Play ";
    const [now, length] = [player.now() - player.startMs, player.endMs - player.startMs];
    const shown = player.frameMs === null ? seconds(now, 1) : seconds(player.frameMs - player.startMs, 3);
    at("clock").textContent = `${shown} / ${seconds(length, 1)} s`;
    at("timeline").max = String(Math.max(1, Math.round(length)));
    at("timeline").value = String(Math.round(now));
    at("timeline").setAttribute("aria-valuetext", `${seconds(now, 1)} seconds`);
    this.onTick(player.now());
  }
}

const seconds = (ms, digits) => (Math.max(0, ms || 0) / 1000).toFixed(digits);
