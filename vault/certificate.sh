#!/usr/bin/env bash
# Creates a self-signed certificate for Vault once: the private key in /vault/tls, and the certificate for clients in /vault/ca.
#
#   certificate.sh NAME...    the DNS names that Vault is reached by
set -euo pipefail
umask 077

tls=${SAAS_TLS_FOLDER:-/vault/tls}
ca=${SAAS_CA_FOLDER:-/vault/ca}
[[ $# -gt 0 ]] || { echo "Usage: $0 NAME..." >&2; exit 2; }

if [[ ! -s $ca/ca.crt || ! -s $tls/vault.crt || ! -s $tls/vault.key ]]; then
  names=IP:127.0.0.1,DNS:localhost
  for name in "$@"; do names+=,DNS:$name; done
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=$1" -addext "subjectAltName=$names" \
    -addext "basicConstraints=critical,CA:TRUE,pathlen:0" -addext "keyUsage=critical,digitalSignature,keyCertSign" -addext "extendedKeyUsage=serverAuth" \
    -keyout "$tls/vault.key" -out "$tls/vault.crt" 2>/dev/null
  cp -- "$tls/vault.crt" "$ca/ca.crt"
  chmod 644 -- "$tls/vault.crt" "$ca/ca.crt"
  echo "Created a certificate for $names."
fi

openssl x509 -in "$tls/vault.crt" -noout -enddate
