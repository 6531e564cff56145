// Rolls every number up to windows of 15 minutes of UTC, timed at their start: mean, min, max, sum and
// count. A window without values gets no point.

import "date"

option task = {name: "rollup_15m", every: 15m, offset: 5m}

// Two windows: what arrived while the last run was reading is in this one.
stop = date.truncate(t: now(), unit: 15m)
start = date.sub(d: 30m, from: stop)
wanted = (r) => true

// What somebody wrote under the name of a number and is none must not keep all the others from being rolled up.
numbers = (tables=<-) => tables |> filter(fn: (r) => r._value < 0.0 or r._value >= 0.0) |> toFloat()

readings = () => from(bucket: "readings")
    |> range(start: start, stop: stop)
    |> filter(fn: wanted)
    |> filter(fn: (r) =>
        r._field == "temperature" or r._field == "humidity" or r._field == "pressure"
        or r._field == "concentration")
    |> numbers()

health = () => from(bucket: "health")
    |> range(start: start, stop: stop)
    |> filter(fn: wanted)
    |> filter(fn: (r) =>
        r._field == "battery" or r._field == "cpu_temperature" or r._field == "load"
        or r._field == "disk_used" or r._field == "memory_used" or r._field == "uptime"
        or r._field == "clock_offset" or r._field == "oldest_age" or r._field == "lacking"
        or r._field == "fps"
        or r._field == "frame_age" or r._field == "still_age" or r._field == "luma"
        or r._field == "motion" or r._field == "bitrate" or r._field == "age")
    |> numbers()

// As floats: sums of large integers would leave 64 bits in silence.
tallies = () => from(bucket: "health")
    |> range(start: start, stop: stop)
    |> filter(fn: wanted)
    |> filter(fn: (r) =>
        r._field == "depth" or r._field == "accepted" or r._field == "rejected"
        or r._field == "dropped" or r._field == "used" or r._field == "budget"
        or r._field == "free" or r._field == "bytes" or r._field == "pinned"
        or r._field == "pruned" or r._field == "aside" or r._field == "unrecorded" or r._field == "faults")
    |> numbers()
    |> toFloat()

events = () => from(bucket: "events")
    |> range(start: start, stop: stop)
    |> filter(fn: wanted)
    |> filter(fn: (r) => r._field == "duration" or r._field == "confidence")
    |> numbers()

activity = () => from(bucket: "activity")
    |> range(start: start, stop: stop)
    |> filter(fn: wanted)
    |> filter(fn: (r) => r._field == "motion" or r._field == "x" or r._field == "y")
    |> numbers()

// A stream is read by one aggregate only: where numbers() is left out, the storage engine works the aggregate out.
rolled = (raw, fn, name) => raw()
    |> aggregateWindow(every: 15m, fn: fn, createEmpty: false, timeSrc: "_start")
    |> map(fn: (r) => ({r with _measurement: r._measurement + "_15m", _field: r._field + "_" + name}))

all = (raw) => union(
    tables: [
        rolled(raw: raw, fn: mean, name: "mean"),
        rolled(raw: raw, fn: min, name: "min"),
        rolled(raw: raw, fn: max, name: "max"),
        rolled(raw: raw, fn: sum, name: "sum"),
        rolled(raw: raw, fn: count, name: "count"),
    ],
)

union(
    tables: [
        all(raw: readings),
        all(raw: health),
        all(raw: tallies),
        all(raw: events),
        all(raw: activity),
    ],
)
    |> to(bucket: "rollup_15m")
