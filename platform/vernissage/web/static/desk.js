// The desk by keyboard: j and k walk, v looks, a approves, r refuses.

const cases = [...document.querySelectorAll("[data-case]")];
const current = () => cases.find((one) => one.contains(document.activeElement));

function walk(steps) {
  const at = cases.indexOf(current());
  const next = at < 0 ? 0 : Math.min(Math.max(at + steps, 0), cases.length - 1);
  cases[next]?.focus();
}

function decide(...outcomes) {
  const one = current();
  if (one) one.querySelector(outcomes.map((outcome) => `button[value="${outcome}"]`).join())?.click();
  else walk(1);
}

const KEYS = {
  j: () => walk(1),
  k: () => walk(-1),
  v: () => current()?.querySelector(".veiled").focus(),
  a: () => decide("allow", "keep"),
  r: () => decide("refuse", "drop"),
};
// the same keys under a Russian layout
const PLACES = { KeyJ: "j", KeyK: "k", KeyV: "v", KeyA: "a", KeyR: "r" };

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  const act = KEYS[event.key.toLowerCase()] ?? KEYS[PLACES[event.code]];
  if (!act) return;
  event.preventDefault();
  act();
});

cases[0]?.focus({ preventScroll: true });
