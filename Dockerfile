# The image of every Airflow component: this repository, its lock, the fonts and LibreOffice the report needs.
# Build: docker build -t fundeval .

FROM python:3.11-slim-bookworm AS environment
WORKDIR /opt/fundeval
# The environment first: it changes only with the lock, so that a change of code is a small layer.
COPY requirements.lock requirements-bootstrap.lock pyproject.toml ./
COPY scripts/make-environment scripts/make-environment
COPY include/fundeval/__init__.py include/fundeval/__init__.py
RUN touch README.md && PYTHON=python3.11 bash scripts/make-environment /opt/fundeval/.venv

FROM python:3.11-slim-bookworm
# LibreOffice turns the report into PDF; Fandol and Noto stand in for the official fonts the report names. Backups of the
# database are made by PostgreSQL's own tools, of the major version of the server in docker-compose.yaml.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        libreoffice-writer libreoffice-calc fonts-noto-cjk texlive-lang-chinese poppler-utils postgresql-client-15 tini \
    && rm -rf /var/lib/apt/lists/*
# Nothing runs as root; group 0 lets a platform that picks its own user id (OpenShift) write the volumes too.
RUN useradd --uid 50000 --gid 0 --create-home --home-dir /home/airflow airflow \
    && install -d -o airflow -g 0 -m 0770 /data/inbox /data/storage /data/logs /opt/airflow
WORKDIR /opt/fundeval
COPY --from=environment /opt/fundeval/.venv .venv
COPY . .
# The lines above leave the code owned by root: a task can read it and cannot change it.
ENV PATH=/opt/fundeval/.venv/bin:$PATH \
    AIRFLOW_HOME=/opt/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/fundeval/dags \
    AIRFLOW__CORE__PLUGINS_FOLDER=/opt/fundeval/plugins \
    AIRFLOW__CORE__LOAD_EXAMPLES=False \
    AIRFLOW__LOGGING__BASE_LOG_FOLDER=/data/logs \
    AIRFLOW__USAGE_DATA_COLLECTION__ENABLED=False \
    FUNDEVAL_INBOX=/data/inbox \
    FUNDEVAL_STORAGE=/data/storage \
    LANG=C.UTF-8 \
    TZ=Asia/Shanghai
USER 50000:0
VOLUME ["/data/inbox", "/data/storage", "/data/logs"]
ENTRYPOINT ["tini", "--", "bash", "/opt/fundeval/deploy/entrypoint.sh"]
CMD ["version"]
