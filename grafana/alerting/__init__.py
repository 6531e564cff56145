"""What Grafana is told where it shall warn instead of Hutch."""
