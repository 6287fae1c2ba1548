// The form: sends itself without leaving the page, and says what is wrong in place.

const form = document.getElementById("wish");
const prompt = document.getElementById("prompt");
const trouble = document.getElementById("trouble");
const submit = form.querySelector("button.primary");

function complain(title, detail, field) {
  const [strong, span] = trouble.children;
  strong.textContent = title;
  span.textContent = detail;
  trouble.hidden = false;
  for (const input of [prompt, form.elements.seed]) {
    const wrong = input.name === field;
    input.toggleAttribute("aria-invalid", false);
    if (wrong) {
      input.setAttribute("aria-invalid", "true");
      input.setAttribute("aria-describedby", "trouble");
      input.focus();
    }
  }
}

async function send(wish) {
  try {
    const response = await fetch(form.dataset.api, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(wish),
    });
    const answer = await response.json();
    if (response.ok) return location.assign(answer.page);
    complain(answer.title, answer.detail, answer.field);
  } catch {
    complain(form.dataset.lost, "", null);
  }
  submit.disabled = false;
}

form.addEventListener("submit", (event) => {
  const seed = form.elements.seed.value.trim();
  // a number that JavaScript cannot hold goes the old way
  if (seed && !Number.isSafeInteger(Number(seed))) return;
  event.preventDefault();
  submit.disabled = true;
  trouble.hidden = true;
  const wish = { prompt: prompt.value, aspect: form.elements.aspect.value };
  send(seed ? { ...wish, seed: Number(seed) } : wish);
});

form.addEventListener("click", (event) => {
  const chip = event.target.closest(".chip");
  if (!chip) return;
  event.preventDefault();
  prompt.value = chip.value;
  prompt.focus();
});

prompt.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit(submit);
});

// back from a work, the button is ready again
addEventListener("pageshow", () => { submit.disabled = false; });
