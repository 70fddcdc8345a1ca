#!/usr/bin/env bash
# Prepares a Vault or OpenBao that was started with server.hcl for development: initializes it if it is new, unseals it if it is sealed,
# and creates the mounts, policies and AppRoles of one installation. The script is idempotent.
#
#   VAULT_ADDR=https://localhost:8200 VAULT_CACERT=… vault/develop.sh [environment]
#
# VAULT_TOKEN, if set, is the root token of a Vault that needs no unsealing (vault server -dev). SECRET_ID_API, SECRET_ID_WORKER,
# SECRET_ID_SCHEDULER, SECRET_ID_MIGRATE and SECRET_ID_COMMANDS, if set, are the secret ids of the roles: then the role id is the name of
# the role, and neither is written to a file.
#
# Keys and secret ids are written to files in a private folder outside of this repository. They are neither printed nor passed as
# arguments, which other users of the machine could see. Do not use this script in production: docs/VAULT.md.
set -euo pipefail
umask 077

environment=${1:-dev}
here=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
folder=${SAAS_VAULT_FOLDER:-${XDG_STATE_HOME:-$HOME/.local/state}/saas-vault}
roles=(api worker scheduler migrate commands)

if [[ ! $environment =~ ^[a-z0-9-]+$ ]]; then
  echo "The environment is a name such as dev: small letters, digits, hyphens." >&2
  exit 2
fi

cli=$(type -P vault || type -P bao) || { echo "Neither vault nor bao is installed." >&2; exit 1; }
command -v jq >/dev/null || { echo "jq is not installed." >&2; exit 1; }

# The OpenBao CLI reads the same environment variables.
vault() { "$cli" "$@"; }

: "${VAULT_ADDR:?VAULT_ADDR must be the address of Vault, such as https://localhost:8200}"
export VAULT_ADDR

case "$(realpath -m -- "$folder")/" in
  "$(realpath -- "$here/..")"/*) echo "SAAS_VAULT_FOLDER must be outside of the repository." >&2; exit 1 ;;
esac

mkdir -p -- "$folder"
chmod 700 -- "$folder"
keys=$folder/init.json

# vault status exits with 2 when sealed and with 1 when Vault is unreachable.
status() { vault status -format=json 2>/dev/null || [[ $? -eq 2 ]]; }

for _ in {1..30}; do
  state=$(status) && [[ -n $state ]] && break
  state=
  sleep 2
done

if [[ -z $state ]]; then
  echo "Vault does not answer at $VAULT_ADDR." >&2
  exit 1
fi

if [[ $(jq -r .initialized <<<"$state") == false ]]; then
  # Written to a temporary file first, so that the key file is never incomplete.
  vault operator init -format=json -key-shares=5 -key-threshold=3 >"$keys.new"
  mv -- "$keys.new" "$keys"
  state=$(status)
  echo "Initialised. The keys are in $keys."
fi

if [[ $(jq -r .sealed <<<"$state") == true ]]; then
  [[ -r $keys ]] || { echo "Vault is sealed, and its keys are not in $keys." >&2; exit 1; }
  for share in 0 1 2; do
    # Over the API from standard input, because "vault operator unseal" takes a key only as an argument or from a terminal.
    jq -c --argjson share "$share" '{key: .unseal_keys_b64[$share]}' "$keys" | vault write sys/unseal - >/dev/null
  done
  echo "Unsealed."
fi

if [[ -z ${VAULT_TOKEN:-} ]]; then
  [[ -r $keys ]] || { echo "The root token is not in $keys: this Vault was initialised elsewhere." >&2; exit 1; }
  VAULT_TOKEN=$(jq -r .root_token "$keys")
fi
export VAULT_TOKEN

# The audit log, with secrets hashed. Vault intentionally rejects requests when it cannot write the log. OpenBao creates the device from
# its configuration.
if ! vault audit list -format=json 2>/dev/null | jq -e 'has("file/")' >/dev/null; then
  vault audit enable file file_path=/vault/logs/audit.log >/dev/null || {
    echo "The server makes no audit device by its API: declare it in the configuration, as vault/server.hcl does." >&2
    exit 1
  }
  echo "Audit is on."
fi

mounts=$(vault secrets list -format=json)
jq -e 'has("secret/")' >/dev/null <<<"$mounts" || vault secrets enable -path=secret -version=2 kv >/dev/null
jq -e --arg mount "transit-$environment/" 'has($mount)' >/dev/null <<<"$mounts" || vault secrets enable -path="transit-$environment" transit >/dev/null
jq -e 'has("approle/")' >/dev/null <<<"$(vault auth list -format=json)" || vault auth enable approle >/dev/null

for role in "${roles[@]}"; do
  name=saas-$role-$environment
  sed "s/ENVIRONMENT/$environment/g" "$here/policies/$role.hcl" | vault policy write "$name" - >/dev/null

  # A secret id is valid for a month and 300 sign-ins; a host signs in at startup and every four hours, which is 180. A secret id from a
  # variable does not expire.
  given=SECRET_ID_${role^^}
  if [[ -n ${!given:-} ]]; then limits=(secret_id_ttl=0 secret_id_num_uses=0); else limits=(secret_id_ttl=720h secret_id_num_uses=300); fi
  vault write "auth/approle/role/$name" \
    token_policies="$name" token_no_default_policy=true token_ttl=1h token_max_ttl=4h \
    "${limits[@]}" >/dev/null

  if [[ -n ${!given:-} ]]; then
    printf '{"role_id": "%s"}' "$name" | vault write "auth/approle/role/$name/role-id" - >/dev/null
    # Recreated, because a secret id keeps the limits that its role had when it was created.
    secret_id=$(jq -nc --arg given "$given" '{secret_id: env[$given]}')
    vault write "auth/approle/role/$name/secret-id/destroy" - <<<"$secret_id" >/dev/null 2>&1 || true
    vault write "auth/approle/role/$name/custom-secret-id" - <<<"$secret_id" >/dev/null
    continue
  fi

  vault read -field=role_id "auth/approle/role/$name/role-id" >"$folder/$name.role-id"

  # Created only when the existing one no longer works, to keep the number of valid credentials low.
  if [[ ! -s $folder/$name.secret-id ]] || ! known=$(jq -Rc '{secret_id: .}' "$folder/$name.secret-id" | vault write -format=json "auth/approle/role/$name/secret-id/lookup" - 2>/dev/null) || [[ -z $known ]]; then
    vault write -f -field=secret_id "auth/approle/role/$name/secret-id" >"$folder/$name.secret-id.new"
    mv -- "$folder/$name.secret-id.new" "$folder/$name.secret-id"
  fi
done

if [[ -n ${SECRET_ID_API:-} ]]; then
  echo "Vault is ready for '$environment'."
else
  echo "Vault is ready for '$environment'. Role ids and secret ids are in $folder: give a host Vault__RoleId and Vault__SecretIdFile."
fi
