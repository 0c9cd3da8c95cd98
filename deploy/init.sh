#!/usr/bin/env bash
# Bring the databases to the schema of this image, the roles to roles.yaml, and create the first administrator; doing
# it again changes nothing.
set -euo pipefail

airflow db migrate
python "$(dirname "$0")/create_database.py"

# "users create" leaves an account that is there as it is.
airflow users create --role Admin --username "$ADMIN_USER" --email "$ADMIN_EMAIL" --password "$ADMIN_PASSWORD" \
    --firstname 系统 --lastname 管理员

# Offices are separated by commas; each gets a role of its own.
IFS=',' read -ra offices <<<"${OFFICES:-}"
arguments=()
for office in "${offices[@]}"; do
    arguments+=(--office "$office")
done
python -m fundeval.airflow.roles "${arguments[@]}"
