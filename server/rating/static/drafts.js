// Answers that were begun and not saved, by claim, so that a reload finds them.

const KEPT_FOR_MS = 3 * 24 * 3600 * 1000;
export const isDraft = (name) => name.startsWith("draft.");

export class Drafts {
  constructor(keep) {
    this.keep = keep;
    const old = (name) => (keep.read(name)?.at ?? 0) < Date.now() - KEPT_FOR_MS;
    keep.names("draft.").filter(old).forEach((name) => keep.drop(name));
  }

  read(claim) {
    return this.keep.read(`draft.${claim}`);
  }

  // `values`: what Answer.values() gives; `lookedMs`: how long the trial has been looked at.
  write(claim, values, lookedMs) {
    this.keep.write(`draft.${claim}`, { values, lookedMs, at: Date.now() });
  }

  drop(claim) {
    this.keep.drop(`draft.${claim}`);
  }
}
