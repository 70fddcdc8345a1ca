# Vault or OpenBao for one machine or a small installation: file storage, TLS, no anonymous access. docs/VAULT.md describes production.
# The paths are those of Vault's container image and packages; change them as needed.

# Memory with secrets must not be swapped out: Vault locks it by default, which requires CAP_IPC_LOCK. OpenBao does not support the
# setting, so its machine must have no swap or encrypted swap.
ui = false

storage "file" {
  path = "/vault/data"
}

listener "tcp" {
  address         = "0.0.0.0:8200"
  tls_cert_file   = "/vault/tls/vault.crt"
  tls_key_file    = "/vault/tls/vault.key"
  tls_min_version = "tls12"
}

api_addr     = "https://vault:8200"
cluster_addr = "https://vault:8201"

default_lease_ttl = "1h"
max_lease_ttl     = "4h"
log_level         = "info"

# OpenBao configures audit devices only here. Vault warns about the unknown section, and develop.sh creates its device.
audit "file" "file" {
  description = "Who did what, with secrets hashed."
  options {
    file_path = "/vault/logs/audit.log"
  }
}
