// Answers while the numbers are set; without this script the button asks for a new page.
import { steppers } from "/static/stepper.js";

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

async function calculate() {
  const turn = ++asked;
  const query = new URLSearchParams(new FormData(form));
  try {
    const response = await fetch(`/pages/parts/formula?${query}`);
    const html = await response.text();
    if (turn === asked) answer.innerHTML = html;
  } catch {
    // An old answer beside new numbers would be dangerous: rather none.
    if (turn === asked) answer.textContent = "No connection to Hutch, so there is no answer.";
  }
}
