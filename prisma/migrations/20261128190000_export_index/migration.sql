-- The index of a tenant: the file that lists its days, with a number that rises with each change of a day. Days of earlier
-- releases have no number yet, so the first index lists them all.
ALTER TABLE "manifest"
  ADD COLUMN "indexed" BOOLEAN NOT NULL DEFAULT false,
  ADD COLUMN "change" BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN "signed_by" TEXT;

-- CreateTable
CREATE TABLE "export_index" (
    "tenant_id" TEXT NOT NULL,
    "revision" INTEGER NOT NULL DEFAULT 0,
    "written" INTEGER NOT NULL DEFAULT 0,
    "last_change" BIGINT NOT NULL DEFAULT 0,
    "bytes" BIGINT,
    "sha256" TEXT,
    "signed_by" TEXT,
    "contracts" JSONB NOT NULL DEFAULT '{}',
    "reserved_at" TIMESTAMPTZ(3) NOT NULL,
    "written_at" TIMESTAMPTZ(3),

    CONSTRAINT "export_index_pkey" PRIMARY KEY ("tenant_id")
);

-- Written by hand: what Prisma's schema language can't say.
ALTER TABLE "export_index" ADD CONSTRAINT "export_index_written" CHECK ("written" <= "revision");
CREATE INDEX "manifest_unindexed" ON "manifest" ("tenant_id") WHERE NOT "indexed" AND "revision" > 0;
CREATE INDEX "export_index_unwritten" ON "export_index" ("tenant_id") WHERE "written" < "revision";

ALTER TABLE "export_index" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "export_index" FORCE ROW LEVEL SECURITY;
CREATE POLICY "own_tenant" ON "export_index" TO "tidemark_service"
  USING ("tenant_id" = current_setting('tidemark.tenant', true))
  WITH CHECK ("tenant_id" = current_setting('tidemark.tenant', true));
CREATE POLICY "owner_reads" ON "export_index" FOR SELECT TO CURRENT_USER USING (true);
GRANT SELECT, INSERT, UPDATE ON "export_index" TO "tidemark_service";

-- Reserves the next revision of a tenant's index, gives numbers to the days that have changed, and returns what the index lists.
-- NULL if the index on the server is up to date. Numbers and revision are used up also if the index is never written: a reader may
-- have seen them. Each statement of the function sees what was committed before it, and the first one lets one call at a time in.
CREATE FUNCTION "reserve_export_index"("tenant" text, "removed_days" int) RETURNS jsonb
  LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  reserved tidemark."export_index";
