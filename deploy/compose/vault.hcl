# Vault in Docker Compose: vault/container.hcl with TLS, because outside Development a host talks to no Vault without it.
ui            = false
disable_mlock = false # secrets must not reach the swap; the container has CAP_IPC_LOCK

storage "file" {
  path = "/vault/file"
}

listener "tcp" {
  address         = "0.0.0.0:8200"
  tls_cert_file   = "/vault/tls/vault.crt"
  tls_key_file    = "/vault/tls/vault.key"
  tls_min_version = "tls12"
}

default_lease_ttl = "1h"
max_lease_ttl     = "4h"
log_level         = "info"
