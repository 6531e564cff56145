// The Docker Compose that scripts/servers.py builds, to read docker-compose.yml with. See influxd/go.mod.
module hutch/servers/docker-compose

go 1.24.9

require github.com/docker/compose/v2 v2.40.3
