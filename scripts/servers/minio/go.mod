// The MinIO that scripts/servers.py builds, at the last commit before upstream was archived. See influxd/go.mod.
module hutch/servers/minio

go 1.24.8

require github.com/minio/minio v0.0.0-20260212201848-7aac2a2c5b7c
