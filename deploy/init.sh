#!/usr/bin/env bash
# Bring the database to the schema of this image and create the first administrator; doing it again changes nothing.
set -euo pipefail

airflow db migrate

# "users create" leaves an account that is there as it is.
airflow users create --role Admin --username "$ADMIN_USER" --email "$ADMIN_EMAIL" --password "$ADMIN_PASSWORD" \
    --firstname 系统 --lastname 管理员
