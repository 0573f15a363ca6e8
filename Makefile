# keycanary. `make help` lists what you can ask for.
PREFIX  ?= /usr/local
DESTDIR ?=
B       ?= build
CC      ?= cc
Q       := $(if $(V),,@)
VERSION := $(shell cat src/VERSION)

# --- libraries: pkg-config name and the Debian package that has it ---------
LIBS := libcurl:libcurl4-openssl-dev libcrypto:libssl-dev sqlite3:libsqlite3-dev \
	libpq:libpq-dev libdeflate:libdeflate-dev zlib:zlib1g-dev libcjson:libcjson-dev \
	libconfig:libconfig-dev expat:libexpat1-dev libmaxminddb:libmaxminddb-dev
PKGS := $(foreach l,$(LIBS),$(firstword $(subst :, ,$l)))
ifeq ($(filter clean help uninstall,$(MAKECMDGOALS)),)
MISSING := $(foreach l,$(LIBS),$(shell pkg-config --exists $(firstword $(subst :, ,$l)) || echo $(lastword $(subst :, ,$l))))
ifneq ($(strip $(MISSING)),)
$(error Missing libraries; on Debian or Ubuntu: apt-get install pkg-config $(strip $(MISSING)))
endif
endif

WARN    := -Wall -Wextra -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Wvla -Wformat=2 \
	-Wpointer-arith -Wwrite-strings -Wundef
CFLAGS  ?= -O2 -g
HARDEN  ?= -D_FORTIFY_SOURCE=2 -fstack-protector-strong -fPIE
ALLFLAGS = -std=gnu11 $(WARN) $(if $(CI)$(WERROR),-Werror) $(HARDEN) $(CFLAGS) \
	$(if $(SANITIZE),-fsanitize=$(SANITIZE) -fno-omit-frame-pointer -U_FORTIFY_SOURCE) \
	-D_GNU_SOURCE -DKEYCANARY_VERSION='"$(VERSION)"' -DKEYCANARY_PREFIX='"$(PREFIX)"' \
	-Isrc -I$B $(shell pkg-config --cflags $(PKGS)) $(CPPFLAGS)
LINK     = $(if $(SANITIZE),-fsanitize=$(SANITIZE)) $(LDFLAGS)
CORELIBS := $(shell pkg-config --libs libcjson libconfig 2>/dev/null) -lm
ALLLIBS  := $(shell pkg-config --libs $(PKGS) 2>/dev/null) -lm -lpthread

# --- objects, by floor ------------------------------------------------------
SRC     := $(shell find src -name '*.c' | sort)
OBJ     := $(SRC:src/%.c=$B/%.o) $B/embedded.o
CORE    := $(filter $B/base/% $B/core/%,$(OBJ))
REST    := $(filter-out $(CORE) $B/main.o,$(OBJ))
HDR     := $(shell find src -name '*.h')
HEADERS := $(HDR:src/%=header-%)
DATA    := $(shell find canary config src/man -type f 2>/dev/null | sort)
UNIT    := $(patsubst tests/unit/%.c,$B/unit/%,$(wildcard tests/unit/test_*.c))

.PHONY: all unit test bench fuzz asan-fuzz lint asan headers install uninstall deb clean help test-vectors $(HEADERS)
all: $B/keycanary

$B/keycanary: $B/main.o $B/rest.a $B/core.a
	@echo "  LINK  $@"
	$Q$(CC) $(LINK) -o $@ $B/main.o $B/rest.a $B/core.a $(ALLLIBS)
$B/core.a: $(CORE)
$B/rest.a: $(REST)
$B/core.a $B/rest.a:
	@echo "  AR    $@"
	$Qrm -f $@ && $(AR) rcs $@ $^
$B/%.o: src/%.c Makefile src/VERSION
	@echo "  CC    $<"
	$Qmkdir -p $(@D) && $(CC) $(ALLFLAGS) -MMD -MP -c -o $@ $<

