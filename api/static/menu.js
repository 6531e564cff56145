// The menu's "More" closes as people expect: by Escape, and by touching anything else.

const more = document.querySelector(".nav details");

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape" || !more.open) return;
  more.open = false;
  more.querySelector("summary").focus();
});
document.addEventListener("click", (event) => {
  if (more.open && !more.contains(event.target)) more.open = false;
});
