// Live pictures: at most four streams at once (browsers open six connections to one place, and the rest
// of the page needs some), snapshots in turn for the others, and nothing at all while nobody looks. One camera
// can be enlarged, and shown as it was encoded (HLS) where the browser plays that by itself.

const MOST_STREAMS = 4;
const FPS = 10;
const FPS_ENLARGED = 30;
const SNAPSHOT_EVERY = 1000;
const TRY_AGAIN = 3000;
const OLD = 10_000;
const PATIENCE = 5000;
// Chrome's own player gives up where it has fetched all there is before it begins; later it plays.
const MOST_TRIES = 12;
const AGAIN_AFTER = 250;
const PLAYS_ON = 5;
const PLAYS_HLS = Boolean(document.createElement("video").canPlayType("application/vnd.apple.mpegurl"));
// On a phone every picture of ten JPEGs a second costs battery and data; there the enlarged one is smooth.
const STARTS_SMOOTH = PLAYS_HLS && matchMedia("(pointer: coarse)").matches;
const tiles = [...document.querySelectorAll(".tile[data-camera]")].map((element) => new class Tile {
  constructor() {
    this.element = element;
    this.name = element.dataset.camera;
    this.image = element.querySelector(".feed");
    this.box = element.querySelector(".feed-box");
    this.note = element.querySelector(".feed-note");
    this.enlarge = element.querySelector('[data-do="enlarge"]');
    this.smooth = element.querySelector('[data-do="smooth"]');
    this.wantsStream = element.dataset.mode === "stream";
    this.visible = false;
    this.mode = "off";
    this.due = 0;
    this.image.addEventListener("error", () => this.mode.startsWith("stream") && this.again());
    if (this.enlarge) this.enlarge.hidden = false;
    this.enlarge?.addEventListener("click", () => this.setLarge(!this.large));
    this.smooth?.addEventListener("click", () => this.setSmooth(this.smooth.ariaPressed !== "true"));
    element.tile = this;
  }

  get large() {
    return element.classList.contains("large");
  }

  setLarge(large) {
    element.classList.toggle("large", large);
    this.enlarge.ariaPressed = large;
    this.smooth.hidden = !(large && PLAYS_HLS);
    this.setSmooth(large && STARTS_SMOOTH);
    element.scrollIntoView({ block: "nearest" });
  }

  setSmooth(smooth) {
    this.smooth.ariaPressed = smooth;
    arrange();
  }

  get wanted() {
    if (document.hidden || !this.visible || this.away || this.unanswered) return "off";
    if (this.large) return this.smooth.ariaPressed === "true" ? "smooth" : "stream-large";
    return this.wantsStream ? "stream" : "snapshot";
  }

  show(mode) {
    if (mode === this.mode) return;
    this.stop();
    this.mode = mode;
    element.dataset.showing = mode;
    if (mode.startsWith("stream")) this.stream();
    if (mode === "smooth") this.play();
    if (mode === "snapshot") takeTurns();
  }

  stop() {
    clearTimeout(this.timer);
    this.asking?.abort();
    // A stream ends only when its address is taken away; the last picture goes with it.
    if (this.mode.startsWith("stream")) this.image.removeAttribute("src");
    this.video?.removeAttribute("src");
    this.video?.load();
    this.video?.remove();
    this.video = undefined;
    this.image.hidden = false;
    if (this.away) this.note.hidden = true;
  }

  stream() {
    this.box.classList.remove("no-picture");
    const fps = this.mode === "stream-large" ? FPS_ENLARGED : FPS;
    this.image.src = `/live?camera=${encodeURIComponent(this.name)}&fps=${fps}&at=${Date.now()}`;
    this.timer = setTimeout(() => this.watch(), TRY_AGAIN);
  }

  play() {
    const video = (this.video = document.createElement("video"));
    Object.assign(video, { className: "feed", muted: true, autoplay: true, playsInline: true, controls: true });
    video.setAttribute("aria-label", this.image.alt);
    video.addEventListener("error", () => video === this.video && this.playAgain());
    this.image.hidden = true;
    this.box.classList.remove("no-picture", "old-picture");
    this.box.prepend(video);
    video.src = this.playlist;
    this.played = 0;
    this.timer = setTimeout(() => this.watchPlay(), TRY_AGAIN);
  }

  // A player that has nothing more to play merely stands still: the snapshot's age tells why.
  async watchPlay() {
    const video = this.video;
    const played = video.currentTime;
    if (played === this.played && !video.paused) await this.age();
    else this.say("");
    this.played = played;
    if (video === this.video) this.timer = setTimeout(() => this.watchPlay(), TRY_AGAIN);
  }

  get playlist() {
    return `/live/${encodeURIComponent(this.name)}/index.m3u8`;
  }

  // A camera without H.264 has no such picture, and one that is lost has none now: the other way tells why.
  async playAgain() {
    this.failed = this.video.currentTime > PLAYS_ON ? 1 : (this.failed ?? 0) + 1;
    const there = await fetch(this.playlist, { cache: "no-store" }).then(({ ok }) => ok, () => false);
    if (this.mode !== "smooth") return;
    if (there && this.failed < MOST_TRIES) {
      this.stop();
      this.timer = setTimeout(() => this.play(), AGAIN_AFTER);
    } else {
      this.failed = 0;
      this.setSmooth(false);
    }
  }

  // A stream that ended looks like one that merely stands still: the snapshot's age tells them apart.
  async watch() {
    if (this.image.complete && this.image.naturalWidth) return this.again();
    await this.age();
    if (this.mode.startsWith("stream")) this.timer = setTimeout(() => this.watch(), TRY_AGAIN);
    return undefined;
  }

  async again() {
    clearTimeout(this.timer);
    await this.age();
    if (this.mode.startsWith("stream")) this.timer = setTimeout(() => this.stream(), TRY_AGAIN);
  }

  async snapshot() {
    const picture = await this.age();
    this.due = Date.now() + (picture ? SNAPSHOT_EVERY : TRY_AGAIN);
    if (this.mode !== "snapshot" || !picture) return;
    const old = this.image.src;
    this.image.src = URL.createObjectURL(picture);
    if (old.startsWith("blob:")) URL.revokeObjectURL(old);
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
  const enlarged = tiles.find((tile) => tile.large);
  let streams = 0;
  for (const tile of tiles) {
    if (tile.away) tile.box.classList.add("no-picture");
    const wanted = enlarged && tile !== enlarged ? "off" : tile.wanted;
    tile.show(wanted === "stream" && streams++ >= MOST_STREAMS ? "snapshot" : wanted);
  }
}

// Snapshots are fetched one after the other, so that they never take more than one connection.
let turns = false;

async function takeTurns() {
  if (turns) return;
  turns = true;
  for (;;) {
    const waiting = tiles.filter((tile) => tile.mode === "snapshot").sort((a, b) => a.due - b.due);
    if (!waiting.length) break;
    const pause = waiting[0].due - Date.now();
    if (pause > 0) await new Promise((done) => { setTimeout(done, Math.min(pause, SNAPSHOT_EVERY)); });
    else await waiting[0].snapshot();
  }
  turns = false;
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
