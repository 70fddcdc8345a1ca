# Vault in Docker Compose: vault/container.hcl with TLS, which the hosts require outside Development.
ui            = false
disable_mlock = false # memory with secrets must not be swapped out; the container has CAP_IPC_LOCK

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
