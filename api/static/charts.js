// The charts of a page: one figure a field, of a location or of what its query says, over one window of time.
/* global Dygraph */
import { clockOf } from "/static/axis.js";
import { fetchSeries, merge, names, range } from "/static/series.js";
import { interaction } from "/static/touch.js";

const FASTEST = 10_000;
const DAY = 86_400;
const LEAST_SPAN = { temperature: { C: 3, F: 5 }, humidity: { C: 12, F: 12 }, concentration: { C: 10, F: 10 } };
const { unit, zone } = document.body.dataset;
const section = document.getElementById("history");
// Choosing a unit loads the page anew, with the window that its form names.
const unitSwitch = document.querySelector('form[action="/pages/unit"]')?.elements;
const clock = clockOf(zone);
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const lineColours = () => ["accent", "safe", "old", "soft"].map(colour);

// The page's security policy allows no styles written as text, which these two do; the legend is ours.
const { Legend, Annotations } = Dygraph.Plugins;
Dygraph.PLUGINS = Dygraph.PLUGINS.filter((plugin) => plugin !== Legend && plugin !== Annotations);
Dygraph.addedAnnotationCSS = true;

class Chart {
  constructor(figure) {
    this.figure = figure;
    this.plot = figure.querySelector(".plot");
    this.legend = figure.querySelector(".legend");
    this.note = figure.querySelector(".chart-note");
    this.field = figure.dataset.field;
    this.temperature = this.field === "temperature";
    this.unit = this.temperature ? `°${unit}` : figure.dataset.unit ?? "%";
    this.query = figure.dataset.query ?? new URLSearchParams({ measurement: "environment", location: figure.dataset.location, group: "node,sensor" });
    this.convert = (value) => (this.temperature && unit === "F" ? value * 1.8 + 32 : value);
    this.limits = ["low", "high"].map((end) => (end in figure.dataset ? this.convert(Number(figure.dataset[end])) : null));
    this.asked = 0;
    this.plot.addEventListener("keydown", (event) => this.step(event));
    this.plot.addEventListener("blur", () => this.leave());
  }

  async load(window, fresh) {
    const turn = ++this.asked;
    try {
      this.offer(window);
      const answer = await fetchSeries(this.field, this.query, window);
      if (turn !== this.asked) return;
      this.draw(answer, fresh);
    } catch (error) {
      if (turn === this.asked && (fresh || !this.graph)) this.say(`The chart could not be read: ${error.message}`);
    }
  }

  // What is drawn can be saved.
  offer(window) {
    const link = this.figure.querySelector(".save a");
    const address = new URL(link.href);
    for (const name of ["last", "start", "stop"]) address.searchParams.delete(name);
    for (const [name, value] of Object.entries(window)) address.searchParams.set(name, value);
    link.href = address;
  }

  draw({ series, every, start, stop }, fresh) {
    const lines = series.filter((line) => line.rows.length);
    this.rows = merge(lines, every, this.convert);
    this.names = names(lines, JSON.parse(this.figure.dataset.names ?? "{}"));
    this.every = every;
    this.window = [Date.parse(start), Date.parse(stop)];
    if (!this.rows.length) return this.say("Nothing was measured in this time.");
    const { data, axis } = range(this.rows, this.limits.filter((limit) => limit !== null), LEAST_SPAN[this.field][unit]);
    this.summary = `${this.number(data.low)} to ${this.number(data.high)} ${this.unit}`;
    this.valueRange = axis;
    this.note.hidden = true;
    this.plot.hidden = false;
    this.plot.setAttribute("aria-label", `${this.field} from ${clock.stamp(this.window[0], this.window[1])} to ${clock.stamp(this.window[1])}: ${this.summary}`);
    const data_ = { file: this.rows, labels: ["time", ...this.names], valueRange: axis };
    if (!this.graph) this.graph = new Dygraph(this.plot, this.rows, { ...this.look(), ...data_, dateWindow: this.window });
    else this.graph.updateOptions(fresh || !this.zoomed ? { ...data_, dateWindow: this.window } : data_);
    if (fresh) this.zoomed = false;
    if (this.row === undefined) this.read();
    this.figure.dataset.drawn = `${start}/${stop}`;
    return undefined;
  }

  look() {
    return {
      customBars: true,
      connectSeparatedPoints: true,
      colors: lineColours(),
      fillAlpha: 0.17,
      strokeWidth: 1.6,
      highlightCircleSize: 3.5,
      showLabelsOnHighlight: false,
      gridLineColor: colour("line"),
      axisLineColor: colour("line"),
      gridLineWidth: 1,
      axisLabelFontSize: 12,
      rightGap: 4,
      xRangePad: 0,
      interactionModel: interaction(this),
      underlayCallback: (context, area, graph) => this.safeRange(context, area, graph),
      highlightCallback: (event, x, points, row) => this.read(row),
      unhighlightCallback: () => this.read(),
      zoomCallback: () => { this.zoomed = true; },
      axes: {
        x: { ticker: (from, to, pixels) => clock.ticks(from, to, pixels), axisLabelWidth: 76, valueFormatter: (ms) => this.when(ms) },
        y: { axisLabelWidth: this.unit === "ppm" ? 48 : 34, pixelsPerLabel: 34, axisLabelFormatter: (value) => String(Number(value.toFixed(1))) },
      },
    };
  }

