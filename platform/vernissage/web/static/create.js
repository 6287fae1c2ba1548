// The form for a new picture: sends itself without leaving the page and shows errors in place.

const form = document.getElementById("create-form");
const prompt = document.getElementById("prompt");
const errorBox = document.getElementById("form-error");
const submitButton = form.querySelector("button.primary");

function showError(title, detail, field) {
  const [strong, span] = errorBox.children;
  strong.textContent = title;
  span.textContent = detail;
  errorBox.hidden = false;
  for (const input of [prompt, form.elements.seed]) {
    const invalid = input.name === field;
    input.toggleAttribute("aria-invalid", false);
    if (invalid) {
      input.setAttribute("aria-invalid", "true");
      input.setAttribute("aria-describedby", errorBox.id);
      input.focus();
    }
  }
}

async function submit(fields) {
  try {
    const response = await fetch(form.dataset.api, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(fields),
    });
    const answer = await response.json();
    if (response.ok) return location.assign(answer.page);
    showError(answer.title, answer.detail, answer.field);
  } catch {
    showError(form.dataset.offline, "", null);
  }
  submitButton.disabled = false;
}

form.addEventListener("submit", (event) => {
  const seed = form.elements.seed.value.trim();
  // a number that JavaScript cannot hold is sent as a plain form
  if (seed && !Number.isSafeInteger(Number(seed))) return;
  event.preventDefault();
  submitButton.disabled = true;
  errorBox.hidden = true;
  const fields = { prompt: prompt.value, aspect: form.elements.aspect.value };
  submit(seed ? { ...fields, seed: Number(seed) } : fields);
});

form.addEventListener("click", (event) => {
  const chip = event.target.closest(".chip");
  if (!chip) return;
  event.preventDefault();
  prompt.value = chip.value;
  prompt.focus();
});

prompt.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit(submitButton);
});

// after the Back button the form can be sent again
addEventListener("pageshow", () => { submitButton.disabled = false; });
