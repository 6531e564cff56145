// Loaded before the first paint, so that a chosen theme never flashes the other one.
(() => {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  let saved = null;
  try { saved = localStorage.getItem("theme"); } catch { /* storage is off: follow the system */ }

  function apply(theme) {
    root.dataset.theme = theme;
    const colour = theme === "dark" ? "#171411" : "#f8f3ea";
    document.querySelectorAll("meta[name=theme-color]").forEach((meta) => { meta.content = colour; });
    document.dispatchEvent(new CustomEvent("hutch:theme"));
  }
  const chosen = () => saved ?? (system.matches ? "dark" : "light");

  apply(chosen());
  system.addEventListener("change", () => apply(chosen()));
  document.addEventListener("DOMContentLoaded", () => {
    const button = document.getElementById("theme");
    button.hidden = false;
    button.addEventListener("click", () => {
      saved = root.dataset.theme === "dark" ? "light" : "dark";
      try { localStorage.setItem("theme", saved); } catch { /* it lasts until the page is left */ }
      apply(saved);
    });
  });
})();
