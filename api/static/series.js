// Lines of /series put on one time line, with every silence kept as a gap.

const SILENT_STEPS = 3;

export async function fetchSeries(field, of, window) {
  const query = new URLSearchParams({ ...Object.fromEntries(new URLSearchParams(of)), field, ...window });
  const response = await fetch(`/series?${query}`, { cache: "no-store" });
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.detail);
  return answer;
}

// Rows [ms, [min, mean, max], ...]: null where a line merely has no row, NaN where it fell silent.
export function merge(lines, every, convert) {
  const rows = new Map();
  lines.forEach((line, index) => {
    for (const [ms, values] of withGaps(line.rows, every)) {
      if (!rows.has(ms)) rows.set(ms, [ms, ...lines.map(() => null)]);
      rows.get(ms)[index + 1] = values.map(convert);
    }
  });
  return [...rows.values()].sort((a, b) => a[0] - b[0]);
}

function withGaps(rows, every) {
  const present = rows.filter(([, , mean]) => mean !== null);
  const silence = SILENT_STEPS * Math.max(every * 1000, usualStep(present));
  const found = [];
  present.forEach(([ms, ...values], index) => {
    if (index > 0 && ms - present[index - 1][0] > silence) {
      found.push([present[index - 1][0] + 1, [NaN, NaN, NaN]]);
    }
    found.push([ms, values]);
  });
  return found;
}

function usualStep(rows) {
  const steps = rows.slice(1).map(([ms], index) => ms - rows[index][0]).sort((a, b) => a - b);
  return steps.length ? steps[Math.floor(steps.length / 2)] : 0;
}

// What lines are called: channels as `channels` says, everything else by its sensor.
export function names(lines, channels) {
  const sensors = lines.map((line) => line.tags.sensor);
  return lines.map(({ tags }) => "channel" in tags ? channels[tags.channel] ?? `channel ${tags.channel}` :
    sensors.filter((sensor) => sensor === tags.sensor).length > 1 ? `${tags.sensor} on ${tags.node}` : tags.sensor);
}

// A quiet day must not look like a storm: the scale spans at least `least`, and shows a near safe limit.
export function range(rows, limits, least) {
  let low = Infinity;
  let high = -Infinity;
  for (const [, ...lines] of rows) {
    for (const values of lines) {
      if (!values || Number.isNaN(values[1])) continue;
      low = Math.min(low, values[0]);
      high = Math.max(high, values[2]);
    }
  }
  const data = { low, high };
  for (const limit of limits) {
    if (limit > high && limit - high < least) high = limit;
    if (limit < low && low - limit < least) low = limit;
  }
  const spare = Math.max((high - low) * 0.08, (least - (high - low)) / 2);
  return { data, axis: [low - spare, high + spare] };
}
