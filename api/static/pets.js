// Shows how far a photo is on its way; without this the form sends it all the same.
const form = document.getElementById("upload");

form?.addEventListener("submit", (event) => {
  event.preventDefault();
  const button = form.querySelector("button");
  const progress = form.querySelector("progress");
  const words = form.querySelector("[role=status]");
  const request = new XMLHttpRequest();
  const again = (sentence) => {
    words.textContent = sentence;
    progress.hidden = true;
    button.disabled = false;
  };
  request.upload.addEventListener("progress", ({ loaded, total }) => {
    progress.value = loaded / total;
    if (loaded === total) words.textContent = "Making it safe to keep …";
  });
  request.addEventListener("load", () => {
    if (request.status === 201) {
      const there = new URL(location.href);
      there.searchParams.set("added", "1");
      there.hash = "photos";
      history.replaceState(null, "", there);
      location.reload();
      return;
    }
    let sentence = "The photo was not kept.";
    if (request.status === 413) {
      again("This photo is too large to send. Save it smaller, and send it again.");
      return;
    }
    try { sentence = JSON.parse(request.responseText).detail; } catch { /* no problem+json: keep the sentence */ }
    again(sentence);
  });
  request.addEventListener("error", () => again("The photo did not arrive. See that Hutch can be reached, and send it again."));
  button.disabled = true;
  progress.hidden = false;
  words.textContent = "Sending …";
  request.open("POST", form.action.replace("/pages/pets/", "/pets/"));
  request.setRequestHeader("X-CSRF-Token", form.elements.csrf.value);
  request.send(new FormData(form));
});
