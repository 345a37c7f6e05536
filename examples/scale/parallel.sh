#!/bin/sh
# A sweep by GNU parallel, a process a run, as many at a time as there are cores; one that is killed is begun again.
#   parallel.sh SWEEP.yaml
# With --sshlogin in the line of `janus plan` the same runs on several machines with one file system.
set -eu
janus plan "$1" --as parallel | sh
janus report "$1"
