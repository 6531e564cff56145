// Takes photos and recordings without leaving the page, and says how far they are.
const LOOK_EVERY = 1000;
const PATIENCE = 60_000;
const pause = (time) => new Promise((done) => setTimeout(done, time));

document.addEventListener("submit", (event) => {
  const button = event.target.querySelector("[data-take]");
  const box = event.target.closest("[data-capture]");
  if (!button || !box) return;
  event.preventDefault();
  take(box, button);
});

async function take(box, button) {
  const recording = button.dataset.take === "recording";
  button.disabled = true;
  say(box, recording ? "The recording begins" : "Taking the photo");
  try {
    const what = recording ? "record" : "snapshot";
    const answer = await fetch(`/cameras/${encodeURIComponent(box.dataset.capture)}/${what}`, {
      method: "POST",
      headers: { "X-CSRF-Token": document.body.dataset.csrf },
    });
    const told = await answer.json();
    if (!answer.ok) throw new Error(told.detail);
    if (recording) await run(box, told.seconds);
    say(box, recording ? "The recording is being stored" : "The photo is being stored");
    await stored(told, recording);
    say(box, "", `/pages/events/${encodeURIComponent(told.event_id)}`, recording ? "Show the recording" : "Show the photo");
  } catch (error) {
    say(box, error.message);
  } finally {
    button.disabled = false;
  }
}

async function run(box, seconds) {
  const bar = document.createElement("progress");
  bar.max = seconds;
  bar.setAttribute("aria-label", "How far the recording is");
  const words = say(box, `Recording ${Math.round(seconds)} s`);
  words.append(bar);
  const start = performance.now();
  for (let gone = 0; gone < seconds; gone = (performance.now() - start) / 1000) {
    bar.value = gone;
    await pause(200);
  }
}

async function stored({ event_id, camera }, recording) {
  const query = new URLSearchParams({ camera, type: recording ? "recording" : "photo", limit: 20 });
  for (const end = performance.now() + PATIENCE; performance.now() < end; await pause(LOOK_EVERY)) {
    const answer = await fetch(`/events?${query}`, { cache: "no-store" });
    if (!answer.ok) continue;
    const { events } = await answer.json();
    const event = events.find((one) => one.event_id === event_id);
    if (event && (recording ? event.clip_state !== "waiting" : event.snapshot)) return;
  }
  throw new Error("It is kept, and is listed as soon as it is stored.");
}

function say(box, text, href, label) {
  const words = box.querySelector(".capture-words");
  words.hidden = false;
  words.textContent = text;
  if (href) {
    const link = document.createElement("a");
    link.href = href;
    link.textContent = label;
    words.append(link);
  }
  return words;
}
