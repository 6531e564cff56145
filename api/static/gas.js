// Gas as it comes in: a message is put into its device's card at once; what fits no card asks for all anew.
import { listen } from "/static/socket.js";

const now = document.getElementById("now");
const pushed = document.getElementById("pushed");
const ask = () => now.dispatchEvent(new CustomEvent("hutch:refresh"));
const number = (value) => String(Number(value.toFixed(2)));

function show({ id, ts, pct, sensors }) {
  const card = [...now.querySelectorAll("[data-device]")].find(({ dataset }) => dataset.device === id);
  const values = card ? [...card.querySelectorAll(".value")] : [];
  const fits = values.length === sensors.length && values.every(({ dataset }, place) => dataset.gas === sensors[place].type);
  if (!fits) return ask();
  if (ts < Number(card.dataset.time)) return undefined;
  card.dataset.time = ts;
  values.forEach((value, place) => { value.querySelector(".n").textContent = number(sensors[place].val); });
  const battery = card.querySelector(".battery b");
  if (battery && pct !== null) battery.textContent = pct.toFixed(0);
  const age = card.querySelector(".origin time");
  if (!age || card.querySelector(".stale") || Date.now() / 1000 - ts > 60) return ask();
  age.textContent = "just now";
  return undefined;
}

function connected(is) {
  pushed.hidden = false;
  pushed.classList.toggle("away", !is);
  pushed.querySelector("span").textContent = is ? "As it comes in" : "Every 10 s, reconnecting";
  if (is) ask();
}

listen({ update_data: show }, connected);
