"""Hutch's dealings with a running Grafana."""
