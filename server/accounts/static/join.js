// Takes the secret out of the address, so that it stays in no history and no screenshot, and asks what it is for.

const part = (id) => document.getElementById(id);
const card = document.querySelector(".join");
const secret = location.hash.slice(1);

function focusOnFirst() {
  const empty = [part("name"), part("password")].find((field) => field.offsetParent && !field.value);
  (empty ?? part("password")).focus();
}

function show(invited) {
  const reset = invited.kind === "reset";
  part("join-title").textContent = reset ? "A new password" : "Welcome";
  part("join-says").textContent = reset
    ? `For the account ${invited.name}.`
    : `You are invited as ${invited.role}. Choose a name and a password.`;
  part("join-secret").hidden = true;
  part("join-name").hidden = reset;
  if (reset) part("name").value = invited.name;
  focusOnFirst();
}

function refuse(words) {
  const place = part("join-ended");
  place.textContent = words;
  place.hidden = false;
  part("join-secret").hidden = false;
  part("secret").value = "";
  part("secret").focus();
}

async function lookAt(value) {
  part("secret").value = value;
  const answer = await fetch("/api/invitation", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ secret: value }),
  }).catch(() => null);
  if (answer?.ok) show(await answer.json());
  else if (answer) refuse(`${(await answer.json()).detail}.`);
  else refuse("The server does not answer. Check the network and open the link again.");
}

if (secret) {
  history.replaceState(null, "", location.pathname);
  lookAt(secret);
} else if (card.dataset.known === "yes") {
  focusOnFirst();
} else {
  part("secret").focus();
}
// A second link opened in the same tab changes nothing but what stands behind the '#'.
addEventListener("hashchange", () => location.hash.length > 1 && location.reload());

part("show-password").addEventListener("change", (event) => {
  part("password").type = event.target.checked ? "text" : "password";
});
