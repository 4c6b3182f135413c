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

build:
	go build -o bin/ ./cmd/...

test: tools vet unit fuzz compat

# The compatibility tests compare with a real redis-server. Debian starts one when it is installed: that is prevented.
tools:
	@if ! command -v redis-server >/dev/null || ! command -v redis-benchmark >/dev/null; then \
		printf '#!/bin/sh\nexit 101\n' >/tmp/synap-policy-rc.d && chmod +x /tmp/synap-policy-rc.d; \
		[ -e /usr/sbin/policy-rc.d ] || { $(SUDO) cp /tmp/synap-policy-rc.d /usr/sbin/policy-rc.d; touch /tmp/synap-policy-rc.d.ours; }; \
		$(SUDO) apt-get update -q && DEBIAN_FRONTEND=noninteractive $(SUDO) apt-get install -y -q redis-server redis-tools; status=$$?; \
		[ ! -e /tmp/synap-policy-rc.d.ours ] || { $(SUDO) rm -f /usr/sbin/policy-rc.d; rm -f /tmp/synap-policy-rc.d.ours; }; \
		exit $$status; \
	fi

vet:
	@test -z "$$(gofmt -l .)" || { echo "not gofmt'd:"; gofmt -l .; exit 1; }
	go vet ./...
	go run $(STATICCHECK) ./...

unit:
	go test -race -timeout 20m $$(go list ./... | grep -v /compat_test)

fuzz:
	@set -e; for target in $$(grep -rlE '^func Fuzz' --include='*_test.go' . | xargs -n1 dirname | sort -u); do \
		for f in $$(grep -hoE '^func Fuzz[A-Za-z0-9]+' $$target/*_test.go | cut -d' ' -f2); do \
			echo "fuzz $$target $$f"; go test -run '^$$' -fuzz "^$$f$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x $$target; \
		done; \
	done

compat:
	go test -timeout 20m -count=1 ./compat_test

bench: build
	go run ./cmd/synap bench --server ./bin/synap-server
