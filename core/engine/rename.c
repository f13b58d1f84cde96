/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The new name first, then the record, then the old name is free: killed in between, the container
 * has two names, and in its record the one that counts; who wants the other one gets it
 * (reap_claim). Two renames of the same container wait for each other at its record.
 *
 * The old name is unlinked when nobody else can be about to do the same, for between his look and
 * his unlink it might become another container's: its shim has taken the new name over, or the
 * liveness lock is held, which a remover needs, and he reads the record after he has it.
 */
#include "engine/rename.h"
#include "engine/containers.h"
#include "engine/containers_record.h"
#include "engine/control.h"
#include "engine/names.h"
#include "engine/reap.h"

#include <string.h>

static int put_name(struct engine *en, const struct containers_one *c, const char *name,
		    struct err *e)
{
	AUTO_BUF b = BUF_INIT;
	struct json_w w = JSON_W(&b);

	json_w_str(&w, NULL, name);
	return containers_record_put(en, c, "Name", &b, e);
}

static void free_old(struct engine *en, const struct containers_one *c)
{
	char id[65];

	if (!names_get(en, c->name, id) && !strcmp(id, c->id))
		names_free(en, c->name);
}

int rename_container(struct engine *en, struct arena *a, const char *ref, const char *name,
		     struct err *e)
{
	AUTO_FD int record = -1, lock = -1, live = -1;
	struct containers_one c;

	if (*name == '/')
		name++;
	if (!*name)
		return err_set(e, ERR_INVALID, "Neither old nor new names may be empty");
	if (containers_load(en, a, ref, &c, e))
		return -1;
	if (!strcmp(c.name, name))
		return err_set(e, ERR_INVALID,
			       "Renaming a container with the same name as its current name");
	if (names_check(name, e) &&
	    names_check(arena_printf(a, "/%s", name), e)) /* Docker's words */
		return err_wrap(e, "Error when allocating new name");
	if (reap_claim(en, name, c.id, !c.req.auto_remove, &lock, e))
		return err_wrap(e, "Error when allocating new name");
	record = containers_record_lock(en, c.id, e);
	if (record < 0 || containers_load(en, a, c.id, &c, e) || put_name(en, &c, name, e)) {
		names_free(en, name);
		return -1;
	}
	if (control_update(en, a, c.id, &live, e)) {
		if (e->kind == ERR_NOTFOUND) /* removed meanwhile */
			names_free(en, name);
		return -1;
	}
	free_old(en, &c);
	return 0;
}
