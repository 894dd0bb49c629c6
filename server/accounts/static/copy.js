// Copies a field's value at the press of its button: <button data-copies="ID">, told in <p data-copied="ID">.

async function copy(field) {
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
  } catch {
    // No clipboard without HTTPS; the old way still works there, and where it does not the text is selected at least.
    return document.execCommand("copy");
  }
  return true;
}

for (const button of document.querySelectorAll("[data-copies]")) {
  const field = document.getElementById(button.dataset.copies);
  const told = document.querySelector(`[data-copied="${field.id}"]`);
  field.addEventListener("focus", () => field.select());
  if (document.activeElement === field) field.select();
  button.hidden = false;
  button.addEventListener("click", async () => {
    told.textContent = (await copy(field)) ? "Copied." : "It is selected; press Ctrl C to copy it.";
  });
}
