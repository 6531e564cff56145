// Live pictures: at most four streams at once (browsers open six connections to one place, and the rest
// of the page needs some), snapshots for the others, and nothing at all while nobody looks.

const MOST_STREAMS = 4;
const SNAPSHOT_EVERY = 1000;
const TRY_AGAIN = 3000;
const OLD = 10_000;
const PATIENCE = 5000;
const tiles = [...document.querySelectorAll(".tile[data-camera]")].map((element) => new class Tile {
  constructor() {
    this.name = element.dataset.camera;
    this.image = element.querySelector(".feed");
    this.box = element.querySelector(".feed-box");
    this.note = element.querySelector(".feed-note");
    this.wantsStream = element.dataset.mode === "stream";
    this.visible = false;
    this.mode = "off";
    this.image.addEventListener("error", () => this.mode === "stream" && this.again());
    element.tile = this;
  }

  show(mode) {
    if (mode === this.mode) return;
    this.stop();
    this.mode = mode;
    element.dataset.showing = mode;
    if (mode === "stream") this.stream();
    if (mode === "snapshot") this.snapshot();
  }

  stop() {
    clearTimeout(this.due);
    this.asking?.abort();
    // A stream ends only when its address is taken away; the last picture goes with it.
    if (this.mode === "stream") this.image.removeAttribute("src");
    if (this.away) this.note.hidden = true;
  }

  stream() {
    this.box.classList.remove("no-picture");
    this.image.src = `/live?camera=${encodeURIComponent(this.name)}&fps=10&at=${Date.now()}`;
    this.due = setTimeout(() => this.watch(), TRY_AGAIN);
  }

  // A stream that ended looks like one that merely stands still: the snapshot's age tells them apart.
  async watch() {
    if (this.image.complete && this.image.naturalWidth) return this.again();
    await this.age();
    if (this.mode === "stream") this.due = setTimeout(() => this.watch(), TRY_AGAIN);
    return undefined;
  }

  async again() {
    clearTimeout(this.due);
    await this.age();
    if (this.mode === "stream") this.due = setTimeout(() => this.stream(), TRY_AGAIN);
  }

  async snapshot() {
    const picture = await this.age();
    if (this.mode !== "snapshot") return;
    if (picture) {
      const old = this.image.src;
      this.image.src = URL.createObjectURL(picture);
      if (old.startsWith("blob:")) URL.revokeObjectURL(old);
    }
    this.due = setTimeout(() => this.snapshot(), picture ? SNAPSHOT_EVERY : TRY_AGAIN);
  }

  // Fetches the newest picture and says so where it is old or missing.
  async age() {
    const asking = (this.asking = new AbortController());
    let late = false;
    const patience = setTimeout(() => { late = true; asking.abort(); }, PATIENCE);
    try {
      const address = `/live.jpg?camera=${encodeURIComponent(this.name)}`;
      const response = await fetch(address, { signal: asking.signal, cache: "no-store" });
      if (!response.ok) throw new Error((await response.json()).detail);
      const taken = response.headers.get("X-Frame-Time");
      const age = taken ? Date.parse(response.headers.get("Date")) - Date.parse(taken) : 0;
      this.say(age > OLD ? `This picture is ${words(age)} old.` : "");
      return await response.blob();
    } catch (error) {
      if (error.name === "AbortError" && !late) return null;
      this.say(error.name === "Error" ? error.message : "No connection to Hutch.");
      return null;
    } finally {
      clearTimeout(patience);
    }
  }

  // The words below a picture tell whether its camera answers at all; where not, or not yet, no picture is
  // asked for.
  get away() {
    return Boolean(element.querySelector(".state.away"));
  }

  get unanswered() {
    return Boolean(element.querySelector(".state.asking"));
  }

  say(sentence) {
    this.note.hidden = !sentence;
    if (this.note.textContent !== sentence) this.note.textContent = sentence;
    this.box.classList.toggle("old-picture", Boolean(sentence));
    this.box.classList.toggle("no-picture", Boolean(sentence) && !(this.image.complete && this.image.naturalWidth));
  }
}());

function words(ms) {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  return seconds < 3600 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`;
}

function arrange() {
  let streams = 0;
  for (const tile of tiles) {
    if (tile.away) tile.box.classList.add("no-picture");
    if (document.hidden || !tile.visible || tile.away || tile.unanswered) tile.show("off");
    else tile.show(tile.wantsStream && streams++ < MOST_STREAMS ? "stream" : "snapshot");
  }
}

const watcher = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) target.tile.visible = isIntersecting;
  arrange();
});
const captions = new MutationObserver(arrange);
for (const element of document.querySelectorAll(".tile[data-camera]")) {
  watcher.observe(element);
  captions.observe(element.querySelector(".caption"), { childList: true, subtree: true });
}
document.addEventListener("visibilitychange", arrange);
addEventListener("pagehide", () => tiles.forEach((tile) => tile.show("off")));
addEventListener("pageshow", (event) => event.persisted && arrange());
