# Names the two commands of a newcomer. The build itself is CMake's: see CMakePresets.json and docs/HACKING.md.
SHELL := /bin/bash
JOBS ?= $(shell nproc)
ARGS ?=
OUT ?= results/compare

.PHONY: help compare study test
help:
	@echo 'make compare   installs what is missing, builds, runs the case study; report in results/compare/report.html'
	@echo '               (options of the command in ARGS, e.g. make compare ARGS="--epochs 5")'
	@echo 'make study     the same with four heads, three seeds and two image sizes: hours'
	@echo 'make test      installs what is missing, builds, runs every test and check (about half an hour on 2 cores)'

# A build that is there already is kept as it is configured. A first one is joined (CMAKE_UNITY_BUILD), which is quickest to
# build whole, and for compare without tests, which need packages of their own.
compare:
	@scripts/install-deps.sh
	@test -f build/release/build.ninja || \
	    cmake --preset release -DCMAKE_UNITY_BUILD=ON -DMARKHOR_BUILD_TESTS=OFF -DMARKHOR_BUILD_BENCHMARKS=OFF
	@cmake --build build/release --target markhor_cli -j $(JOBS)
	build/release/cli/markhor compare --out $(OUT) $(ARGS)

study: ARGS += --heads flatten,gap,gmp,both --seeds 3 --image-sizes 28,56
study: OUT = results/study
study: compare

test:
	@scripts/install-deps.sh --test
	@test -f build/release/build.ninja || cmake --preset release -DCMAKE_UNITY_BUILD=ON
	@cmake --preset release -DCMAKE_COMPILE_WARNING_AS_ERROR=ON
	@cmake --build --preset release -j $(JOBS)
	@ctest --preset release -j $(JOBS)
