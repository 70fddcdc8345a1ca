# The Vault policy of the scheduler of one installation: its jobs rotate keys, and destroy those of erased tenants.
# develop.sh replaces ENVIRONMENT with the name of the installation, so other installations are not accessible.
# A plus matches one path segment: keys/+ matches a key, but not its operations, such as keys/…/rotate.

path "secret/data/saas-project/ENVIRONMENT/database" {
  capabilities = ["read"]
}

path "secret/data/saas-project/ENVIRONMENT/jwt" {
  capabilities = ["read"]
}

path "secret/data/saas-project/ENVIRONMENT/s3" {
  capabilities = ["read"]
}

# To rotate keys each month and destroy those of an erased tenant.
path "transit-ENVIRONMENT/keys" {
  capabilities = ["list"]
}

path "transit-ENVIRONMENT/keys/+" {
  capabilities = ["create", "read", "update", "delete"]
}

path "transit-ENVIRONMENT/keys/+/rotate" {
  capabilities = ["update"]
}

path "transit-ENVIRONMENT/keys/+/config" {
  capabilities = ["update"]
}

path "transit-ENVIRONMENT/encrypt/+" {
  capabilities = ["update"]
}

path "transit-ENVIRONMENT/decrypt/+" {
  capabilities = ["update"]
}

path "transit-ENVIRONMENT/rewrap/+" {
  capabilities = ["update"]
}

# Its own token: to read the expiry and to renew it.
path "auth/token/lookup-self" {
  capabilities = ["read"]
}

path "auth/token/renew-self" {
  capabilities = ["update"]
}
