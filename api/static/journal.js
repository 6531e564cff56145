// The journal with one hand: steps for the amount, and one tap for what was written down before.
import { steppers } from "/static/stepper.js";

const form = document.getElementById("entry");
const name = form.elements.namedItem("name");
const amount = form.elements.namedItem("amount");
const chips = form.querySelector(".chips");

steppers(form);
if (chips) {
  chips.hidden = false;
  chips.addEventListener("click", (event) => {
    const chip = event.target.closest("button");
    if (!chip) return;
    name.value = chip.dataset.name;
    amount.value = chip.dataset.amount;
    form.querySelector(`[name=entry_type][value=${chip.dataset.entryType}]`).checked = true;
    mark();
  });
}
name.addEventListener("input", mark);

function mark() {
  for (const chip of chips?.querySelectorAll("button") ?? []) {
    const entryType = form.querySelector("[name=entry_type]:checked")?.value;
    chip.setAttribute("aria-pressed", String(chip.dataset.name === name.value && chip.dataset.entryType === entryType));
  }
}

// A double tap must not write the same meal down twice.
form.addEventListener("submit", () => {
  const button = form.querySelector(".primary");
  setTimeout(() => { button.disabled = true; });
  addEventListener("pageshow", () => { button.disabled = false; }, { once: true });
});
