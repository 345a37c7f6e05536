#!/bin/sh
# A sweep as an array job of Slurm, a task a run; what is missing afterwards is submitted again, at most three times.
#   sweep.sh SWEEP.yaml
set -eu
janus plan "$1" --as slurm > "$1.sh"
sbatch --wait "$1.sh" || echo "some tasks failed" >&2
for _ in 1 2 3; do
  missing=$(janus missing "$1")
  if [ -z "$missing" ]; then break; fi
  sbatch --wait --array="$missing" "$1.sh" || echo "some tasks failed again" >&2
done
janus report "$1"
