// Rolls the 15-minute rollups of a day of the home's time zone up to one point, timed at its start: mean, min,
// max, sum and count of every number, and the minutes in which each pet was active. Hourly, because midnight
// is at another time of UTC in summer and in winter.

import "date"
import "strings"
import "timezone"

option location = timezone.location(name: "UTC")
option task = {name: "rollup_1d", every: 1h, offset: 10m}

stop = date.truncate(t: now(), unit: 1d)
start = date.truncate(t: date.sub(d: 1h, from: stop), unit: 1d)
wanted = (r) => true

quarters = () => from(bucket: "rollup_15m")
    |> range(start: start, stop: stop)
    |> filter(fn: wanted)

daily = (name) => strings.trimSuffix(v: name, suffix: "_15m") + "_1d"
timed = (tables=<-) => tables
    |> map(fn: (r) => ({r with _time: start, _measurement: daily(name: r._measurement)}))

lowest = quarters()
    |> filter(fn: (r) => r._field =~ /_min$/)
    |> min()
    |> timed()
highest = quarters()
    |> filter(fn: (r) => r._field =~ /_max$/)
    |> max()
    |> timed()
sums = quarters()
    |> filter(fn: (r) => r._field =~ /_sum$/)
    |> sum()
    |> timed()
counts = quarters()
    |> filter(fn: (r) => r._field =~ /_count$/)
    |> sum()
    |> timed()
minutes = quarters()
    |> filter(fn: (r) => r._measurement == "pet_active_15m" and r._field == "minutes")
    |> sum()
    |> timed()

part = (tables=<-, suffix) => tables
    |> map(
        fn: (r) =>
            ({r with
                _field: strings.trimSuffix(v: r._field, suffix: suffix) + "_mean",
                _value: float(v: r._value),
                _part: suffix,
            }),
    )
means = union(tables: [sums |> part(suffix: "_sum"), counts |> part(suffix: "_count")])
    |> group(columns: ["_value", "_part"], mode: "except")
    |> pivot(rowKey: ["_time"], columnKey: ["_part"], valueColumn: "_value")
    |> map(fn: (r) => ({r with _value: r._sum / r._count}))
    |> drop(columns: ["_sum", "_count"])

union(tables: [means, lowest, highest, sums, counts, minutes])
    |> to(bucket: "rollup_1d")
