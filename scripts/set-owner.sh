#!/usr/bin/env bash
# Replaces OWNER in the documentation, the examples and the settings with the repository's owner and its reviewers. Run it
# once, at the root of a checkout, and commit the changes.
#
#   scripts/set-owner.sh acme @acme/maintainers    sets an organization, and a team that can write to the repository
#   scripts/set-owner.sh monalisa @monalisa        sets a person
#   scripts/set-owner.sh                           only lists the files that still contain OWNER
set -euo pipefail

# The scripts are left out: there, OWNER stands for any owner.
documents=(.github docs examples setup src '*.md' Cargo.toml action.yml)
# git grep exits with 1 if there are no matches, and with a higher status on an error.
found=$(git grep -lw OWNER -- "${documents[@]}") || (($? == 1))
if (($# == 0)); then
    if [[ -n $found ]]; then echo "$found"; fi
    exit
fi

fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}
owner=$1 reviewers=${2:-}
[[ $owner =~ ^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$ && $owner != OWNER ]] || fail "$owner is not the name of an account on GitHub"
[[ $reviewers =~ ^@[A-Za-z0-9-]+(/[A-Za-z0-9_-]+)?$ && $reviewers != @OWNER* ]] ||
    fail "the second argument must be the reviewers: a person like @monalisa, or a team like @acme/maintainers"
[[ -n $found ]] || fail "no file contains OWNER: the owner has already been set"

mapfile -t left <<<"$found"
# Image names must be lower-case.
sed -i -e "s|ghcr\.io/OWNER\b|ghcr.io/${owner,,}|g" "${left[@]}"
if [[ -e .github/CODEOWNERS ]]; then sed -i -e "s|@OWNER\b|$reviewers|g" .github/CODEOWNERS; fi
sed -i -e "s|\bOWNER\b|$owner|g" "${left[@]}"
printf 'changed: %s\n' "${left[@]}"
