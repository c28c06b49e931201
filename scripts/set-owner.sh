#!/usr/bin/env bash
# Puts the repository's owner and its reviewers where OWNER stands in the documents, the examples and the settings.
# Run it once, at the root of a checkout, and commit what it changes.
#
#   scripts/set-owner.sh acme @acme/maintainers    an organization, and a team that can write to the repository
#   scripts/set-owner.sh monalisa @monalisa        a person
#   scripts/set-owner.sh                           only lists the files where OWNER still stands
set -euo pipefail

# Not the scripts: OWNER stands for any owner there, and the check of a release (release-check.sh) looks for it.
documents=(.github docs examples setup src '*.md' Cargo.toml action.yml)
# It ends with 1 when there are none, and with more when it could not look.
found=$(git grep -lw OWNER -- "${documents[@]}") || (($? == 1))
if (($# == 0)); then
    if [[ -n $found ]]; then echo "$found"; fi
    exit
fi

no() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}
owner=$1 reviewers=${2:-}
[[ $owner =~ ^[A-Za-z0-9]+(-[A-Za-z0-9]+)*$ && $owner != OWNER ]] || no "$owner is not the name of an account on GitHub"
[[ $reviewers =~ ^@[A-Za-z0-9-]+(/[A-Za-z0-9_-]+)?$ && $reviewers != @OWNER* ]] ||
    no "the second argument says who reviews: a person like @monalisa, or a team like @acme/maintainers"
[[ -n $found ]] || no "OWNER stands nowhere any more: the owner has been set before"

mapfile -t left <<<"$found"
# The names of images are in lower case.
sed -i -e "s|ghcr\.io/OWNER\b|ghcr.io/${owner,,}|g" "${left[@]}"
if [[ -e .github/CODEOWNERS ]]; then sed -i -e "s|@OWNER\b|$reviewers|g" .github/CODEOWNERS; fi
sed -i -e "s|\bOWNER\b|$owner|g" "${left[@]}"
printf 'changed: %s\n' "${left[@]}"
