// The Telegraf that scripts/servers.py builds, for benchmarks. See influxd/go.mod.
module hutch/servers/telegraf

go 1.25.5

require github.com/influxdata/telegraf v1.37.2
