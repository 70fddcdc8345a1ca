# What the worker's commands of one installation (init, reset) may do in Vault, and no more: they create and drop tenants, and their keys.
# develop.sh puts the installation's name where ENVIRONMENT stands. No path of another one is named, so nothing of it can be read.
# A plus is one part of a path: keys/+ is a key, and not what is done to it, such as keys/…/rotate.

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

# A new tenant gets a key.
path "transit-ENVIRONMENT/keys/+" {
  capabilities = ["create", "update"]
}

path "transit-ENVIRONMENT/encrypt/+" {
  capabilities = ["update"]
}

path "transit-ENVIRONMENT/decrypt/+" {
  capabilities = ["update"]
}

# Its own token: to know how long it is good, and to make it good for longer.
path "auth/token/lookup-self" {
  capabilities = ["read"]
}

path "auth/token/renew-self" {
  capabilities = ["update"]
}
