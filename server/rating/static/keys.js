// Keys. None of ours is taken by a browser: no modifier but Shift, no function key, no key that finds or scrolls.

const TEXT_FIELDS = "input:not([type=range], [type=checkbox]), textarea, select";

// `find(key)`: what a key (as KeyboardEvent.key, letters in lower case) does now: {run(event), repeats, release}, or
// undefined. `lettersOn()`: whether letters, digits and signs are ours; whoever speaks to the computer, or has a screen
// reader that uses them, turns them off.
export function listenToKeys(find, lettersOn) {
  const held = new Map(); // key to what its release does

  document.addEventListener("keydown", (event) => {
    const altGraph = event.getModifierState("AltGraph"); // how brackets are typed on many keyboards
    if (event.isComposing || event.metaKey || ((event.ctrlKey || event.altKey) && !altGraph)) return;
    if (document.querySelector("dialog[open]")) return;
    const target = event.target;
    if (target.closest(TEXT_FIELDS)) return;
    if (belongsTo(target, event.key)) return;
    const key = plain(event.key);
    if (key.length === 1 && key !== " " && !lettersOn()) return;
    const binding = find(key);
    if (!binding) return;
    event.preventDefault();
    if (event.repeat && !binding.repeats) return;
    if (binding.release) held.set(key, binding.release);
    binding.run(event);
  });

  const release = (key) => {
    held.get(key)?.();
    held.delete(key);
  };
  document.addEventListener("keyup", (event) => release(plain(event.key)));
  // The key may go up in another window.
  window.addEventListener("blur", () => [...held.keys()].forEach(release));
}

const plain = (key) => (key.length === 1 ? key.toLowerCase() : key);

// Whoever has gone to a control by Tab expects its own keys there.
function belongsTo(target, key) {
  if (!target.checkVisibility()) return false; // what was just closed keeps the focus until the next picture is drawn
  if (key === "Enter" || key === " ") return target.closest("button, a, summary, [type=checkbox]") !== null;
  return target.closest("[type=range]") !== null && /^(Arrow|Home|End|Page)/.test(key);
}
