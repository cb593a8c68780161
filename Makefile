# Builds, checks and runs Bellpull. `make` alone lists what there is to make.
# Needed: Go, Node with npm, a C compiler for the race detector, and for tests
# Chromium and PostgreSQL's programs, which are installed where that is allowed.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

# Tools are Go modules of these versions, built once and kept in Go's cache.
GOLANGCI := go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
VULNCHECK := go run golang.org/x/vuln/cmd/govulncheck@v1.9.0
NFPM := go run github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.44.2

# What the package is called, as the latest tag says, and which machines it is for.
VERSION ?= $(patsubst v%,%,$(shell git describe --tags --match 'v*' 2>/dev/null || echo 0.0.0-dev))
ARCH ?= $(shell go env GOARCH)

# How the program is built: static, and with what a profile of it says is called
# most. The tag leaves out a debug page of gRPC, whose templates would keep every
# method of every type: see docs/architecture.md.
PROFILE := cmd/bellpull/bellpull.pgo
GO_BUILD := CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -tags=grpcnotrace -pgo=$(PROFILE)

# How long each fuzz target runs.
FUZZTIME ?= 10s

WEB_SOURCES := $(shell find web -type f -not -path '*/node_modules/*' -not -path 'web/dist/*' -not -name '*.go')
GENERATED := find . -path ./web/node_modules -prune -o \( -name '*_gen.go' -o -name '*.gen.ts' \) -print

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: run
run: build ## build everything, then run bellpull dev
	bin/bellpull dev

.PHONY: test
test: check ## run everything that CI runs, installing what it needs

.PHONY: check
check: lint verify web-test web unit conformance ## what CI runs, no more and no less

.PHONY: build
build: web binary ## build the pages and the one binary, bin/bellpull

.PHONY: binary
binary: ## build the binary alone, with the pages that are there
	$(GO_BUILD) -o bin/bellpull ./cmd/bellpull

.PHONY: package
package: build ## build the Debian package, bin/bellpull_VERSION_ARCH.deb
	BINARY=bin/bellpull VERSION=$(VERSION) ARCH=$(ARCH) $(NFPM) package --config deploy/debian/nfpm.yaml --packager deb --target bin/

.PHONY: web
web: web/dist/demo/index.html ## build the pages

web/dist/demo/index.html: web/node_modules/.package-lock.json $(WEB_SOURCES)
	cd web && npm run build
	touch $@

web/node_modules/.package-lock.json: web/package.json web/package-lock.json
	cd web && npm ci
	touch $@

.PHONY: dev
dev: build ## run bellpull dev, and the pages live from their sources
	bin/bellpull dev & server=$$!; trap 'kill $$server' EXIT; cd web && npm run dev

.PHONY: unit
unit: ## test the Go code, with the race detector and in random order
	test/postgres.sh
	go test -race -shuffle=on -timeout=10m ./...

.PHONY: web-test
web-test: web/node_modules/.package-lock.json ## test the code of the pages
	cd web && npm test

.PHONY: conformance
conformance: build ## run real SDKs and ChatJS against the binary
	test/conformance/run.sh

.PHONY: soak
soak: ## break real servers for as long as it takes to trust them
	BELLPULL_SOAK=1 go test -count=1 -timeout=2h -v ./test/simulation

.PHONY: fuzz
fuzz: ## run each fuzz target for FUZZTIME (10s)
	@grep -rlE --include='*_test.go' '^func Fuzz' chat cmd internal | sort | while read -r file; do \
	  sed -nE 's/^func (Fuzz[[:alnum:]_]*).*/\1/p' "$$file" | while read -r target; do \
	    echo "== $$target in $$(dirname "$$file")"; \
	    go test -run='^$$' -fuzz="^$$target$$" -fuzztime=$(FUZZTIME) "./$$(dirname "$$file")"; \
	  done; \
	done

.PHONY: bench
bench: ## run the Go benchmarks
	go test -run='^$$' -bench=. -benchmem ./...

.PHONY: profile
profile: build ## profile the program under load, for the next build
	@dir=$$(mktemp -d); trap 'rm -rf "$$dir"' EXIT; set -x; \
	bin/bellpull bench --chats 50,500 --duration 15s --profile "$$dir"; \
	bin/bellpull bench --mode transcript --duration 10s --profile "$$dir"; \
	bin/bellpull bench --mode start --repeat 4 --profile "$$dir"; \
	go tool pprof -proto "$$dir"/*.prof >"$$dir/all"; \
	cp "$$dir/all" $(PROFILE)

.PHONY: lint
lint: ## run the linters
	$(GOLANGCI) run --allow-serial-runners ./...
	cd test/conformance/go && $(GOLANGCI) run --allow-serial-runners --config=../../../.golangci.yml ./...

.PHONY: fmt
fmt: ## format the Go code
	$(GOLANGCI) fmt

.PHONY: generate
generate: ## make the generated sources anew
	go generate ./...

.PHONY: verify
verify: ## check that generated sources, format and go.mod are as they should be
	@before=$$($(GENERATED) | sort | xargs cksum); \
	$(MAKE) --no-print-directory generate; \
	diff <(echo "$$before") <($(GENERATED) | sort | xargs cksum) || \
	  { echo 'verify: these were not what make generate makes; commit what it made' >&2; exit 1; }
	$(GOLANGCI) fmt --diff
	go mod tidy -diff
	cd test/conformance/go && go mod tidy -diff

.PHONY: vuln
vuln: ## look for known vulnerabilities; needs the network, so CI does not
	$(VULNCHECK) ./...

.PHONY: clean
clean: ## remove what was built and installed here
	rm -rf bin web/node_modules test/node_modules
	find web/dist -mindepth 1 -not -name .keep -delete
