// Works out what is usual at this hour of the home's day from the 14 days before today: the temperature of each
// location (mean of the hour), and the active minutes of each pet (0 on a day on which it was active at other
// hours only). Mean and standard deviation over the days, and how many they were, timed at the start of the hour.

import "array"
import "date"
import "timezone"

option location = timezone.location(name: "UTC")
option task = {name: "baseline", every: 15m, offset: 7m}

// The first quarter of the hour: when clocks are set back an hour of the day can be two, or one and a half, long.
quarter = date.truncate(t: now(), unit: 15m)
quarters = [0m, 15m, 30m, 45m, 60m, 75m, 90m, 105m]
    |> array.map(fn: (x) => date.sub(d: x, from: quarter))
    |> array.filter(fn: (x) => date.hour(t: x) == date.hour(t: quarter))
start = quarters[length(arr: quarters) - 1]

hour = date.hour(t: start)
today = date.truncate(t: start, unit: 1d)
// Noon of the fourteenth day before: no clock is set by as much as half a day.
first = date.truncate(t: date.sub(d: 324h, from: today), unit: 1d)

temperatures = from(bucket: "rollup_15m")
    |> range(start: first, stop: today)
    |> filter(fn: (r) => r._measurement == "environment_15m")
    |> filter(fn: (r) => r._field == "temperature_sum" or r._field == "temperature_count")
    |> toFloat()
    |> group(columns: ["location", "_field"])
    |> filter(fn: (r) => date.hour(t: r._time) == hour)
    |> map(
        fn: (r) =>
            ({
                kind: "temperature",
                subject: r.location,
                day: date.truncate(t: r._time, unit: 1d),
                sum: if r._field == "temperature_sum" then r._value else 0.0,
                count: if r._field == "temperature_count" then r._value else 0.0,
            }),
    )
    |> group(columns: ["kind", "subject", "day"])
    |> reduce(
        identity: {sum: 0.0, count: 0.0},
        fn: (r, accumulator) => ({sum: accumulator.sum + r.sum, count: accumulator.count + r.count}),
    )
    |> map(fn: (r) => ({r with _value: r.sum / r.count}))
    |> keep(columns: ["kind", "subject", "_value"])

minutes = from(bucket: "rollup_15m")
    |> range(start: first, stop: today)
    |> filter(fn: (r) => r._measurement == "pet_active_15m" and r._field == "minutes")
    |> map(
        fn: (r) =>
            ({
                kind: "activity",
                subject: r.pet,
                day: date.truncate(t: r._time, unit: 1d),
                _value: if date.hour(t: r._time) == hour then float(v: r._value) else 0.0,
            }),
    )
    |> group(columns: ["kind", "subject", "day"])
    |> sum()
    |> keep(columns: ["kind", "subject", "_value"])

days = union(tables: [temperatures, minutes])
    |> group(columns: ["kind", "subject"])

named = (tables=<-, name) => tables
    |> map(fn: (r) => ({r with _time: start, _measurement: "baseline", _field: name}))
    |> group(columns: ["_measurement", "_field", "kind", "subject"])

union(
    tables: [
        days |> mean() |> named(name: "mean"),
        days |> stddev(mode: "population") |> named(name: "deviation"),
        days |> count() |> named(name: "days"),
    ],
)
    |> to(bucket: "rollup_15m")
