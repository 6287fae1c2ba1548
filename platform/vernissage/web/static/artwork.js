// One picture: follows its progress by server-sent events, or by long polls where the server
// has no free connection for them.

const root = document.getElementById("artwork");
const part = (name) => root.querySelector(`[data-part="${name}"]`);
const REVIEW_POLL = 3000; // milliseconds between requests while a person decides
const AWAITING_A_PERSON = ["in_review", "appealed"];
const sleep = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

let lastEvent = Number(root.dataset.event);
let state = root.dataset.state;
let settled = part("status").getAttribute("aria-busy") === "false";
let etag = "";

function show(work) {
  lastEvent = work.event;
  state = root.dataset.state = work.state;
  const label = part("label");
  if (label.textContent !== work.label) label.textContent = work.label;
  label.dataset.state = work.state;
  document.title = `${work.label} · ${root.dataset.site}`;
  part("sentence").textContent = work.sentence;
  part("cancel").hidden = !work.cancellable;
  part("connection-lost").hidden = true;
  showTranslation(work.translation);
  showProgress(work);
  showAdvice(work.advice);
  showReasons(work.reasons);
  showAppeal(work.appeal);
  showPicture(work);
  settled = work.settled;
  part("status").setAttribute("aria-busy", String(!settled));
}

function showTranslation(translation) {
  const fact = part("translation");
  fact.hidden = !translation;
  fact.querySelector("dd").textContent = translation ?? "";
}

function showProgress(work) {
  const progress = part("progress");
  progress.hidden = work.settled;
  if (work.steps) {
    progress.max = work.steps;
    progress.value = work.step;
  } else {
    progress.removeAttribute("value");
  }
}

function showAdvice(advice) {
  const list = part("advice");
  list.hidden = !advice.length;
  list.replaceChildren(...advice.map(({ category, text }) => {
    const item = document.createElement("li");
    const strong = document.createElement("strong");
    const span = document.createElement("span");
    strong.textContent = category;
    span.textContent = text;
    item.append(strong, " ", span);
    return item;
  }));
}

function showReasons(reasons) {
  part("reasons").hidden = !reasons;
  part("judged").textContent = reasons?.judged_label ?? "";
  part("decider").textContent = reasons?.decided_by_label ?? "";
  part("decided").textContent = reasons?.decided_on ?? "";
}

function showAppeal(appeal) {
  part("appeal-section").hidden = !appeal;
  part("appeal-status").textContent = appeal?.sentence ?? "";
  part("appeal-words").hidden = !appeal?.words;
  part("appeal-words").textContent = appeal?.words ?? "";
  part("appeal-form").hidden = appeal?.state !== "possible";
}

function showPicture({ picture, settled: ended, state: now }) {
  const image = part("picture");
  const inProgress = !ended || now === "in_review";
  if (picture) {
    image.width = picture.width;
    image.height = picture.height;
    image.classList.toggle("pixelated", picture.crisp);
    image.src = picture.url;
    part("download").href = picture.url;
  } else {
    image.removeAttribute("src");
  }
  image.hidden = part("download").hidden = !picture;
  part("in-progress").hidden = !inProgress;
  part("no-picture").hidden = inProgress || Boolean(picture);
}

async function load(wait) {
  const headers = etag ? { "If-None-Match": etag } : {};
  if (wait) headers.Prefer = "wait=20";
  const response = await fetch(root.dataset.api, { headers, cache: "no-store" });
  if (response.status === 304) return;
  if (!response.ok) throw new Error(String(response.status));
  etag = response.headers.get("ETag") ?? "";
  show(await response.json());
}

async function longPoll() {
  for (let delay = 1000; !settled;) {
    const started = Date.now();
    try {
      await load(true);
      delay = 1000;
      // an answer at once means that the server had no free connection to wait on
      if (Date.now() - started < 500) await sleep(delay);
    } catch {
      part("connection-lost").hidden = false;
      await sleep(delay);
      delay = Math.min(delay * 2, 15000);
    }
  }
  pollReview();
}

async function pollReview() {
  while (AWAITING_A_PERSON.includes(state)) {
    await sleep(REVIEW_POLL);
    if (document.hidden) continue;
    try {
      await load(false);
    } catch {
      part("connection-lost").hidden = false;
    }
  }
  if (!settled) followEvents();
}

function followEvents() {
  const source = new EventSource(`${root.dataset.events}?after=${lastEvent}`);
  source.onmessage = ({ data }) => {
    show(JSON.parse(data));
    if (!settled) return;
    source.close();
    pollReview();
  };
  source.onopen = () => { part("connection-lost").hidden = true; };
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) longPoll();
    else part("connection-lost").hidden = false;
  };
}

part("cancel").addEventListener("submit", async (event) => {
  event.preventDefault();
  const button = event.target.querySelector("button");
  button.disabled = true;
  const response = await fetch(event.target.dataset.api, { method: "POST" });
  if (response.ok) show(await response.json());
  else location.reload();
});

if (settled) pollReview();
else followEvents();