  safeRange(context, area, graph) {
    const [low, high] = this.limits;
    if (low === null && high === null) return;
    const clip = (y) => Math.min(area.y + area.h, Math.max(area.y, y));
    const top = high === null ? area.y : clip(graph.toDomYCoord(high));
    const bottom = low === null ? area.y + area.h : clip(graph.toDomYCoord(low));
    context.fillStyle = colour("safe-tint");
    context.globalAlpha = 0.55;
    context.fillRect(area.x, top, area.w, bottom - top);
    context.globalAlpha = 1;
    context.fillStyle = colour("safe");
    if (high !== null && top > area.y) context.fillRect(area.x, top, area.w, 1);
    if (low !== null && bottom < area.y + area.h) context.fillRect(area.x, bottom - 1, area.w, 1);
  }

  // The time of a row; a row of whole days has none.
  when(ms) {
    return this.every % DAY === 0 ? clock.day(ms, this.window[1]) : clock.stamp(ms, this.window[1]);
  }

  number(value) {
    return value.toFixed(this.temperature ? 1 : 0).replace("-", "\u2212");
  }

  // The legend: the values at a row, or what the whole window spans.
  read(row) {
    this.row = row;
    this.legend.replaceChildren();
    if (row === undefined) {
      if (this.names.length > 1) this.names.forEach((name, index) => this.key(index, name));
      this.legend.append(` ${this.summary}`);
      return;
    }
    const [ms, ...lines] = this.rows[row];
    this.legend.append(`${this.when(ms)} `);
    lines.forEach((values, index) => {
      if (!values || Number.isNaN(values[1])) return;
      this.key(index, this.names.length > 1 ? `${this.names[index]} ` : "");
      const mean = document.createElement("b");
      mean.textContent = `${this.number(values[1])} ${this.unit}`;
      this.legend.append(mean);
      if (this.number(values[0]) !== this.number(values[2])) {
        this.legend.append(` (${this.number(values[0])} to ${this.number(values[2])})`);
      }
    });
  }

  key(index, text) {
    const mark = document.createElement("i");
    mark.className = `key c${index % 4}`;
    this.legend.append(mark, text);
  }

  select(row) {
    if (!this.rows?.length) return;
    const at = Math.min(this.rows.length - 1, Math.max(0, row));
    this.graph.setSelection(at);
    this.read(at);
  }

  selectAt(clientX) {
    const x = this.graph.toDataXCoord(clientX - this.plot.getBoundingClientRect().left);
    let nearest = 0;
    this.rows.forEach(([ms, ...lines], index) => {
      const drawn = lines.some((values) => values && !Number.isNaN(values[1]));
      if (drawn && Math.abs(ms - x) < Math.abs(this.rows[nearest][0] - x)) nearest = index;
    });
    this.select(nearest);
  }

  step(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20 }[event.key];
    if (event.key === "Escape") this.reset();
    if (!by) return;
    event.preventDefault();
    this.legend.setAttribute("aria-live", "polite");
    this.select((this.row ?? (by < 0 ? this.rows.length : -1)) + by);
  }

  leave() {
    this.legend.setAttribute("aria-live", "off");
    if (!this.graph || this.plot.hidden) return;
    this.graph.clearSelection();
    this.read();
  }

  reset() {
    this.zoomed = false;
    this.graph.updateOptions({ dateWindow: this.window, valueRange: this.valueRange });
  }

  say(sentence) {
    this.note.textContent = sentence;
    this.note.hidden = false;
    this.plot.hidden = true;
    this.legend.replaceChildren();
    this.figure.dataset.drawn = "nothing";
  }
}

const charts = [...section.querySelectorAll(".chart")].map((figure) => new Chart(figure));
let due;

function chosen() {
  const { start, stop, last } = section.dataset;
  return last ? { last } : { start, stop };
}

async function load(fresh) {
  clearTimeout(due);
  await Promise.all(charts.map((chart) => chart.load(chosen(), fresh)));
  clearTimeout(due);
  if (!section.dataset.last) return;
  const every = Math.min(60_000, Math.max(FASTEST, ...charts.map((chart) => (chart.every ?? 0) * 1000)));
  due = setTimeout(() => load(false), every);
}

section.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-last]");
  if (!link || event.metaKey || event.ctrlKey) return;
  event.preventDefault();
  section.dataset.last = link.dataset.last;
  const choice = unitSwitch ? Object.entries({ last: link.dataset.last, from: "", to: "" }) : [];
  for (const [name, value] of choice) unitSwitch[name].value = value;
  for (const other of section.querySelectorAll("a[data-last]")) other.removeAttribute("aria-current");
  link.setAttribute("aria-current", "true");
  const free = section.querySelector("details.free");
  if (free) {
    free.open = false;
    delete free.dataset.chosen;
  }
  section.querySelector(".nonsense")?.remove();
  history.replaceState(null, "", `${location.pathname}?last=${link.dataset.last}`);
  load(true);
});
document.addEventListener("hutch:theme", () => {
  for (const { graph } of charts) graph?.updateOptions({ colors: lineColours(), gridLineColor: colour("line"), axisLineColor: colour("line") });
});
document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(due) : load(false)));
load(true);
