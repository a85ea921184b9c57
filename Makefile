# A thin front for scripts/ and the CMake presets. `make help` lists the targets.
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
PREFIX ?= /usr/local
.DEFAULT_GOAL := help
.PHONY: help build demo test check-format install clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

build: ## installs what is missing (apt), compiles lrproof and lrproof-recheck into build/release
	@scripts/bootstrap build
	cmake --preset release
	cmake --build --preset release --parallel $(JOBS) --target lrproof lrproof-recheck lrproof_shared

demo: build ## audits the example networks on real digits; reports in build/demo
	@scripts/demo

test: ## compiles everything into build/release and runs all tests
	@scripts/bootstrap build test
	cmake --preset release
	cmake --build --preset release --parallel $(JOBS)
	ctest --preset release --parallel $(JOBS)

check-format: ## says which C++ files clang-format-16 would change
	@scripts/format --check

install: build ## installs programs, library and CMake package to PREFIX
	cmake --install build/release --prefix $(PREFIX)

clean: ## removes build/
	rm -rf build
