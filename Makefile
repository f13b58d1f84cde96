# SPDX-License-Identifier: Apache-2.0
#
# One static binary from applets/*.c and core/*/*.c, found by themselves: a feature is the presence of
# its file. Each flavour (compiler, libc, instrumentation) builds in a folder of its own,
# build/<flavour>/, by this same file with FLAVOUR= set, so that none ever invalidates another.
#
# Vendored libraries are built once from pinned sources into VENDOR_BUILD, which several work trees may
# share: their stamps carry a hash of pin and recipe, not a time.
#
# Objects are linked directly, never through an archive: the applet table is a linker section and
# nothing else refers to its entries.

MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

# ---- knobs ----
BUILD        ?= build
VENDOR_BUILD ?= $(BUILD)/vendor
FLAVOUR      ?= static
PREFIX       ?= /usr/local
DESTDIR      ?=
JOBS         ?= $(shell nproc)
GCC          ?= gcc
CLANG        ?= clang
WITHOUT      ?=
FUZZ_TIME    ?= 10
# Files whose inner loops see every byte of an image: speed before size.
HOT          := buf json json_w sha256 sha256_ni sha256_x86 tar inflate gzip zstd codec shimlog logs_record logs_file

# ---- sources ----
SRC   := $(sort $(filter-out $(WITHOUT:%=applets/%.c),$(wildcard applets/*.c core/*/*.c)))
CORE  := $(filter core/%,$(SRC))
# The applets' --format, which unit tests and fuzzers take too.
PRINT := $(filter applets/template% applets/format% applets/table%,$(SRC))
UNIT  := $(sort $(wildcard tests/unit/*.c))
FUZZ  := $(sort $(wildcard tests/fuzz/*.c))
O     := $(BUILD)/$(FLAVOUR)

# ---- vendored libraries ----
LIBS      := musl zlib libseccomp yyjson libzstd llhttp
HOSTLIBS  := $(filter-out musl,$(LIBS))
V         := $(VENDOR_BUILD)
VHOST     := $(VENDOR_BUILD)-host
VHASH     := $(shell for l in $(LIBS); do echo $$l-$$(cat vendor/$$l/* vendor/build.sh | sha256sum | cut -c1-12); done)
VSTAMPS   := $(VHASH:%=$(V)/stamps/%)
MUSL      := $(filter $(V)/stamps/musl-%,$(VSTAMPS))
VHSTAMPS  := $(patsubst %,$(VHOST)/stamps/%,$(filter-out musl-%,$(VHASH)))
LINKLIBS  := -lseccomp -lyyjson -lzstd -lllhttp -lz

# ---- flags ----
WARN := -Wall -Wextra -Wshadow -Wvla -Wmissing-prototypes -Wformat=2 -Werror
BASE := -std=gnu11 -D_GNU_SOURCE -Icore -I. $(WARN) -ffunction-sections -fdata-sections \
	-fno-common -fno-strict-aliasing -ffile-prefix-map=$(CURDIR)/=
BAN  := $(if $(wildcard core/base/ban.h),-include core/base/ban.h)
SMALL := -fno-asynchronous-unwind-tables -fno-unwind-tables -fstack-protector-strong -fno-pie
gccinc   := $(shell $(GCC) -print-file-name=include 2>/dev/null)
gcclib   := $(shell $(GCC) -print-libgcc-file-name 2>/dev/null)

# On a musl system (Alpine) the compiler already is what we otherwise put together.
ifneq ($(findstring -musl,$(shell $(GCC) -dumpmachine 2>/dev/null)),)
MUSLINC   = -isystem $(V)/include
CRT1 :=
CRTN :=
MUSLLINK := -static -no-pie
else
MUSLINC   = -nostdinc -isystem $(V)/include -isystem $(V)/kernel -isystem $(1)
CRT1     := $(V)/lib/crt1.o $(V)/lib/crti.o
CRTN     := $(gcclib) -lc $(gcclib) $(V)/lib/crtn.o
MUSLLINK := -static -nostdlib $(if $(filter clang,$(FLAVOUR)),,-no-pie)
endif
LDCOMMON := -Wl,--gc-sections -Wl,-z,relro,-z,now,-z,noexecstack -Wl,--build-id=none

OPT     := -Os
OPTHOT  := -O2
STAMPS  := $(VSTAMPS)
CC_     := $(GCC)
CF      := $(BASE) $(SMALL) $(call MUSLINC,$(gccinc))
LDPRE   := $(MUSLLINK) $(CRT1)
LDPOST  := -L$(V)/lib $(LINKLIBS) $(CRTN)

ifeq ($(FLAVOUR),clang)
CC_     := $(CLANG)
CF      := $(BASE) $(SMALL) $(call MUSLINC,$(shell $(CLANG) -print-file-name=include))
else ifeq ($(FLAVOUR),debug)
OPT     := -Og
OPTHOT  := -Og
CF      += -g3
else ifneq ($(filter asan cover fuzz,$(FLAVOUR)),)
# AddressSanitizer and the coverage runtimes need the host's libc, hence a second set of libraries.
STAMPS  := $(VHSTAMPS)
OPT     := -O1
OPTHOT  := -O1
CF      := $(BASE) -g -fno-omit-frame-pointer -isystem $(VHOST)/include
LDPOST  := -L$(VHOST)/lib $(LINKLIBS)
LDPRE   :=
ifeq ($(FLAVOUR),asan)
SAN     := -fsanitize=address,undefined -fno-sanitize-recover=all
else ifeq ($(FLAVOUR),cover)
SAN     := --coverage
OPT     := -O0
OPTHOT  := -O0
else
CC_     := $(CLANG)
SAN     := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
endif
CF      += $(SAN)
LDPRE   += $(SAN)
endif

# A weakened build (attack tests: the attack must succeed in it) is the static flavour in which the
# files that mention PROA_WEAK_<NAME> are compiled again; all other objects are shared.
SHARED :=
ifneq ($(filter weak-%,$(FLAVOUR)),)
WEAK   := PROA_WEAK_$(FLAVOUR:weak-%=%)
CF     += -D$(WEAK)
WEAKSRC := $(shell grep -lw $(WEAK) $(SRC))
ifeq ($(WEAKSRC),)
$(error no source file mentions $(WEAK))
endif
SHARED := $(filter-out $(WEAKSRC),$(SRC))
endif

OBJ     := $(patsubst %.c,$(O)/%.o,$(filter-out $(SHARED),$(SRC))) $(SHARED:%.c=$(BUILD)/static/%.o)
COREOBJ := $(filter $(O)/core/%,$(OBJ))
TESTOBJ := $(COREOBJ) $(PRINT:%.c=$(O)/%.o)

# Write FILE only when its text changed; what depends on it is rebuilt then.
define remember
ifneq ($$(strip $$(file <$(1))),$$(strip $(2)))
$$(shell mkdir -p $(dir $(1)))
$$(file >$(1),$$(strip $(2)))
endif
endef

# ---- what to build ----
all: ## the static, stripped binary (default)
	@$(MAKE) $(J) FLAVOUR=static binary
debug clang asan: ## build/<flavour>/proa: debug symbols; clang with musl; host libc with ASan and UBSan
	@$(MAKE) $(J) FLAVOUR=$@ binary
weak-%: all ## build/weak-NAME/proa with -DPROA_WEAK_NAME, for attack tests
	@$(MAKE) $(J) FLAVOUR=$@ binary
vendor: $(VSTAMPS) ## only the libraries, with musl
vendor-host: $(VHSTAMPS) ## only the libraries, with the host's libc (asan, fuzz, cover)

ifneq ($(filter binary objects unit-programs fuzz-programs bench-programs lint-files,$(MAKECMDGOALS)),)
$(eval $(call remember,$(O)/flags,$$(CC_) $$(CF) $$(OPT) $$(LDPRE) $$(LDPOST)))
$(eval $(call remember,$(O)/objects,$$(OBJ)))
-include $(OBJ:.o=.d) $(patsubst %.c,$(O)/%.d,$(UNIT) $(FUZZ))
endif

# Until the first applet exists there is nothing to link.
binary: $(if $(filter applets/%,$(SRC)),$(O)/proa,$(OBJ))
	@:
objects: $(OBJ)
	@:

$(O)/proa: $(O)/proa.sym
	@$(if $(filter asan,$(FLAVOUR)),cp $< $@,strip -o $@ $<)
	@$(if $(filter static,$(FLAVOUR)),echo "  BINARY  $@ ($$(stat -c %s $@) bytes)",echo "  BINARY  $@")

ASANOBJ := $(if $(filter asan,$(FLAVOUR)),$(O)/tests/asan.o)
$(O)/tests/asan.o: CF += -DASAN_LOG='"$(abspath $(BUILD))/asan/log"'
$(O)/proa.sym: $(OBJ) $(ASANOBJ) $(O)/objects
	@echo "  LINK    $@"
	@$(CC_) $(LDPRE) $(LDCOMMON) -o $@ $(OBJ) $(ASANOBJ) $(LDPOST)

$(O)/%.o: %.c $(O)/flags $(STAMPS)
	@mkdir -p $(@D)
	@echo "  CC      $@"
	@$(CC_) $(if $(filter $(HOT),$(basename $(notdir $<))),$(OPTHOT),$(OPT)) $(CF) $(BAN) -MMD -MP -c -o $@ $<

$(V)/stamps/%:
	@JOBS=$(JOBS) VENDOR_CC=$(GCC) vendor/build.sh $(firstword $(foreach l,$(LIBS),$(if $(filter $l-%,$*),$l))) $(V) musl
	@mkdir -p $(@D) && touch $@
$(VHOST)/stamps/%:
	@JOBS=$(JOBS) VENDOR_CC=$(GCC) vendor/build.sh $(firstword $(foreach l,$(LIBS),$(if $(filter $l-%,$*),$l))) $(VHOST) host
	@mkdir -p $(@D) && touch $@
$(filter-out $(MUSL),$(VSTAMPS)): $(MUSL)

# ---- tests ----
# A unit test is linked with all of core and, of the applets, with --format. Both libcs: the sanitizers see what
# is wrong in memory, the static one is what people run.
$(O)/tests/bench/%: tests/bench/%.c $(COREOBJ) $(O)/objects $(O)/flags
	@mkdir -p $(@D)
	@echo "  BENCH   $@"
	@$(CC_) $(OPT) $(CF) $(LDPRE) $(LDCOMMON) -o $@ $< $(COREOBJ) $(LDPOST)
$(O)/tests/unit/%: tests/unit/%.c tests/unit/test.h $(TESTOBJ) $(O)/objects $(O)/flags
	@mkdir -p $(@D)
	@echo "  TEST    $@"
	@$(CC_) $(OPT) $(CF) -Wno-error=unused-function -MMD -MF $@.d -MT $@ $(LDPRE) $(LDCOMMON) -o $@ $< $(TESTOBJ) $(LDPOST)
$(O)/tests/fuzz/%: tests/fuzz/%.c $(TESTOBJ) $(O)/objects $(O)/flags
	@mkdir -p $(@D)
	@echo "  FUZZ    $@"
	@$(CC_) $(OPT) $(CF) -Wno-missing-prototypes -MMD -MF $@.d -MT $@ $(LDPRE) -fsanitize=fuzzer $(LDCOMMON) -o $@ $< $(TESTOBJ) $(LDPOST)

unit-programs: $(UNIT:%.c=$(O)/%)
	@:
fuzz-programs: $(FUZZ:%.c=$(O)/%)
	@:
bench-programs: $(O)/tests/bench/hops
	@:

B        := $(abspath $(BUILD))
# One job for each processor, unless make itself was told -j.
J         = $(if $(findstring jobserver,$(MAKEFLAGS)),,-j$(JOBS))
RUN       = env BUILD=$(B) PROA=$(B)/static/proa PROA_ASAN=$(B)/asan/proa IMAGES=$(B)/images JOBS=$(JOBS) \
	CC_STATIC=$(abspath $(V))/bin/musl-cc FUZZ_TIME=$(FUZZ_TIME) tests/run
WEAKS     = $(shell sed -n 's/^\# *weak: *//p' tests/attack/*.t 2>/dev/null | tr ' ' '\n' | sort -u)
SCRIPTS   = $(sort $(wildcard $(1:%=tests/%/*.t)))
UNITRUN   = $(UNIT:%.c=$(BUILD)/asan/%) $(UNIT:%.c=$(BUILD)/static/%)

deps: ## install what building and testing need (root, apt); quick if all is there
	@tools/deps
images: $(BUILD)/images/busybox.tar ## the image that tests use, from Debian's busybox-static
$(BUILD)/images/busybox.tar: $(wildcard tools/mkimage tools/*.py)
	@mkdir -p $(@D)
	@echo "  IMAGE   $@"
	@tools/mkimage busybox $@
test-programs:
	@$(MAKE) $(J) FLAVOUR=static binary unit-programs
	@$(MAKE) $(J) FLAVOUR=asan binary unit-programs
	@$(MAKE) images
	@for w in $(WEAKS); do $(MAKE) $(J) FLAVOUR=weak-$$w binary || exit 1; done
fuzzers:
	@$(MAKE) $(J) FLAVOUR=fuzz fuzz-programs

check: ## dependencies, build, every test; STRICT=1 makes a skip a failure
	@tools/deps
	@$(MAKE) test-programs
	@$(MAKE) fuzzers
	@$(RUN) $(UNITRUN) $(call SCRIPTS,cli ns attack golden vm) $(FUZZ:%.c=$(BUILD)/fuzz/%)
check-root: test-programs ## only the tests that need root
	@$(RUN) $(call SCRIPTS,ns attack)
unit: ## only the unit tests, with sanitizers and with musl; TESTS="tar err" for some
	@$(MAKE) $(J) FLAVOUR=static unit-programs $(if $(TESTS),UNIT="$(TESTS:%=tests/unit/%.c)")
	@$(MAKE) $(J) FLAVOUR=asan unit-programs $(if $(TESTS),UNIT="$(TESTS:%=tests/unit/%.c)")
	@$(RUN) $(if $(TESTS),$(TESTS:%=$(BUILD)/asan/tests/unit/%) $(TESTS:%=$(BUILD)/static/tests/unit/%),$(UNITRUN))
test: test-programs ## some test files: make test FILES="tests/cli/run.t"
	@$(RUN) $(FILES)
golden: test-programs ## write the expected files under tests/golden anew, then show what changed
	@UPDATE=1 $(RUN) $(call SCRIPTS,golden) $(shell grep -lw UPDATE tests/cli/*.t tests/ns/*.t 2>/dev/null)
	@git --no-pager diff --stat -- tests
fuzz: fuzzers ## every fuzz target for FUZZ_TIME seconds (10)
	@$(RUN) $(FUZZ:%.c=$(BUILD)/fuzz/%)
vm: test-programs ## only the tests in qemu guests
	@$(RUN) $(call SCRIPTS,vm)
ROUNDS ?= 10
torture: test-programs ## the tests that need root, ROUNDS times (10), at twice the load, with longer races
	@for i in $$(seq $(ROUNDS)); do echo "round $$i"; TORTURE=4 \
		$(patsubst JOBS=%,JOBS=$$((2*$(JOBS))),$(RUN)) $(call SCRIPTS,ns attack) || exit 1; done
	@$(MAKE) check-asan
matrix: test-programs ## cli and ns tests with each flavour of the binary
	@$(MAKE) $(J) clang debug
	@for f in static clang debug; do echo "flavour $$f"; \
		$(patsubst PROA=%,PROA=$(B)/$$f/proa,$(RUN)) $(call SCRIPTS,cli ns) || exit 1; done
	@$(MAKE) check-asan
# What cannot be had with sanitizers: our binary as first process (zombies), strace (killpoints), the size of
# a shim (scale). What any process of ours found, a shim too, is in files: see tests/asan.c.
check-asan: ## cli and ns tests with the sanitizers' binary; torture and matrix end with it
	@$(MAKE) $(J) FLAVOUR=static binary unit-programs
	@$(MAKE) $(J) FLAVOUR=asan binary
	@$(MAKE) images
	@rm -rf $(BUILD)/asan/log && mkdir -p $(BUILD)/asan/log
	@$(patsubst PROA=%,PROA=$(B)/asan/proa,$(RUN)) $(or $(FILES),$(filter-out %/zombies.t %/scale.t %/killpoints.t,$(call SCRIPTS,cli ns))); \
		rc=$$?; for f in $(BUILD)/asan/log/*; do [ ! -e $$f ] || { cat $$f; rc=1; }; done; exit $$rc
bench: all images ## every measurement in tests/bench
	@$(MAKE) $(J) FLAVOUR=static bench-programs
	@for b in $(sort $(wildcard tests/bench/*.sh)); do echo "== $$b"; \
		BUILD=$(B) PROA=$(B)/static/proa IMAGES=$(B)/images TOP=$(CURDIR) $$b || exit 1; done
try: ## see it work: dependencies, build, an image, a container
	@tools/deps
	@$(MAKE) $(J) FLAVOUR=static binary
	@$(MAKE) images
	@tools/try $(B)

# ---- checks of the source ----
# How far clang's path-sensitive checks go in one function: 225000 is clang's default, 5 times slower.
TIDY_NODES ?= 30000
CF_TIDY = -Xclang -analyzer-config -Xclang max-nodes=$(TIDY_NODES) $(BASE) $(call MUSLINC,$(shell $(CLANG) -print-file-name=include)) $(BAN)
LINTED  = $(SRC:%.c=$(BUILD)/lint/%.ok)

lint: ## layers, names, lengths, format, clang-tidy, cppcheck, gcc -fanalyzer
	@tools/deps
	@$(MAKE) $(J) FLAVOUR=static objects
	@bad=0; tools/lint $(BUILD)/static || bad=1; \
	$(MAKE) $(J) -k FLAVOUR=static lint-files || bad=1; \
	[ $$bad -ne 0 ] || echo "lint: nothing to say"; exit $$bad
lint-files: $(LINTED)
	@:
$(BUILD)/lint/%.ok: %.c $(O)/%.o .clang-tidy tools/cppcheck.txt
	@mkdir -p $(@D)
	@echo "  LINT    $<"
	@$(GCC) -O1 $(CF) $(BAN) -fanalyzer -S -o /dev/null $<
	@clang-tidy --quiet $< -- $(CF_TIDY) >$@.tidy 2>&1 || { grep -E 'error:' $@.tidy; echo "  (all of it: $@.tidy)"; exit 1; }
	@cppcheck -q --std=c11 --enable=warning,performance,portability --inline-suppr --error-exitcode=1 \
		--suppressions-list=tools/cppcheck.txt -D_GNU_SOURCE -D__x86_64__ -Icore -I. $<
	@rm -f $@.tidy; touch $@
fmt: ## format the sources (FILES="..." for some)
	@clang-format -i $(or $(FILES),$(SRC) $(wildcard applets/*.h core/*/*.h tests/unit/*.[ch] tests/fuzz/*.[ch]))
compdb: ## compile_commands.json for editors
	@{ sep='['; for f in $(SRC); do printf '%s\n{"directory": "%s", "file": "%s", "command": "%s -c %s"}' \
		"$$sep" '$(CURDIR)' "$$f" '$(CC_) $(OPT) $(CF) $(BAN)' "$$f"; sep=,; done; echo ']'; } >compile_commands.json
size: all ## bytes of code and data per object, and of each library in the binary
	@size $(OBJ) | awk 'NR > 1 {print $$1 + $$2, $$6}' | sort -rn | head -n $(or $(N),40)
	@tools/libsize $(BUILD)/static/proa.sym $(V)/lib
cover: ## lines that the unit tests run, per file
	@$(MAKE) $(J) FLAVOUR=cover unit-programs
	@find $(BUILD)/cover -name '*.gcda' -delete
	@$(RUN) $(UNIT:%.c=$(BUILD)/cover/%)
	@for f in $(CORE); do gcov -n -o $(BUILD)/cover/$$(dirname $$f) $$f 2>/dev/null | \
		awk -v f=$$f '/^File/{hit = index($$0, f)} hit && /^Lines/{print substr($$2, 10), f; exit}'; done | sort -n

# ---- the rest of what a person does ----
hooks: ## checks before each commit of this clone
	@git config core.hooksPath tools/hooks
install: all ## the binary and a link per applet below DESTDIR/PREFIX/bin
	install -D -m 755 $(BUILD)/static/proa $(DESTDIR)$(PREFIX)/bin/proa
	$(DESTDIR)$(PREFIX)/bin/proa install $(DESTDIR)$(PREFIX)/bin
dist: ## the source as build/proa-VERSION.tar.xz
	@mkdir -p $(BUILD); v=$$(git describe --always --tags); \
	git archive --prefix=proa-$$v/ HEAD | xz -9 >$(BUILD)/proa-$$v.tar.xz && echo "  DIST    $(BUILD)/proa-$$v.tar.xz"
clean: ## remove everything built but the vendored libraries
	@tools/try $(B) clean
	rm -rf $(filter-out $(BUILD)/vendor $(BUILD)/vendor-host,$(wildcard $(BUILD)/*))
distclean: ## remove everything built
	@tools/try $(B) clean
	rm -rf $(BUILD)
help: ## this list
	@awk -F':.*## ' '/^[a-z%. -]+:.*## /{printf "  %-18s %s\n", $$1, $$2}' Makefile

.PHONY: all debug clang asan vendor vendor-host binary objects unit-programs fuzz-programs bench-programs deps images \
	test-programs fuzzers check check-root check-asan unit test golden fuzz vm torture matrix bench try lint lint-files \
	fmt compdb size cover hooks install dist clean distclean help
