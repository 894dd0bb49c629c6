// Keys. None of ours is taken by a browser: no modifier but Shift, no function key, no key that finds or scrolls.

const TEXT_FIELDS = "input:not([type=range]), textarea, select";

// `bindings`: key (as KeyboardEvent.key, letters in lower case) to {run(event), repeats}.
export function listenToKeys(bindings) {
  document.addEventListener("keydown", (event) => {
    const altGraph = event.getModifierState("AltGraph"); // how brackets are typed on many keyboards
    if (event.isComposing || event.metaKey || ((event.ctrlKey || event.altKey) && !altGraph)) return;
    if (document.querySelector("dialog[open]")) return;
    const target = event.target;
    if (target.closest(TEXT_FIELDS)) return;
    // Whoever has gone to a control by Tab expects its own keys there.
    const isButton = target.closest("button, a, [type=range]");
    if (isButton && (event.key === "Enter" || event.key === " ")) return;
    if (target.closest("[type=range]") && event.key.startsWith("Arrow")) return;
    const binding = bindings[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!binding) return;
    event.preventDefault();
    if (event.repeat && !binding.repeats) return;
    binding.run(event);
  });
}
