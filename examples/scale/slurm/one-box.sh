#!/bin/sh
# A whole Slurm on this machine alone, to try a sweep on: as root, with Debian's packages slurmctld, slurmd, slurm-client and munge.
#   one-box.sh FOLDER        starts it; then SLURM_CONF=FOLDER/slurm.conf sbatch …
#   one-box.sh FOLDER stop   ends it
set -eu
mkdir -p "$1"
at=$(cd "$1" && pwd)
export SLURM_CONF="$at/slurm.conf"

if [ "${2:-}" = stop ]; then
  scancel --user "$(id -un)" || true
  for daemon in slurmd slurmctld munged; do
    pid=$(cat "$at/$daemon.pid") && kill "$pid" || continue
    while ps -o stat= -p "$pid" | grep -qv Z; do sleep 0.2; done # it writes its state first
  done
  exit
fi

mkdir -p "$at/state" "$at/spool"
chmod 755 "$at" # munge refuses a socket that others cannot reach, and a key that they can
(umask 377 && head -c 1024 /dev/urandom > "$at/munge.key")
munged --key-file="$at/munge.key" --socket="$at/munge.socket" --pid-file="$at/munged.pid" \
  --seed-file="$at/munge.seed" --log-file="$at/munged.log"

node=$(hostname -s)
port=$((20000 + $$ % 20000)) # of its own, beside another Slurm
cat > "$SLURM_CONF" <<END
ClusterName=box
SlurmctldHost=$node(127.0.0.1)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$at/munge.socket
StateSaveLocation=$at/state
SlurmdSpoolDir=$at/spool
SlurmctldPidFile=$at/slurmctld.pid
SlurmdPidFile=$at/slurmd.pid
SlurmctldLogFile=$at/slurmctld.log
SlurmdLogFile=$at/slurmd.log
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
ReturnToService=2
RequeueExit=75
NodeName=$node NodeAddr=127.0.0.1 CPUs=$(nproc)
PartitionName=all Nodes=$node Default=YES MaxTime=INFINITE State=UP
END
slurmctld
slurmd
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
  if sinfo --noheader --format=%T | grep -q idle; then exit; fi
  sleep 1
done
echo "one-box.sh: no idle node after 15 seconds; see $at/slurmctld.log and $at/slurmd.log" >&2
exit 1
