# What the scheduler of one installation may do in Vault, and no more: its jobs rotate keys, and destroy those of tenants that are erased.
# develop.sh puts the installation's name where ENVIRONMENT stands. No path of another one is named, so nothing of it can be read.
# A plus is one part of a path: keys/+ is a key, and not what is done to it, such as keys/…/rotate.

path "secret/data/saas-project/ENVIRONMENT/database" {
  capabilities = ["read"]
}

path "secret/data/saas-project/ENVIRONMENT/jwt" {
  capabilities = ["read"]
}

path "secret/data/saas-project/ENVIRONMENT/s3" {
  capabilities = ["read"]
}

# Keys rotate each month, and those of an erased tenant are destroyed.
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

# Its own token: to know how long it is good, and to make it good for longer.
path "auth/token/lookup-self" {
  capabilities = ["read"]
}

path "auth/token/renew-self" {
  capabilities = ["update"]
}