BEGIN
  IF NOT EXISTS (SELECT FROM tidemark."export_index" i WHERE i."tenant_id" = tenant AND i."written" < i."revision") THEN
    IF NOT EXISTS (
      SELECT FROM tidemark."manifest" m WHERE m."tenant_id" = tenant AND NOT m."indexed" AND m."revision" > 0
    ) THEN
      RETURN NULL;
    END IF;
    -- A tenant of an earlier release whose files are all removed has no index.
    IF NOT EXISTS (SELECT FROM tidemark."export_index" i WHERE i."tenant_id" = tenant)
      AND NOT EXISTS (SELECT FROM tidemark."manifest" m WHERE m."tenant_id" = tenant AND m."present" AND m."revision" > 0)
    THEN
      RETURN NULL;
    END IF;
  END IF;

  INSERT INTO tidemark."export_index" AS i ("tenant_id", "revision", "reserved_at") VALUES (tenant, 1, now())
    ON CONFLICT ("tenant_id") DO UPDATE SET "revision" = i."revision" + 1, "reserved_at" = now()
    RETURNING i.* INTO reserved;

  -- A day that another transaction is changing is skipped: that transaction makes it unindexed again.
  WITH open AS (
    SELECT m."day" FROM tidemark."manifest" m
    WHERE m."tenant_id" = tenant AND NOT m."indexed" AND m."revision" > 0 FOR UPDATE SKIP LOCKED
  ), numbered AS (
    SELECT o."day", reserved."last_change" + row_number() OVER (ORDER BY o."day") AS "change" FROM open o
  ), changed AS (
    UPDATE tidemark."manifest" m SET "change" = n."change", "indexed" = true FROM numbered n
    WHERE m."tenant_id" = tenant AND m."day" = n."day" RETURNING m."change"
  )
  UPDATE tidemark."export_index" i SET "last_change" = i."last_change" + (SELECT count(*) FROM changed)
    WHERE i."tenant_id" = tenant RETURNING i.* INTO reserved;

  RETURN jsonb_build_object(
    'revision', reserved."revision",
    'lastChange', reserved."last_change",
    'isInterrupted', reserved."written" < reserved."revision" - 1,
    'signedBy', reserved."signed_by",
    'contracts', reserved."contracts",
    'days', (
      SELECT coalesce(jsonb_agg(jsonb_build_object(
        'day', m."day", 'path', m."path", 'revision', m."revision", 'change', m."change", 'bytes', m."bytes",
        'sha256', m."sha256", 'publishedAt', m."published_at", 'isRemoved', NOT m."present") ORDER BY m."day"), '[]')
      FROM tidemark."manifest" m
      WHERE m."tenant_id" = tenant AND m."change" > 0
        AND (m."present" OR m."removed_at" > now() - make_interval(days => removed_days))),
    'entities', (
      SELECT coalesce(jsonb_agg(jsonb_build_object(
        'entity', w."entity", 'deliveryId', d."id", 'sequence', d."sequence", 'revision', d."revision", 'day', d."day",
        'path', d."path", 'schemaVersion', d."schema_version",
        'isRemoved', coalesce(d."published_at" <= m."removed_through", false)) ORDER BY w."entity"), '[]')
      FROM tidemark."watermark" w
        JOIN tidemark."delivery" l ON l."id" = w."delivery_id"
        CROSS JOIN LATERAL (
          SELECT n.* FROM tidemark."delivery" n
          WHERE n."tenant_id" = w."tenant_id" AND n."entity" = w."entity" AND n."sequence" = l."sequence"
            AND n."published_at" IS NOT NULL
          ORDER BY n."revision" DESC LIMIT 1) d
        LEFT JOIN tidemark."manifest" m ON m."tenant_id" = w."tenant_id" AND m."day" = d."day"
      WHERE w."tenant_id" = tenant));
END $$;

REVOKE EXECUTE ON FUNCTION "reserve_export_index"(text, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "reserve_export_index"(text, int) TO "tidemark_service";

-- Tenants whose index was not written in the time that a run needs for it, the oldest first: each attempt comes last then.
CREATE FUNCTION "tenants_with_old_index"("before" timestamptz, "take" int) RETURNS SETOF text
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  IF coalesce(current_setting('tidemark.tenant', true), '') <> '' THEN
    RAISE EXCEPTION 'tenants_with_old_index is not for a transaction of a tenant' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN QUERY
    SELECT u."tenant_id" FROM (
      SELECT m."tenant_id", greatest(m."published_at", m."removed_at") AS "since" FROM tidemark."manifest" m
      WHERE NOT m."indexed" AND m."revision" > 0
        AND (EXISTS (SELECT FROM tidemark."export_index" i WHERE i."tenant_id" = m."tenant_id")
          OR EXISTS (SELECT FROM tidemark."manifest" p
            WHERE p."tenant_id" = m."tenant_id" AND p."present" AND p."revision" > 0))
      UNION ALL
      SELECT i."tenant_id", i."reserved_at" FROM tidemark."export_index" i WHERE i."written" < i."revision"
    ) u WHERE u."since" < "before" GROUP BY u."tenant_id" ORDER BY min(u."since"), u."tenant_id" LIMIT "take";
END $$;

REVOKE EXECUTE ON FUNCTION "tenants_with_old_index"(timestamptz, int) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION "tenants_with_old_index"(timestamptz, int) TO "tidemark_service";
