"""Dashboards for Grafana, made from the vocabulary; imports influx alone."""
