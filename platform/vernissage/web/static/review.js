// Moderation by keyboard: j and k move between cases, v unblurs, a approves, r refuses.

const cases = [...document.querySelectorAll("[data-case]")];
const focusedCase = () => cases.find((one) => one.contains(document.activeElement));

function move(offset) {
  const index = cases.indexOf(focusedCase());
  const next = index < 0 ? 0 : Math.min(Math.max(index + offset, 0), cases.length - 1);
  cases[next]?.focus();
}

function decide(...outcomes) {
  const one = focusedCase();
  if (one) one.querySelector(outcomes.map((outcome) => `button[value="${outcome}"]`).join())?.click();
  else move(1);
}

const ACTIONS = {
  j: () => move(1),
  k: () => move(-1),
  v: () => focusedCase()?.querySelector(".blurred").focus(),
  a: () => decide("allow", "keep"),
  r: () => decide("refuse", "drop"),
};
// the same keys under a Russian layout
const KEY_CODES = { KeyJ: "j", KeyK: "k", KeyV: "v", KeyA: "a", KeyR: "r" };

document.addEventListener("keydown", (event) => {
  if (!cases.length || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select")) return;
  const action = ACTIONS[event.key.toLowerCase()] ?? ACTIONS[KEY_CODES[event.code]];
  if (!action) return;
  event.preventDefault();
  action();
});

cases[0]?.focus({ preventScroll: true });
