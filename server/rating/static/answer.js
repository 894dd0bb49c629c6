// The answer being given: its values, what is still missing, and the way back.

import { contradictions } from "./contradictions.js";

const STEP = 0.05;
const BIG_STEP = 0.25;

const EMPTY = { seven: null, three: null, threeIsProposed: false, valence: null, arousal: null, intensity: null, flags: [], note: "" };
// Where there is no face to judge, what the rater leaves open is saved as this.
const NEUTRAL = { seven: "neutral", three: "neutral", valence: 0, arousal: 0, intensity: 0 };
const WAIVING = ["no face", "unusable"];

const within = (low, value, high) => Math.min(high, Math.max(low, value));
// Two decimals, so that twenty steps of 0.05 make 1 and not 1.0000000000000002.
const rounded = (value) => Math.round(value * 100) / 100;
export const signed = (value) => (value > 0 ? "+" : value < 0 ? "−" : "") + Math.abs(value).toFixed(2);

export class Answer {
  // `usual`: class to the polarity that it usually has. `onChange()` is called after every change.
  constructor(instrument, usual, onChange) {
    Object.assign(this, { instrument, usual, onChange });
    this.clear();
  }

  clear() {
    this.restore(EMPTY);
  }

  restore(values) {
    this.given = { ...EMPTY, ...values };
    this.past = []; // the answers before each change, for undo
    this.lastKind = null;
    this.doubted = false;
    this.onChange();
  }

  // A run of changes of one kind (the pad's arrows, say) is undone at once.
  change(kind, changes) {
    if (kind === null || kind !== this.lastKind) this.past.push(this.given);
    this.lastKind = kind;
    this.given = { ...this.given, ...changes };
    this.doubted = false;
    this.onChange();
  }

  // Returns whether there was anything to undo.
  undo() {
    if (!this.past.length) return false;
    this.given = { ...this.past.pop(), note: this.given.note };
    this.lastKind = null;
    this.doubted = false;
    this.onChange();
    return true;
  }

  get touched() {
    return this.past.length > 0 || this.given.note !== "";
  }

  // Picking a class proposes its usual polarity until the rater picks one.
  setSeven(seven) {
    const proposes = this.given.three === null || this.given.threeIsProposed;
    this.change(null, proposes ? { seven, three: this.usual[seven], threeIsProposed: true } : { seven });
  }

  setThree(three) {
    this.change(null, { three, threeIsProposed: false });
  }

  // Steps to the right and up; the first key press starts from the centre.
  move(right, up, big = false) {
    const step = big ? BIG_STEP : STEP;
    this.setPad((this.given.valence ?? 0) + right * step, (this.given.arousal ?? 0) + up * step);
  }

  setPad(valence, arousal) {
    this.change("pad", { valence: rounded(within(-1, valence, 1)), arousal: rounded(within(-1, arousal, 1)) });
  }

  // The next point on the pad is undone on its own.
  endRun() {
    this.lastKind = null;
  }

  changeIntensity(by) {
    this.setIntensity((this.given.intensity ?? 0) + by);
  }

  setIntensity(intensity) {
    if (!this.wantsIntensity) return;
    this.change("intensity", { intensity: Math.round(within(0, intensity, 3) * 10) / 10 });
  }

  toggleFlag(flag) {
    const { flags } = this.given;
    this.change(null, { flags: flags.includes(flag) ? flags.filter((other) => other !== flag) : [...flags, flag] });
  }

  // Text fields have an undo of their own.
  setNote(note) {
    this.given = { ...this.given, note };
    this.onChange();
  }

  get wantsIntensity() {
    return this.instrument === "FER";
  }

  // The flag by which nothing else need be answered; undefined without one.
  get waivedBy() {
    return WAIVING.find((flag) => this.given.flags.includes(flag));
  }

  // What would be saved now: what was given and, where a flag waives the rest, neutral for what was left open.
  whole() {
    if (!this.waivedBy) return this.given;
    const open = Object.entries(NEUTRAL).filter(([name]) => this.given[name] === null);
    return { ...this.given, ...Object.fromEntries(open) };
  }

  // [what is missing in words, the id of what asks for it]
  missing() {
    const { seven, three, valence, intensity } = this.whole();
    const gaps = [];
    if (!seven) gaps.push(["one of the seven classes", "seven"]);
    if (!three) gaps.push(["positive, neutral or negative", "three"]);
    if (valence === null) gaps.push(["valence and arousal", "affect"]);
    if (this.wantsIntensity && intensity === null) gaps.push(["the intensity", "grade"]);
    return gaps;
  }

  contradictions() {
    return this.waivedBy ? [] : contradictions(this.given, this.instrument);
  }

  // The body that the server takes.
  vote() {
    const { seven, three, valence, arousal, intensity, flags, note } = this.whole();
    const vote = { instrument: this.instrument, seven, three, valence, arousal, flags };
    if (this.wantsIntensity) vote.intensity = intensity;
    if (note.trim()) vote.note = note.trim();
    return vote;
  }
}
