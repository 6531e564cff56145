// The journal with one hand: one tap for the usual, steps for another amount, undo for some seconds.
import { steppers } from "/static/stepper.js";

const TOAST = 15_000;
const other = document.getElementById("else");
const form = document.getElementById("entry");
const toast = document.getElementById("toast");

if (form) {
  steppers(form);
  for (const button of document.querySelectorAll(".usual .other")) {
    button.hidden = false;
    button.addEventListener("click", () => fill(button.dataset));
  }
}

// "As usual, but more of it": the form, ready, with its steps under the thumb.
function fill({ name, amount, entryType }) {
  form.elements.namedItem("name").value = name;
  form.elements.namedItem("amount").value = amount;
  form.querySelector(`[name=entry_type][value=${entryType}]`).checked = true;
  other.open = true;
  other.scrollIntoView({ block: "center" });
  form.querySelector(".step[data-step='1']").focus({ preventScroll: true });
}

// What was just written down can be taken back under the thumb for a while, and in the list for good.
if (toast) {
  history.replaceState(null, "", location.pathname);
  let left = setTimeout(hide, TOAST);
  toast.addEventListener("focusin", () => clearTimeout(left));
  toast.addEventListener("focusout", () => { left = setTimeout(hide, TOAST); });
}

function hide() {
  toast.hidden = true;
}

// A double tap must not write the same meal down twice.
for (const once of document.querySelectorAll("form.once")) {
  once.addEventListener("submit", (event) => {
    if (once.dataset.sent) return event.preventDefault();
    once.dataset.sent = "yes";
    addEventListener("pageshow", () => { delete once.dataset.sent; }, { once: true });
  });
}
