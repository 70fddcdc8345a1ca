# The Vault policy of the API of one installation: it encrypts passwords of new tenants, and decrypts those of requested tenants.
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

# To create the key of a new tenant, but not to rotate, retire or destroy keys.
path "transit-ENVIRONMENT/keys/+" {
  capabilities = ["create", "update"]
}

path "transit-ENVIRONMENT/encrypt/+" {
  capabilities = ["update"]
}

path "transit-ENVIRONMENT/decrypt/+" {
  capabilities = ["update"]
}

# Its own token: to read the expiry and to renew it.
path "auth/token/lookup-self" {
  capabilities = ["read"]
}

path "auth/token/renew-self" {
  capabilities = ["update"]
}
