# One command each; "make help" lists them. Nothing but Python 3.11 and make has to be installed beforehand.

SHELL := /bin/bash
.DEFAULT_GOAL := help

VENV ?= .venv
PYTHON ?= python3.11
BIN := $(abspath $(VENV))/bin

# What "make run" evaluates and where the result goes.
FUND ?= changde-smart-city
YEAR ?= 2022
SOURCES ?= include/samples/$(FUND)/$(YEAR)
OUT ?= out

# Where "make up" listens, and the folders its runs use where the form leaves them empty.
HOST ?= 127.0.0.1
PORT ?= 8080
INBOX ?= include/samples
STORAGE ?= $(OUT)

# Arguments of pytest; instead of them, for example: make test PYTEST="-m 'not airflow' -x"
# In the order of the folders: the long tests under a scheduler come first and not last, where one processor would idle.
PYTEST ?= -n auto --dist loadfile --no-loadscope-reorder

STAMP := $(VENV)/.installed

# How many vouchers "make bench" measures with.
ROWS ?= 1000000

.PHONY: help env run up down test test-celery lint bench format lock compose-config clean

help: ## 列出全部命令
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(STAMP): requirements.lock requirements-bootstrap.lock pyproject.toml
	@PYTHON="$(PYTHON)" scripts/make-environment "$(abspath $(VENV))"
	@touch $@

env: $(STAMP) ## 按锁定文件建立运行环境(只做一次)

run: $(STAMP) ## 评价一个年度:make run [FUND=资金 YEAR=年度 SOURCES=来源文件夹 OUT=存放位置]
	@"$(BIN)/python" -m fundeval.airflow.run --fund "$(FUND)" --year "$(YEAR)" --sources "$(SOURCES)" --out "$(OUT)"

up: $(STAMP) ## 启动带界面的 Airflow,按 Ctrl-C 停止:make up [PORT=端口 INBOX=收件箱 STORAGE=存放位置]
	@exec "$(BIN)/python" -m fundeval.airflow.service up --host "$(HOST)" --port "$(PORT)" \
		--inbox "$(INBOX)" --storage "$(STORAGE)"

down: $(STAMP) ## 停止 make up 启动的 Airflow
	@"$(BIN)/python" -m fundeval.airflow.service down

test: $(STAMP) ## 运行全部测试
	@"$(BIN)/python" -m pytest $(PYTEST)

test-celery: $(STAMP) ## 两个 Celery worker 同时评价 20 个资金年度,中途强行终止其中一个(约 20 分钟)
	@FUNDEVAL_TEST_TWENTY=1 "$(BIN)/python" -m pytest tests/airflow/test_celery_workers.py

lint: $(STAMP) ## 检查代码、类型、SQL 和模块边界
	@"$(BIN)/ruff" check .
	@"$(BIN)/ruff" format --check .
	@"$(BIN)/mypy"
	@"$(BIN)/sqlfluff" lint sql
	@"$(BIN)/lint-imports"

bench: $(STAMP) ## 测量速度和内存,与直接转存、pandas、dbt 比较:make bench [ROWS=凭证行数]
	@"$(BIN)/python" -m benchmarks.run --vouchers "$(ROWS)" --dag --peers

format: $(STAMP) ## 统一代码格式
	@"$(BIN)/ruff" check --fix .
	@"$(BIN)/ruff" format .

lock: $(STAMP) ## 重新解析依赖,写出带哈希的锁定文件
	@scripts/make-lock "$(abspath $(VENV))"

compose-config: $(STAMP) ## 检查 docker-compose.yaml 能否解析、所列内容是否存在
	@"$(BIN)/python" -m pytest tests/deploy/test_compose.py

clean: ## 删除运行环境和缓存(不删除 OUT 中的成果)
	rm -rf "$(VENV)" .airflow .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
