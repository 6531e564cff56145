// Answers while the numbers are set; without this script the button asks for a new page.
// What was made last is set again next time: at night nobody wants to set it, and the answer tells both.
import { steppers } from "/static/stepper.js";

const KEPT = "formula";
const form = document.getElementById("formula");
const answer = document.getElementById("answer");
let asked = 0;

steppers(form);
document.getElementById("calculate").hidden = true;
form.addEventListener("input", calculate);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  calculate();
});
if (!location.search) recall();

async function calculate() {
  const turn = ++asked;
  const query = new URLSearchParams(new FormData(form));
  try {
    const response = await fetch(`/pages/parts/formula?${query}`);
    const html = await response.text();
    if (turn !== asked) return;
    answer.innerHTML = html;
    if (answer.querySelector(".steps")) localStorage.setItem(KEPT, query);
  } catch {
    // An old answer beside new numbers would be dangerous: rather none.
    if (turn === asked) answer.textContent = "No connection to Hutch, so there is no answer.";
  }
}

function recall() {
  const kept = new URLSearchParams(localStorage.getItem(KEPT) ?? "");
  for (const [name, value] of kept) {
    const input = form.elements.namedItem(name);
    if (input) input.value = value;
  }
  if (kept.size) calculate();
}
