// Time on an axis as the home's clock shows it, whatever zone the reader's device is in.

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 10_080, 20_160].map((n) => n * MINUTE);
const MONTH_STEPS = [1, 2, 3, 6, 12, 24, 60, 120];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const LABEL_WIDTH = 68;

export function clockOf(zone) {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone, hourCycle: "h23",
    year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric", second: "numeric",
  });

  // The wall clock at `ms`, as if it were UTC: plain arithmetic then moves along it.
  function wall(ms) {
    const part = {};
    for (const { type, value } of format.formatToParts(ms)) part[type] = Number(value);
    return Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute, part.second);
  }
  const offset = (ms) => wall(ms) - Math.floor(ms / 1000) * 1000;
  const instant = (local) => {
    const guess = local - offset(local);
    return local - offset(guess);
  };

  function ticks(from, to, pixels) {
    const most = Math.max(2, Math.floor(pixels / LABEL_WIDTH));
    const step = STEPS.find((length) => (to - from) / length <= most);
    if (!step) return months(wall(from), wall(to), most);
    const found = [];
    for (let local = Math.ceil(wall(from) / step) * step; local <= wall(to) && found.length < 100; local += step) {
      found.push({ v: instant(local), label: step >= DAY || local % DAY === 0 ? date(local) : time(local) });
    }
    return found;
  }

  function months(from, to, most) {
    const [first, last] = [from, to].map((local) => new Date(local).getUTCFullYear() * 12 + new Date(local).getUTCMonth());
    const step = MONTH_STEPS.find((count) => (last - first) / count <= most) ?? MONTH_STEPS.at(-1);
    const found = [];
    for (let month = Math.ceil(first / step) * step; month <= last; month += step) {
      const [year, ofYear] = [Math.floor(month / 12), month % 12];
      const local = Date.UTC(year, ofYear);
      const label = ofYear && step < 12 ? MONTHS[ofYear] : step < 12 ? `${MONTHS[0]} ${year}` : String(year);
      if (local >= from) found.push({ v: instant(local), label });
    }
    return found;
  }

  const two = (number) => String(number).padStart(2, "0");
  const time = (local) => `${two(new Date(local).getUTCHours())}:${two(new Date(local).getUTCMinutes())}`;
  const date = (local) => {
    const day = new Date(local);
    return `${DAYS[day.getUTCDay()]} ${day.getUTCDate()} ${MONTHS[day.getUTCMonth()]}`;
  };
  // With the year where it is not that of `beside`.
  const day = (ms, beside = ms) => {
    const [year, other] = [ms, beside].map((moment) => new Date(wall(moment)).getUTCFullYear());
    return `${date(wall(ms))}${year === other ? "" : ` ${year}`}`;
  };
  const stamp = (ms, beside = ms) => `${day(ms, beside)}, ${time(wall(ms))}`;

  return { ticks, day, stamp };
}
