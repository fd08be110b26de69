#!/bin/sh
# Prints the live token of a credential, or an error if there is none. Needs the AWS CLI.
#   TOKEN=$(sh token.sh kis-main) || exit 1
set -eu
name="${BROKER_TOKENS_PREFIX:-/broker-tokens}/${1:?credential id is missing}"
read_parameter() {
  aws ssm get-parameter --with-decryption --name "$1" --query Parameter.Value --output text
}
fail() { echo "$1" >&2; exit 1; }

state=$(read_parameter "$name/state")
case $state in *'"paused":true'*) fail "$1 was revoked on request; an operator must resume it" ;; esac
case $state in *'"health":"dead"'*) fail "$1: the token is dead and not replaced yet: see $name/state" ;; esac
expires=$(printf %s "$state" | sed -n 's/.*"expiresAt":"\([^"]*\)".*/\1/p')
[ -n "$expires" ] || fail "$1: no token has been issued yet: see $name/state"
# Instants of this form, in UTC, sort as text.
if expr "$(date -u +%Y-%m-%dT%H:%M:%SZ)" '>=' "$expires" >/dev/null; then
  fail "$1: the token expired at $expires: see $name/state and the alarms"
fi
read_parameter "$name/token"
