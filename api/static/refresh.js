// Keeps the parts of a page fresh: <div data-part="/pages/parts/..." data-every="10">.
// The server renders a part as it renders the page; only what really changed is put in. What the page did
// not wait for itself is asked for at once: data-at-once.

const CUT_OFF_AFTER = 30_000;
const EXAMINE_EVERY = 15_000;
const parts = [...document.querySelectorAll("[data-part]")];
const health = document.getElementById("health");
let lastAnswer = Date.now();
let wellness = ["", "Connected"];

async function refresh(part) {
  if (document.hidden) return;
  try {
    const response = await fetch(part.dataset.part, { headers: { Accept: "text/html" }, cache: "no-store" });
    lastAnswer = Date.now();
    if (response.status === 401) location.reload();
    if (!response.ok) throw new Error(response.statusText);
    put(part, await response.text());
    say(true);
  } catch {
    say(false);
  }
}

function put(part, html) {
  if (part.dataset.was === html || part.contains(document.activeElement)) return;
  part.dataset.was = html;
  part.innerHTML = html;
}

// A value must never look current when nothing was heard for a while: the whole part turns stale.
function say(connected) {
  const cutOff = !connected && Date.now() - lastAnswer > CUT_OFF_AFTER;
  for (const part of parts) part.classList.toggle("cut-off", cutOff);
  if (connected) show(wellness);
  else show(cutOff ? ["away", "No connection, values are old"] : ["away", "Reconnecting"]);
}

function show([state, words]) {
  health.className = `health ${state}`;
  const line = health.querySelector(".health-words");
  if (line.textContent !== words) line.textContent = words;
}

async function examine() {
  if (document.hidden) return;
  try {
    const { status, store, spool, disk, clips, collector, cameras, registry } = await (await fetch("/health", { cache: "no-store" })).json();
    lastAnswer = Date.now();
    // Who is not logged in any more is told the status alone; the page then leads to the login.
    if (!cameras) location.reload();
    const stuck = (camera) => ["frozen", "black", "looping"].includes(camera.state);
    const lost = Object.entries(cameras).filter(([, camera]) => camera.state !== "running" && !stuck(camera)).map(([name]) => name);
    const old = Object.entries(cameras).filter(([, camera]) => stuck(camera)).map(([name]) => name);
    if (status === "ok") wellness = ["", "All is well"];
    else if (!store.reachable) wellness = ["uneasy", "Database away"];
    else if (disk?.reason) wellness = ["uneasy", "Disk full"];
    else if (spool.reason) wellness = ["uneasy", "Nothing can be stored now"];
    else if (clips?.reason) wellness = ["uneasy", "Clips away"];
    else if (collector?.reason) wellness = ["uneasy", "Collector away"];
    else if (lost.length) wellness = ["uneasy", `Camera away: ${lost.join(", ")}`];
    else if (old.length) wellness = ["uneasy", `No picture of now: ${old.join(", ")}`];
    else wellness = ["uneasy", registry?.missed?.length ? `Silent: ${registry.missed.join(", ")}` : "Not all is well"];
    say(true);
  } catch {
    say(false);
  }
}

examine();
setInterval(examine, EXAMINE_EVERY);
for (const part of parts) {
  const every = Number(part.dataset.every || 10) * 1000;
  setInterval(() => refresh(part), every);
  if ("atOnce" in part.dataset) refresh(part);
  part.addEventListener("hutch:refresh", () => refresh(part));
}
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) parts.forEach(refresh);
});
for (const form of document.querySelectorAll("form[data-submit-on-change]")) {
  form.addEventListener("change", () => form.requestSubmit());
}
