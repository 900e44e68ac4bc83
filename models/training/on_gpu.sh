#!/bin/bash
# From nothing to trained networks on one machine with a GPU and a dozen cores, in SECONDS of wall time:
#
#     FACET_FACEMODEL=DIR models/training/on_gpu.sh WORK RESULT SECONDS [NAME...]
#
# Renders into WORK/data with every core for a minute, then with half of them until half of the time; trains the named
# networks (rgi, parser, landmarks, detector; all by default) at once from the first shards on: RGI from its shipped weights, the
# others too where FACET_START=1, else from nothing. What is to be kept (weights, logs, a sheet) is copied to RESULT every half minute.
set -u
here=$(cd "$(dirname "$0")" && pwd)
work=$1 result=$2 seconds=$3 begin=$SECONDS
shift 3
names=" ${*:-rgi parser landmarks detector} "
data=$work/data run=$work/run cores=$(nproc)
mkdir -p "$data/val" "$run" "$result"
export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 PYTHONUNBUFFERED=1 PYTORCH_CUDA_ALLOC_CONF=expandable_segments:True
cd "$here"
first='nice -n -5'
$first true 2>/dev/null || first=''
python3 -c "import sys; sys.path.insert(0, 'render'); import native"  # builds the renderer once
renders=()
for ((k = 0; k < cores; k++)); do
  nice -n 15 python3 data.py --out "$data" --part $k --parts "$cores" --singles 80000 --pairs 26000 >"$run/render$k.log" 2>&1 &
  renders+=($!)
done
until [ "$(ls "$data/val" | grep -c 'single-.*npz$')" -ge 8 ] && [ "$(ls "$data" | grep -c 'single-.*npz$')" -ge 16 ]; do
  sleep 0.5
  [ $((SECONDS - begin)) -lt 120 ] || { tail -n 3 "$run"/render*.log; exit 1; }
done
minutes=$(awk "BEGIN { print ($seconds - ($SECONDS - $begin) - 28) / 60 }")
echo "first shards after $((SECONDS - begin)) s; training for $minutes min"
trains=()
train() { # NAME SHARE-OF-THE-TIME ARGUMENTS...
  local name=$1 mine
  case $names in *" $name "*) ;; *) return ;; esac
  mine=$(awk "BEGIN { print $minutes * $2 }")
  shift 2
  [ "${FACET_START:-}" = 1 ] && [ "$name" != rgi ] && set -- "$@" --start "weights/$name.safetensors"
  $first python3 "$name.py" --data "$data" --out "$run" --minutes "$mine" --device cuda "$@" >"$run/$name.log" 2>&1 &
  trains+=($!)
}
train rgi 1 --wait 120 --every 15 --batch 12 --pairs 14 --start weights/rgi_mini.safetensors
train parser 0.9 --workers $((cores * 6 / 16)) --rate 2e-3
train landmarks 0.65 --workers $((cores * 4 / 16))
train detector 0.75 --workers $((cores * 5 / 16))
keep() {
  for file in parser.pt landmarks.pt detector.pt rgi_mini.pt rgi_sheet.png; do
    [ -f "$run/$file" ] && cp "$run/$file" "$result/$file"
  done
  for name in $names; do
    echo "== $name"
    cat "$run/$name.log"
  done >"$result/log.txt"
  echo "$((SECONDS - begin)) s: $(ls "$data" | grep -c single) shards of faces, $(ls "$data" | grep -c pair) of pairs"
}
halved='' ended=''
while sleep 5; do
  now=$((SECONDS - begin))
  if [ -z "$halved" ] && [ $now -gt 75 ]; then
    kill "${renders[@]:$((cores / 2))}" 2>/dev/null
    halved=yes
  fi
  if [ -z "$ended" ] && [ $now -gt $((seconds / 2 + 20)) ]; then
    kill "${renders[@]}" 2>/dev/null
    ended=yes
  fi
  [ $((now / 30)) -eq $(((now - 5) / 30)) ] || keep
  running=0
  for pid in "${trains[@]}"; do kill -0 "$pid" 2>/dev/null && running=1; done
  [ $running -eq 1 ] || break
done
kill "${renders[@]}" 2>/dev/null
keep
for name in $names; do tail -n 2 "$run/$name.log"; done