# The data an operator or an intruder may see travels inside the program.
$B/embedded.c: scripts/embed $(DATA)
	@echo "  EMBED $@"
	$Qmkdir -p $(@D) && scripts/embed $(DATA) > $@.tmp && mv $@.tmp $@
$B/embedded.o: $B/embedded.c
	$Q$(CC) $(ALLFLAGS) -c -o $@ $<

# --- tests ------------------------------------------------------------------
# A unit test links core.a alone: the linker proves that the core is pure.
# One that says "links: all" in its first line gets the rest of the program.
$B/unit/%: tests/unit/%.c $B/core.a $B/rest.a
	@echo "  TEST  $@"
	$Qmkdir -p $(@D) && if head -1 $< | grep -q 'links: all'; then \
		$(CC) $(ALLFLAGS) -Itests/unit -MMD -MP $(LINK) -o $@ $< $B/rest.a $B/core.a $(ALLLIBS) -lcmocka; \
	else \
		$(CC) $(ALLFLAGS) -Itests/unit -MMD -MP $(LINK) -o $@ $< $B/core.a $(CORELIBS) -lcmocka; \
	fi
unit: $(UNIT)
	$Qscripts/run-units $(UNIT)
test:
	$Qscripts/test
asan:
	$Q$(MAKE) B=build-asan SANITIZE=address,undefined CFLAGS='-O1 -g' HARDEN=-fPIE all unit
test-vectors: $B/unit/test_sigv4_vectors
	$Q$B/unit/test_sigv4_vectors $(VECTORS)
bench: all
	$Qscripts/bench
# The fuzz targets; FUZZ_MAIN is the main() they get, libFuzzer has its own.
FUZZ      := $(filter-out driver,$(basename $(notdir $(wildcard tests/fuzz/*.c))))
FUZZ_MAIN ?= tests/fuzz/driver.c
$B/fuzz/%: tests/fuzz/%.c tests/fuzz/fuzz.h $(FUZZ_MAIN) $B/rest.a $B/core.a
	@echo "  FUZZ  $@"
	$Qmkdir -p $(@D) && $(CC) $(ALLFLAGS) -Itests/fuzz $(LINK) -o $@ $< $(FUZZ_MAIN) $B/rest.a $B/core.a $(ALLLIBS)
asan-fuzz:
	$Q$(MAKE) B=build-asan SANITIZE=address,undefined CFLAGS='-O1 -g' HARDEN=-fPIE $(FUZZ:%=build-asan/fuzz/%)
SECONDS ?= 60
fuzz:
	$Qscripts/fuzz $(SECONDS)
headers: $(HEADERS)
$(HEADERS): header-%:
	$Qecho '#include "$*"' | $(CC) $(ALLFLAGS) -fsyntax-only -xc -
lint: headers
	$Qscripts/lint

# --- installing -------------------------------------------------------------
install: all
	$Qscripts/install "$B" "$(DESTDIR)" "$(PREFIX)"
uninstall:
	$Qscripts/install --remove "$(DESTDIR)" "$(PREFIX)"
deb:
	$Qscripts/package/build-deb
clean:
	rm -rf build build-*
help:
	@echo 'make                build $B/keycanary (V=1 shows the commands)'
	@echo 'make test           install what the tests need and run all of them'
	@echo 'make unit           the unit tests alone'
	@echo 'make asan           build and run the unit tests under ASan and UBSan'
	@echo 'make bench          measure, and print the figures'
	@echo 'make fuzz SECONDS=n fuzz every parser for n seconds each'
	@echo 'make lint           floors, headers, clang-tidy, cppcheck, shellcheck'
	@echo 'make test-vectors VECTORS=dir   check the request signer against a directory of vectors'
	@echo 'make install        DESTDIR= and PREFIX= are honoured; also: uninstall'
	@echo 'make deb            a Debian package'
	@echo 'make clean          remove what was built'
-include $(OBJ:.o=.d) $(UNIT:=.d)
