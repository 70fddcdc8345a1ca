# Vault in a container of the AppHost's app model (Vault:Mode=server). Like server.hcl, but without TLS, which a proxy must terminate
# because the hosts require it outside Development.

ui            = true
disable_mlock = false # memory with secrets must not be swapped out; the container has CAP_IPC_LOCK

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
