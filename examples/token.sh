#!/bin/sh
# Prints the living token of a credential, or says why there is none. Needs the AWS CLI.
#   TOKEN=$(sh token.sh kis-main) || exit 1
set -eu
name="${BROKER_TOKENS_PREFIX:-/broker-tokens}/${1:?which credential?}"
read_parameter() { aws ssm get-parameter --with-decryption --name "$1" --query Parameter.Value --output text; }

state=$(read_parameter "$name/state")
case $state in *'"paused":true'*) echo "$1 was revoked on request: an operator has to resume it" >&2; exit 1 ;; esac
case $state in *'"health":"dead"'*) echo "$1: the token is dead, and its replacement is not published yet: see $name/state" >&2; exit 1 ;; esac
expires=$(printf %s "$state" | sed -n 's/.*"expiresAt":"\([^"]*\)".*/\1/p')
if [ -z "$expires" ]; then echo "$1: nothing was issued yet: see $name/state" >&2; exit 1; fi
# Instants of this form, in UTC, sort as text.
if expr "$(date -u +%Y-%m-%dT%H:%M:%SZ)" '>=' "$expires" >/dev/null; then
  echo "$1: the token expired at $expires: see $name/state and the alarms" >&2
  exit 1
fi
read_parameter "$name/token"
