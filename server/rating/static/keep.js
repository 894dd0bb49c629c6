// What this browser keeps for one rater over a reload. Where it lets nothing be kept (blocked, or full) the page's own
// memory serves until the page is closed, and `onTrouble` is told why.

export class Keep {
  // `onTrouble(words)`: something could be kept in memory only.
  constructor(rater, onTrouble, storage = openStorage()) {
    this.prefix = `duchenne.${rater}.`;
    this.onTrouble = onTrouble;
    this.storage = storage;
    this.memory = new Map();
  }

  // The value kept under this name; null where there is none.
  read(name) {
    const text = this.memory.get(name) ?? this.stored((storage) => storage.getItem(this.prefix + name));
    return text ? JSON.parse(text) : null;
  }

  // Returns whether a reload will find it.
  write(name, value, mayGo = () => false) {
    const text = JSON.stringify(value);
    const store = (storage) => (storage.setItem(this.prefix + name, text), true);
    if (this.stored(store) || (this.makeRoom(mayGo) && this.stored(store))) {
      this.memory.delete(name);
      return true;
    }
    this.memory.set(name, text);
    this.onTrouble(this.storage ? "this browser's storage is full" : "this browser lets pages store nothing");
    return false;
  }

  drop(name) {
    this.memory.delete(name);
    this.stored((storage) => storage.removeItem(this.prefix + name));
  }

  // All names that begin so, in the order of the alphabet.
  names(beginning) {
    const stored = this.stored((storage) => Object.keys(storage).filter((name) => name.startsWith(this.prefix))) ?? [];
    const all = new Set([...stored.map((name) => name.slice(this.prefix.length)), ...this.memory.keys()]);
    return [...all].filter((name) => name.startsWith(beginning)).sort();
  }

  // Whether this name would be lost with the page.
  isFleeting(name) {
    return this.memory.has(name);
  }

  makeRoom(mayGo) {
    const names = this.names("").filter(mayGo);
    names.forEach((name) => this.drop(name));
    return names.length > 0;
  }

  stored(act) {
    try {
      return this.storage && act(this.storage);
    } catch {
      return null; // full, or taken away while the page was open
    }
  }
}

// Where pages may store nothing, asking for the storage is an error already.
function openStorage() {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}
