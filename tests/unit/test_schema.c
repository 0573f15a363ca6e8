/* links: all. A state made by any older version is brought up to date, and keeps what it holds. */
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "store/canaries.h"
#include "store/schema.h"
#include "store/store.h"
#include "unit.h"

static char dir[64];

static void
sql(sqlite3 *db, const char *text)
{
	assert_int_equal(sqlite3_exec(db, text, NULL, NULL, NULL), SQLITE_OK);
}

static sqlite3 *
open_raw(void)
{
	char *path = mem_printf("%s/keycanary.db", dir);
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	free(path);
	return db;
}

/* A state as the program of that version left it, with one canary in it. */
static void
make_version(int64_t version)
{
	sqlite3 *db;
	char *mark = mem_printf("PRAGMA user_version = %lld", (long long)version);

	(void)strcpy(dir, "/tmp/keycanary-schema-XXXXXX");
	assert_non_null(mkdtemp(dir));
	db = open_raw();
	for (int64_t v = 1; v <= version; v++)
		sql(db, schema_step(v));
	if (version > 0)
		sql(db, "INSERT INTO canary (key_id, user_name, state, level, drill)"
		    " VALUES ('AKIAYT723HMDSAE2OSWV', 'svc-old', 'live', 'silent', 0)");
	sql(db, mark);
	free(mark);
	(void)sqlite3_close(db);
}

static void
remove_dir(void)
{
	char *command = mem_printf("rm -rf %s", dir);

	assert_int_equal(system(command), 0);
	free(command);
}

static int
add_line(void *arg, int n, char **value, char **name)
{
	(void)name;
	for (int i = 0; i < n; i++)
		buf_printf(arg, "%s|", value[i] != NULL ? value[i] : "");
	buf_puts(arg, "\n");
	return 0;
}

/* Every table with its columns, and the version. */
static char *
shape(void)
{
	struct buf b = BUF_INIT(1 << 20);
	sqlite3 *db = open_raw();
	char *text;

	assert_int_equal(sqlite3_exec(db, "SELECT m.name, c.name, c.type, c.\"notnull\", c.pk FROM sqlite_schema m,"
	    " pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY 1, c.cid", add_line, &b, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "SELECT name, tbl_name FROM sqlite_schema WHERE type = 'index' ORDER BY 1",
	    add_line, &b, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "PRAGMA user_version", add_line, &b, NULL), SQLITE_OK);
	(void)sqlite3_close(db);
	text = mem_strdup(buf_str(&b));
	buf_free(&b);
	return text;
}

static void
every_version_moves_forward(void **state)
{
	char *fresh = NULL;

	(void)state;
	for (int64_t version = 0; version <= schema_newest(); version++) {
		struct store *s = NULL;
		struct error err = ERROR_INIT;
		struct canary c;
		bool found = false;
		char *now;

		make_version(version);
		if (!store_open(&s, dir, &err))
			fail_msg("from version %lld: %s", (long long)version, err.text);
		assert_true(canary_load(s, "AKIAYT723HMDSAE2OSWV", &c, &found, &err));
		assert_int_equal(found, version > 0);
		if (found) {
			CHECK_STR("user", c.user_name, "svc-old");
			canary_clear(&c);
		}
		store_close(s);
		now = shape();
		if (fresh == NULL)
			fresh = mem_strdup(now);
		CHECK_STR("a state from an older version and a fresh one", now, fresh);
		free(now);
		remove_dir();
	}
	free(fresh);
}

static void
a_newer_version_is_refused(void **state)
{
	struct store *s = NULL;
	struct error err = ERROR_INIT;
	sqlite3 *db;
	char *mark = mem_printf("PRAGMA user_version = %lld", (long long)schema_newest() + 1), *before, *after;

	(void)state;
	make_version(schema_newest());
	db = open_raw();
	sql(db, mark);
	free(mark);
	(void)sqlite3_close(db);
	before = shape();
	assert_false(store_open(&s, dir, &err));
	assert_non_null(strstr(err.text, "update keycanary"));
	after = shape();
	CHECK_STR("untouched", after, before);
	free(before);
	free(after);
	remove_dir();
}

/* A step that fails leaves the state as it was. */
static void
a_step_that_fails_changes_nothing(void **state)
{
	struct store *s = NULL;
	struct error err = ERROR_INIT;
	sqlite3 *db;
	char *before, *after;

	(void)state;
	make_version(0);
	db = open_raw();
	sql(db, "CREATE TABLE sighting (in_the_way INTEGER)");
	(void)sqlite3_close(db);
	before = shape();
	assert_false(store_open(&s, dir, &err));
	assert_non_null(strstr(err.text, "schema"));
	after = shape();
	CHECK_STR("untouched", after, before);
	free(before);
	free(after);
	remove_dir();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_version_moves_forward), cmocka_unit_test(a_newer_version_is_refused),
		cmocka_unit_test(a_step_that_fails_changes_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
