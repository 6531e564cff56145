"""Readings that devices publish to an MQTT broker, such as Zigbee2MQTT, Tasmota and ESPHome."""
