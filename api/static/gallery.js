// Older pictures come as one scrolls; without this script the link to them does the same.
const days = document.getElementById("days");
const AHEAD = "600px";

function watch(link) {
  if (!link) return;
  const observer = new IntersectionObserver(async (entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    observer.disconnect();
    try {
      await load(link);
    } catch {
      return; // the link is still there to be followed
    }
  }, { rootMargin: AHEAD });
  observer.observe(link);
}

async function load(link) {
  link.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(link.href, { headers: { Accept: "text/html" } });
    if (!response.ok) throw new Error(response.statusText);
    const older = new DOMParser().parseFromString(await response.text(), "text/html");
    for (const day of older.querySelectorAll(".day")) put(day);
    const next = older.getElementById("older");
    if (next) link.replaceWith(next);
    else link.remove();
    watch(next);
  } finally {
    link.removeAttribute("aria-busy");
  }
}

// A day that goes on over the edge of a page stays one day.
function put(day) {
  const last = days.querySelector(".day:last-of-type");
  if (last?.dataset.day === day.dataset.day) last.querySelector(".pictures").append(...day.querySelectorAll("li"));
  else days.append(day);
}

watch(document.getElementById("older"));
