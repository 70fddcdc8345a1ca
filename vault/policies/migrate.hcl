# The Vault policy of migrate of one installation: it connects to tenant databases as the provisioning role and needs no tenant key.
# develop.sh replaces ENVIRONMENT with the name of the installation, so other installations are not accessible.
# A plus matches one path segment: keys/+ matches a key, but not its operations, such as keys/…/rotate.

path "secret/data/saas-project/ENVIRONMENT/database" {
  capabilities = ["read"]
}

path "secret/data/saas-project/ENVIRONMENT/provisioning" {
  capabilities = ["read"]
}

path "secret/data/saas-project/ENVIRONMENT/jwt" {
  capabilities = ["read"]
}

path "secret/data/saas-project/ENVIRONMENT/s3" {
  capabilities = ["read"]
}

# Its own token: to read the expiry and to renew it.
path "auth/token/lookup-self" {
  capabilities = ["read"]
}

path "auth/token/renew-self" {
  capabilities = ["update"]
}
