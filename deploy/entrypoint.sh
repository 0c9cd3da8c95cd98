#!/usr/bin/env bash
# What a container of the image runs: a command of Airflow, or a program where the first word names one. The official
# Helm chart starts its components both ways ("bash -c …", "airflow db check-migrations").
set -euo pipefail

case "${1:-}" in
    airflow | bash | fundeval | python | sh) exec "$@" ;;
    *) exec airflow "$@" ;;
esac
