// Counts, for windows of 15 minutes of UTC, the minutes in which any camera saw a pet move (at least 0.05 of
// its box). A window without such a minute gets no point; the days are counted by rollup_1d.

import "date"

option task = {name: "pet_active", every: 15m, offset: 5m}

// Two windows: what arrived while the last run was reading is in this one.
stop = date.truncate(t: now(), unit: 15m)
start = date.sub(d: 30m, from: stop)
wanted = (r) => true

from(bucket: "activity")
    |> range(start: start, stop: stop)
    |> filter(fn: wanted)
    |> filter(fn: (r) => r._measurement == "pet_activity" and r._field == "motion")
    |> filter(fn: (r) => r._value >= 0.05)
    |> aggregateWindow(every: 1m, fn: count, createEmpty: false, timeSrc: "_start")
    // Several cameras may have seen the same minute.
    |> group(columns: ["pet"])
    |> unique(column: "_time")
    |> aggregateWindow(every: 15m, fn: count, createEmpty: false, timeSrc: "_start")
    |> map(fn: (r) => ({r with _measurement: "pet_active_15m", _field: "minutes"}))
    |> to(bucket: "rollup_15m")
