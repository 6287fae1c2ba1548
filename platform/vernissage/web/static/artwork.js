// One work: follows what becomes of it. Events if there is a seat, long polls if not.

const root = document.getElementById("work");
const part = (name) => root.querySelector(`[data-part="${name}"]`);
const PATROL = 3000; // milliseconds between looks while a person decides
const WITH_A_PERSON = ["in_review", "appealed"];
const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

let seen = Number(root.dataset.event);
let state = root.dataset.state;
let settled = part("news").getAttribute("aria-busy") === "false";
let tag = "";

function show(work) {
  seen = work.event;
  state = root.dataset.state = work.state;
  const label = part("label");
  if (label.textContent !== work.label) label.textContent = work.label;
  label.dataset.state = work.state;
  document.title = `${work.label} · ${root.dataset.house}`;
  part("sentence").textContent = work.sentence;
  part("cancel").hidden = !work.cancellable;
  part("lost").hidden = true;
  showTranslation(work.translation);
  showProgress(work);
  showAdvice(work.advice);
  showReasons(work.reasons);
  showAppeal(work.appeal);
  showPicture(work);
  settled = work.settled;
  part("news").setAttribute("aria-busy", String(!settled));
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
  part("redress").hidden = !appeal;
  part("appeal").textContent = appeal?.sentence ?? "";
  part("plea").hidden = !appeal?.words;
  part("plea").textContent = appeal?.words ?? "";
  part("contest").hidden = appeal?.state !== "possible";
}

function showPicture({ picture, settled: over, state: now }) {
  const image = part("picture");
  const waits = !over || now === "in_review";
  if (picture) {
    image.width = picture.width;
    image.height = picture.height;
    image.classList.toggle("crisp", picture.crisp);
    image.src = picture.url;
    part("download").href = picture.url;
  } else {
    image.removeAttribute("src");
  }
  image.hidden = part("download").hidden = !picture;
  part("working").hidden = !waits;
  part("empty").hidden = waits || Boolean(picture);
}

async function look(wait) {
  const headers = tag ? { "If-None-Match": tag } : {};
  if (wait) headers.Prefer = "wait=20";
  const response = await fetch(root.dataset.api, { headers, cache: "no-store" });
  if (response.status === 304) return;
  if (!response.ok) throw new Error(String(response.status));
  tag = response.headers.get("ETag") ?? "";
  show(await response.json());
}

async function poll() {
  for (let patience = 1000; !settled;) {
    const begun = Date.now();
    try {
      await look(true);
      patience = 1000;
      // an answer at once means that there was no seat to wait on
      if (Date.now() - begun < 500) await pause(patience);
    } catch {
      part("lost").hidden = false;
      await pause(patience);
      patience = Math.min(patience * 2, 15000);
    }
  }
  patrol();
}

async function patrol() {
  while (WITH_A_PERSON.includes(state)) {
    await pause(PATROL);
    if (document.hidden) continue;
    try {
      await look(false);
    } catch {
      part("lost").hidden = false;
    }
  }
  if (!settled) follow();
}

function follow() {
  const source = new EventSource(`${root.dataset.events}?after=${seen}`);
  source.onmessage = ({ data }) => {
    show(JSON.parse(data));
    if (!settled) return;
    source.close();
    patrol();
  };
  source.onopen = () => { part("lost").hidden = true; };
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) poll();
    else part("lost").hidden = false;
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

if (settled) patrol();
else follow();
