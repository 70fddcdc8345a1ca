# Vault for one machine or a small installation: files, TLS, no anonymous anything. docs/VAULT.md says what production does differently.
# Paths are those of Vault's own container image and packages; put yours in.

ui            = false
disable_mlock = false # secrets must not reach the swap; the process needs CAP_IPC_LOCK

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
