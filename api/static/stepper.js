// Large - and + beside a number; without this script the number is typed.

export function steppers(form) {
  for (const button of form.querySelectorAll(".step")) {
    button.hidden = false;
    button.addEventListener("click", () => {
      const input = button.parentElement.querySelector("input");
      const step = Number(button.dataset.step);
      const value = Number(input.value) || 0;
      // From 2.5 one step leads to 3 or 2: whole steps are what fingers want at night.
      const next = step > 0 ? Math.floor(value / step + 1e-9) * step + step : Math.ceil(value / -step - 1e-9) * -step + step;
      const least = Math.max(Number(input.min) || 0, Math.abs(step));
      input.value = String(Math.max(least, next));
      input.dispatchEvent(new Event("input", { bubbles: true }));
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
}
