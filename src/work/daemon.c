#include "work/daemon.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"
#include "os/clock.h"
#include "os/halt.h"
#include "os/log.h"
#include "store/store.h"
#include "work/deadman.h"
#include "work/deliver.h"
#include "work/drill.h"
#include "work/outbox.h"
#include "work/settings.h"
#include "work/watch.h"

enum {
	STEP_MS = 1000,
	STATE_PAUSE_MS = 5000,	/* the state could not be written; it may pass */
	LOOK_MS = 2000,		/* between two looks at what must be told of ourselves */
};

/* Set by signal handlers, read by the loop. */
static volatile sig_atomic_t stop_asked, reload_asked;

static void
on_signal(int number)
{
	if (number == SIGHUP)
		reload_asked = 1;
	else
		stop_asked = 1;
}

static void
catch_signals(void)
{
	static const int numbers[] = { SIGTERM, SIGINT, SIGHUP };
	struct sigaction action = { .sa_handler = on_signal };

	stop_asked = reload_asked = 0;
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++)
		(void)sigaction(numbers[i], &action, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
}

/* One datagram to systemd; harmless without it. */
static void
notify(const char *text)
{
	const char *path = getenv("NOTIFY_SOCKET");
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	socklen_t len;
	int fd;

	if (path == NULL || (path[0] != '/' && path[0] != '@') || strlen(path) >= sizeof(to.sun_path))
		return;
	(void)snprintf(to.sun_path, sizeof(to.sun_path), "%s", path);
	len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(path));
	if (path[0] == '@')
		to.sun_path[0] = '\0';
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return;
	(void)sendto(fd, text, strlen(text), MSG_NOSIGNAL, (struct sockaddr *)&to, len);
	(void)close(fd);
}

/* The threads that speak to people. */
struct sender {
	struct deliver *deliver;
	struct heartbeat *heartbeat;
	bool complete;		/* a cycle was, since the last beat */
	int64_t looked_ms;	/* steady clock */
};

/* Each commit wakes those that send. */
static void
sender_start(struct sender *sender, struct store *store, const struct settings *settings)
{
	*sender = (struct sender){ .deliver = deliver_start(settings),
		.heartbeat = heartbeat_start(settings) };
	store_on_commit(store, deliver_wake, sender->deliver);
}

static void
sender_stop(struct sender *sender, struct store *store)
{
	store_on_commit(store, NULL, NULL);
	deliver_stop(sender->deliver);
	heartbeat_stop(sender->heartbeat);
}

/* Between two steps: is there blindness to tell of, may the heart beat? */
static void
sender_look(struct sender *sender, struct store *store, const struct settings *settings, struct watch *w)
{
	struct error err = ERROR_INIT;
	struct watch_counts counts;
	int64_t now = clock_steady_ms();

	sender->complete |= watch_complete(w);
	if (sender->looked_ms != 0 && now - sender->looked_ms < LOOK_MS)
		return;
	sender->looked_ms = now;
	watch_counts(w, &counts);
	if (!heartbeat_keep_new(sender->heartbeat, store, &err))
		log_line(LOG_LEVEL_ERROR, "the heartbeat cannot be kept", "error", err.text, NULL);
	if (!deadman_look(store, settings, clock_now_ms(), &err))
		log_line(LOG_LEVEL_ERROR, "blindness cannot be told", "error", err.text, NULL);
	else if (!outbox_forget(store, settings, clock_now_ms(), &err))
		log_line(LOG_LEVEL_ERROR, "old messages cannot be forgotten", "error", err.text, NULL);
	else if (deadman_well(store, settings, sender->complete, counts.blind, clock_now_ms()) &&
	    heartbeat_beat(sender->heartbeat))
		sender->complete = false;
}

/* Accounts that are just getting ready are not waited for. */
static void
close_soon(struct watch *w)
{
	halt_set(true);
	watch_close(w);
	halt_set(false);
}

/* The new settings take effect whole, or the old ones stay: both watches exist for a moment. */
static void
reload(struct store *store, struct settings *settings, const char *config, const char *state,
    struct watch **w, struct sender *sender)
{
	struct settings fresh, old;
	struct watch *next = NULL;
	struct error err = ERROR_INIT;

	if (!settings_load(&fresh, config, state, false, &err)) {
		log_line(LOG_LEVEL_ERROR, "the new configuration is refused, the old one stays", "error", err.text, NULL);
		return;
	}
	sender_stop(sender, store);
	*sender = (struct sender){ .deliver = NULL };
	old = *settings;
	*settings = fresh;
	if (watch_open(&next, store, settings, &err)) {
		close_soon(*w);
		settings_free(&old);
		*w = next;
		log_line(LOG_LEVEL_INFO, "the configuration was read again", NULL);
	} else {
		settings_free(settings);
		*settings = old;
		log_line(LOG_LEVEL_ERROR, "the new configuration cannot be used, the old one stays", "error",
		    err.text, NULL);
	}
	sender_start(sender, store, settings);
}

static void
notify_reload(void)
{
	char *text = mem_printf("RELOADING=1\nMONOTONIC_USEC=%lld", (long long)clock_steady_ms() * 1000);

	notify(text);
	free(text);
}

/* What "systemctl status" shows. */
static void
notify_status(const struct watch *w)
{
	struct watch_counts c;
	char *text;

	watch_counts(w, &c);
	text = mem_printf("WATCHDOG=1\nSTATUS=%zu regions, %zu blind, %lld sightings since the start", c.regions,
	    c.blind, (long long)c.sightings);
	notify(text);
	free(text);
}

bool
daemon_run(struct store *store, struct settings *settings, const char *config, const char *state,
    struct error *err)
{
	struct sender sender = { .deliver = NULL };
	struct watch *w = NULL;

	catch_signals();
	if (!watch_open(&w, store, settings, err))
		return false;
	sender_start(&sender, store, settings);
	notify("READY=1");
	log_line(LOG_LEVEL_INFO, "watching", NULL);
	while (!stop_asked) {
		struct error failure = ERROR_INIT;

		if (reload_asked) {
			reload_asked = 0;
			notify_reload();
			reload(store, settings, config, state, &w, &sender);
			notify("READY=1");
			continue;
		}
		if (!watch_step(w, STEP_MS, &failure)) {
			/* The state may be full or busy for a while; the windows are read again. */
			log_line(LOG_LEVEL_ERROR, "the state cannot be written", "error", failure.text, NULL);
			clock_sleep_ms(STATE_PAUSE_MS);
		}
		sender_look(&sender, store, settings, w);
		notify_status(w);
		if (!drill_tick(store, settings, &failure))
			log_line(LOG_LEVEL_ERROR, "the drills cannot be looked at", "error", failure.text, NULL);
	}
	notify("STOPPING=1");
	sender_stop(&sender, store);
	close_soon(w);
	log_line(LOG_LEVEL_INFO, "stopped", NULL);
	return true;
}
