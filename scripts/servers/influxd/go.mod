// The InfluxDB that scripts/servers.py builds. Every other module is the one that InfluxDB's own go.mod asks
// for. After a change here: go list -mod=mod -deps <the package> >/dev/null, which renews go.sum.
module hutch/servers/influxd

go 1.25.10

require (
	github.com/influxdata/influxdb/v2 v2.9.1
	github.com/influxdata/pkg-config v0.3.0
)
