#!/usr/bin/env bash
# Creates an environment file from an example, with generated secrets:
#
#   deploy/new-env.sh deploy/compose/.env.example deploy/compose/.env
#
# A variable without a value gets a random one when the comment above it says "generated"; a master key is 32 bytes in base64. {name} in
# a value is replaced by an earlier value.
set -euo pipefail
umask 077

[[ $# -eq 2 ]] || { echo "Usage: $0 EXAMPLE FILE" >&2; exit 2; }
[[ -r $1 ]] || { echo "$1 cannot be read." >&2; exit 1; }
[[ ! -e $2 ]] || { echo "$2 exists already. Its secrets open existing data, so it is not replaced." >&2; exit 1; }

declare -A values
lines=()
empty=()
comment=
while IFS= read -r line || [[ -n $line ]]; do
  case $line in
    "#"*) comment+=${line,,} ;;
    "") comment= ;;
    *)
      name=${line%%=*}
      value=${line#*=}
      if [[ -z $value && $comment == *generated* ]]; then
        if [[ $name == *master-key ]]; then value=$(openssl rand -base64 32); else value=$(openssl rand -hex 32); fi
      fi
      for known in "${!values[@]}"; do
        value=${value//"{$known}"/"${values[$known]}"}
      done
      [[ -n $value ]] || empty+=("$name")
      values[$name]=$value
      line=$name=$value
      ;;
  esac
  lines+=("$line")
done <"$1"

printf '%s\n' "${lines[@]}" >"$2"
echo "$2 is written, readable by you alone."
[[ ${#empty[@]} -eq 0 ]] || echo "Empty: ${empty[*]}"
