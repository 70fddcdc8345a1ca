# Vault in a container of the AppHost's drawing (Vault:Mode=server). As server.hcl, but that TLS ends before the container: outside
# Development the hosts speak to no Vault without it.

ui            = true
disable_mlock = false # secrets must not reach the swap; the container has CAP_IPC_LOCK

storage "file" {
  path = "/vault/file"
}

listener "tcp" {
  address     = "0.0.0.0:8200"
  tls_disable = true
}

default_lease_ttl = "1h"
max_lease_ttl     = "4h"
log_level         = "info"
