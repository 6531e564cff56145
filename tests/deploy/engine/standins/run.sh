#!/bin/sh
exec python3 /told.py 3000
