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
HOT          := sha256 sha256_ni sha256_x86 tar inflate gzip zstd codec

# ---- sources ----
SRC   := $(sort $(filter-out $(WITHOUT:%=applets/%.c),$(wildcard applets/*.c core/*/*.c)))
CORE  := $(filter core/%,$(SRC))
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
MUSLLINK := -static -no-pie -nostdlib
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

# Write FILE only when its text changed; what depends on it is rebuilt then.
define remember
ifneq ($$(strip $$(file <$(1))),$$(strip $(2)))
$$(shell mkdir -p $(dir $(1)))
$$(file >$(1),$$(strip $(2)))
endif
endef

# ---- what to build ----
all: ## the static, stripped binary (default)
	@$(MAKE) FLAVOUR=static binary
debug clang asan: ## build/<flavour>/proa: debug symbols; clang with musl; host libc with ASan and UBSan
	@$(MAKE) FLAVOUR=$@ binary
weak-%: all ## build/weak-NAME/proa with -DPROA_WEAK_NAME, for attack tests
	@$(MAKE) FLAVOUR=$@ binary
vendor: $(VSTAMPS) ## only the libraries, with musl
vendor-host: $(VHSTAMPS) ## only the libraries, with the host's libc (asan, fuzz, cover)

ifneq ($(filter binary unit fuzzers objects,$(MAKECMDGOALS)),)
$(eval $(call remember,$(O)/flags,$$(CC_) $$(CF) $$(OPT) $$(LDPRE) $$(LDPOST)))
$(eval $(call remember,$(O)/objects,$$(OBJ)))
-include $(OBJ:.o=.d) $(patsubst %.c,$(O)/%.d,$(UNIT) $(FUZZ))
endif

# Until the first applet exists there is nothing to link.
binary: $(if $(filter applets/%,$(SRC)),$(O)/proa,$(OBJ))
	@:
objects: $(OBJ)

$(O)/proa: $(O)/proa.sym
	@strip -o $@ $<
	@$(if $(filter static,$(FLAVOUR)),echo "  BINARY  $@ ($$(stat -c %s $@) bytes)",echo "  BINARY  $@")

$(O)/proa.sym: $(OBJ) $(O)/objects
	@echo "  LINK    $@"
	@$(CC_) $(LDPRE) $(LDCOMMON) -o $@ $(OBJ) $(LDPOST)

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

# ---- the rest of what a person does ----
clean: ## remove everything built but the vendored libraries
	rm -rf $(filter-out $(BUILD)/vendor $(BUILD)/vendor-host,$(wildcard $(BUILD)/*))
distclean: ## remove everything built
	rm -rf $(BUILD)
help: ## this list
	@awk -F':.*## ' '/^[a-z%. -]+:.*## /{printf "  %-16s %s\n", $$1, $$2}' Makefile

.PHONY: all debug clang asan vendor vendor-host binary objects unit fuzzers clean distclean help
