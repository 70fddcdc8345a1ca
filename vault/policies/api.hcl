# What the api of one installation may do in Vault, and no more: it encrypts the passwords of new tenants, and decrypts those of tenants that are asked for.
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

# A new tenant gets a key; nobody who is in this process can rotate, retire or destroy one.
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
