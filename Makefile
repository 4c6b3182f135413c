# make run     build and serve, with redis.conf.example
# make test    install what the tests need and run all of them
# make bench   compare speed and memory with redis-server, side by side
# make fuzz    fuzz the decoders for longer (FUZZTIME=10m)
# make build   build the programs into bin/

STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
FUZZTIME ?= 5s
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.PHONY: run test bench build fuzz tools vet unit compat

run: build
	./bin/synap-server redis.conf.example

# Without cgo: programs that need no library of the system, and 2 MB less of them in memory.
build:
	CGO_ENABLED=0 go build -o bin/ ./cmd/...

test: tools vet unit fuzz compat

# The compatibility tests compare with a real redis-server. Debian starts one when it is installed; a policy-rc.d, if there
# is none yet, prevents that and goes again whatever happens.
tools:
	@if ! command -v redis-server >/dev/null || ! command -v redis-benchmark >/dev/null; then \
		if [ ! -e /usr/sbin/policy-rc.d ]; then \
			trap '$(SUDO) rm -f /usr/sbin/policy-rc.d' EXIT INT TERM; \
			printf '#!/bin/sh\nexit 101\n' | $(SUDO) tee /usr/sbin/policy-rc.d >/dev/null; \
			$(SUDO) chmod +x /usr/sbin/policy-rc.d; \
		fi; \
		$(SUDO) apt-get update -q && $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -q redis-server redis-tools; \
	fi
	@command -v redis-server >/dev/null || { echo "redis-server is missing: the tests compare with it"; exit 1; }

vet:
	@test -z "$$(gofmt -l .)" || { echo "not gofmt'd:"; gofmt -l .; exit 1; }
	go vet ./...
	go run $(STATICCHECK) ./...

unit:
	go test -race -timeout 20m $$(go list ./... | grep -v /compat_test)

# When the time is up while a worker has an input, go test now and then reports its own deadline as the failure. A failure
# that names an input, or anything else, is one.
fuzz:
	@set -e; targets=$$(grep -rlE '^func Fuzz' --include='*_test.go' .); [ -n "$$targets" ]; \
	for file in $$targets; do \
		for f in $$(grep -hoE '^func Fuzz[A-Za-z0-9]+' $$file | cut -d' ' -f2); do \
			echo "fuzz $$file $$f"; \
			if out=$$(go test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x ./$$(dirname $$file) 2>&1); then \
				echo "$$out" | tail -n 2; \
			else \
				echo "$$out"; \
				echo "$$out" | grep -q '^ *context deadline exceeded$$' || exit 1; \
				! echo "$$out" | grep -qE 'Failing input|panic:|hung or terminated' || exit 1; \
			fi; \
		done; \
	done

compat:
	go test -timeout 20m -count=1 ./compat_test

bench: build
	go run ./cmd/synap bench --server ./bin/synap-server
