# Vault or OpenBao for one machine or a small installation: files, TLS, no anonymous anything. docs/VAULT.md says what production does differently.
# Paths are those of Vault's own container image and packages; put yours in.

# Secrets must not reach the swap: Vault locks its memory by default, for which the process needs CAP_IPC_LOCK. OpenBao does not,
# and refuses the setting: its machine has no swap, or an encrypted one.
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

# OpenBao takes audit devices from here alone. Vault warns of a section that it does not know, and develop.sh makes the device there.
audit "file" "file" {
  description = "Who did what, with secrets hashed."
  options {
    file_path = "/vault/logs/audit.log"
  }
}
