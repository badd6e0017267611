#!/bin/sh
# The accounts are made, hence the server runs.
test -e /tmp/ready
