-- Who fetched which delivered file, when and how much of it. An SFTP server reports it.
-- CreateTable
CREATE TABLE "file_fetch" (
    "id" UUID NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "delivery_id" UUID NOT NULL,
    "path" TEXT NOT NULL,
    "started_at" TIMESTAMPTZ(3) NOT NULL,
    "ended_at" TIMESTAMPTZ(3) NOT NULL,
    "bytes_read" BIGINT NOT NULL,
    "is_whole" BOOLEAN NOT NULL,
    "key_fingerprint" TEXT,
    "address" TEXT,

    CONSTRAINT "file_fetch_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "fetched_part" (
    "delivery_id" UUID NOT NULL,
    "part" INTEGER NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "bytes" BIGINT NOT NULL,
    "fetches" INTEGER NOT NULL,
    "bytes_read" BIGINT NOT NULL,
    "covered" TEXT,
    "whole_at" TIMESTAMPTZ(3),

    CONSTRAINT "fetched_part_pkey" PRIMARY KEY ("delivery_id","part")
);

-- CreateTable
CREATE TABLE "sftp_key_use" (
    "tenant_id" TEXT NOT NULL,
    "fingerprint" TEXT NOT NULL,
    "last_used_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "sftp_key_use_pkey" PRIMARY KEY ("tenant_id","fingerprint")
);

-- CreateTable
CREATE TABLE "fetch_source" (
    "name" TEXT NOT NULL,
    "since" TIMESTAMPTZ(3) NOT NULL,
    "seen_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "fetch_source_pkey" PRIMARY KEY ("name")
);

-- CreateIndex
CREATE INDEX "file_fetch_delivery_id_ended_at_id_idx" ON "file_fetch"("delivery_id", "ended_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "file_fetch_ended_at_idx" ON "file_fetch" USING BRIN ("ended_at");

-- CreateIndex
CREATE INDEX "fetched_part_tenant_id_idx" ON "fetched_part"("tenant_id");

-- Written by hand: what Prisma's schema language can't say.
ALTER TABLE "fetch_source" ADD CONSTRAINT "fetch_source_name" CHECK ("name" IN ('openssh', 'embedded'));
ALTER TABLE "file_fetch"
  ADD CONSTRAINT "file_fetch_key_form" CHECK ("key_fingerprint" ~ '^SHA256:[A-Za-z0-9+/]{43}$'),
  ADD CONSTRAINT "file_fetch_address_form" CHECK ("address" ~ '^[0-9A-Za-z:.%]{1,64}$');

-- Only the function below writes fetches, as the tables' owner. The service removes those of a tenant that is erased.
DO $$
DECLARE
  tenants_table text;
BEGIN
  FOREACH tenants_table IN ARRAY ARRAY['file_fetch', 'fetched_part', 'sftp_key_use'] LOOP
    EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', tenants_table);
    EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', tenants_table);
    EXECUTE format(
      'CREATE POLICY "own_tenant" ON %I TO "tidemark_service"
         USING ("tenant_id" = current_setting(''tidemark.tenant'', true))
         WITH CHECK ("tenant_id" = current_setting(''tidemark.tenant'', true))', tenants_table);
    EXECUTE format('CREATE POLICY "owner_records" ON %I TO CURRENT_USER USING (true) WITH CHECK (true)', tenants_table);
    EXECUTE format('GRANT SELECT, DELETE ON %I TO "tidemark_service"', tenants_table);
  END LOOP;
END $$;

ALTER TABLE "fetch_source" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "fetch_source" FORCE ROW LEVEL SECURITY;
CREATE POLICY "operations" ON "fetch_source" TO "tidemark_service"
  USING (coalesce(current_setting('tidemark.tenant', true), '') = '')
  WITH CHECK (coalesce(current_setting('tidemark.tenant', true), '') = '');
CREATE POLICY "owner_records" ON "fetch_source" TO CURRENT_USER USING (true) WITH CHECK (true);
GRANT SELECT ON "fetch_source" TO "tidemark_service";

-- Records one fetch, and returns what became of the call. It has three forms:
--   record_fetch(source): the source reports fetches, and is alive.
--   record_fetch(source, NULL, account, NULL, NULL, ended, 0, NULL, key): the key has logged in.
--   record_fetch(source, id, account, file, …): the account has read bytes of the file. An id counts once.
-- `ended` is the time of the report. `ranges` is an int8multirange of the bytes that were read, NULL if the server does not know them.
CREATE FUNCTION "record_fetch"(
  "source" text, "fetch_id" uuid DEFAULT NULL, "account" text DEFAULT NULL, "file" text DEFAULT NULL,
  "started" timestamptz DEFAULT NULL, "ended" timestamptz DEFAULT NULL, "read_bytes" bigint DEFAULT 0,
  "ranges" text DEFAULT NULL, "key" text DEFAULT NULL, "client" text DEFAULT NULL
) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  reported CONSTANT timestamptz := least(coalesce("ended", clock_timestamp()), clock_timestamp());
  opened CONSTANT timestamptz := least(coalesce("started", reported), reported);
  named CONSTANT text[] := regexp_match("file", '^/exports/[^/]+/([12]\d{3})/(0[1-9]|1[0-2])/(0[1-9]|[12]\d|3[01])/([^/]+)/[^/]+$');
  seen CONSTANT int8multirange := "ranges"::int8multirange;
  target record;
  whole boolean;
BEGIN
  IF coalesce(current_setting('tidemark.tenant', true), '') <> '' THEN
    RAISE EXCEPTION 'record_fetch is not for a transaction of a tenant' USING ERRCODE = 'insufficient_privilege';
  END IF;
  -- After a gap, it is not known what was fetched before.
  INSERT INTO tidemark."fetch_source" AS s ("name", "since", "seen_at") VALUES ("source", reported, reported)
    ON CONFLICT ("name") DO UPDATE SET "seen_at" = reported,
      "since" = CASE WHEN s."seen_at" < reported - interval '15 minutes' THEN reported ELSE s."since" END
    WHERE s."seen_at" < reported - interval '10 seconds';
  IF "account" IS NULL THEN RETURN 'SEEN'; END IF;

  INSERT INTO tidemark."sftp_key_use" AS u ("tenant_id", "fingerprint", "last_used_at")
    SELECT k."tenant_id", k."fingerprint", reported FROM tidemark."sftp_key" k
    WHERE k."tenant_id" = "account" AND k."fingerprint" = "key"
    ON CONFLICT ("tenant_id", "fingerprint") DO UPDATE SET "last_used_at" = reported
    WHERE u."last_used_at" < reported - interval '10 seconds';
  IF "file" IS NULL THEN RETURN 'LOGGED_IN'; END IF;

  IF named IS NULL OR NOT starts_with("file", '/exports/' || "account" || '/') THEN RETURN 'IGNORED'; END IF;
  -- The file that had the name when it was opened: a later revision replaces the name, and not the open file.
  SELECT d."id", d."tenant_id", coalesce(p."place", 1)::integer AS "part", coalesce((p."item" ->> 'bytes')::bigint, d."bytes") AS "bytes"
    INTO target
    FROM tidemark."delivery" d LEFT JOIN LATERAL jsonb_array_elements(
      CASE jsonb_typeof(d."parts") WHEN 'array' THEN d."parts" END) WITH ORDINALITY p ("item", "place") ON true
    WHERE d."tenant_id" = "account" AND d."entity" = named[4] AND d."published_at" IS NOT NULL
      -- Clocks of servers differ.
      AND d."intended_at" <= reported + interval '1 minute'
      AND d."day" = make_date(named[1]::integer, named[2]::integer, 1) + (named[3]::integer - 1)
      AND coalesce(p."item" ->> 'path', d."path") = "file"
    ORDER BY (d."published_at" <= opened) DESC,
      CASE WHEN d."published_at" <= opened THEN -d."revision" ELSE d."revision" END
    LIMIT 1;
  IF NOT FOUND OR "read_bytes" <= 0 THEN RETURN 'IGNORED'; END IF;
  whole := coalesce(seen @> int8range(0, target."bytes"), "read_bytes" >= target."bytes");

  INSERT INTO tidemark."file_fetch" ("id", "tenant_id", "delivery_id", "path", "started_at", "ended_at", "bytes_read", "is_whole",
      "key_fingerprint", "address")
    VALUES ("fetch_id", target."tenant_id", target."id", "file", opened, reported, "read_bytes", whole, "key", "client")
    ON CONFLICT ("id") DO NOTHING;
  IF NOT FOUND THEN RETURN 'KNOWN'; END IF;
  INSERT INTO tidemark."fetched_part" AS f ("delivery_id", "part", "tenant_id", "bytes", "fetches", "bytes_read", "covered", "whole_at")
    VALUES (target."id", target."part", target."tenant_id", target."bytes", 1, "read_bytes", seen::text, CASE WHEN whole THEN reported END)
    ON CONFLICT ("delivery_id", "part") DO UPDATE SET "fetches" = f."fetches" + 1, "bytes_read" = f."bytes_read" + excluded."bytes_read",
      "covered" = coalesce(f."covered"::int8multirange + excluded."covered"::int8multirange, f."covered"::int8multirange,
        excluded."covered"::int8multirange)::text,
      "whole_at" = least(f."whole_at", CASE
        WHEN whole OR f."covered"::int8multirange + excluded."covered"::int8multirange @> int8range(0, f."bytes") THEN reported END);
  RETURN 'RECORDED';
END $$;

-- The files that are stored on a server and were surely not fetched whole: without those that a later revision replaced or that
-- retention removed. If the server does not report which bytes were read, two halves may be the same half: such a file is not sure.
CREATE VIEW "unfetched_delivery" WITH (security_invoker = true) AS
  SELECT d."id", d."tenant_id", d."published_at" FROM "delivery" d
  WHERE d."published_at" IS NOT NULL
    AND NOT EXISTS (
      SELECT FROM "delivery" later
      WHERE later."tenant_id" = d."tenant_id" AND later."entity" = d."entity" AND later."day" = d."day"
        AND later."revision" > d."revision" AND later."published_at" IS NOT NULL)
    AND NOT EXISTS (
      SELECT FROM "manifest" m
      WHERE m."tenant_id" = d."tenant_id" AND m."day" = d."day" AND m."removed_through" >= d."published_at")
    AND (
      SELECT count(*) FROM "fetched_part" f
      WHERE f."delivery_id" = d."id" AND (f."whole_at" IS NOT NULL OR (f."covered" IS NULL AND f."bytes_read" >= f."bytes"))
    ) < CASE jsonb_typeof(d."parts") WHEN 'array' THEN jsonb_array_length(d."parts") ELSE 1 END;
GRANT SELECT ON "unfetched_delivery" TO "tidemark_service";

-- The tenants with such files, published in [from, until), for the platform's operators. Only tenants that have a key of their own, or
-- have fetched a file before.
CREATE FUNCTION "unfetched_totals"("published_from" timestamptz, "published_until" timestamptz)
  RETURNS TABLE ("tenant_id" text, "files" bigint, "oldest" timestamptz)
  LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
#variable_conflict use_column
BEGIN
  IF coalesce(current_setting('tidemark.tenant', true), '') <> '' THEN
    RAISE EXCEPTION 'unfetched_totals is not for a transaction of a tenant' USING ERRCODE = 'insufficient_privilege';
  END IF;
  RETURN QUERY
    SELECT u.tenant_id, count(*), min(u.published_at)::timestamptz FROM tidemark.unfetched_delivery u
    WHERE u.published_at >= "published_from" AND u.published_at < "published_until"
      AND (EXISTS (SELECT FROM tidemark.sftp_key k WHERE k.tenant_id = u.tenant_id)
        OR EXISTS (SELECT FROM tidemark.fetched_part f WHERE f.tenant_id = u.tenant_id))
    GROUP BY u.tenant_id;
END $$;

-- Removes fetches that ended more than `keep_days` ago, `at_most` of them, and returns their number. 0 days removes none. The sums in
-- fetched_part stay.
CREATE FUNCTION "remove_old_fetches"("keep_days" integer, "at_most" integer) RETURNS integer
  LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  removed integer := 0;
BEGIN
  IF "keep_days" > 0 THEN
    DELETE FROM tidemark."file_fetch" WHERE ctid = ANY (ARRAY(
      SELECT ctid FROM tidemark."file_fetch" WHERE "ended_at" < now() - make_interval(days => greatest("keep_days", 90))
      LIMIT "at_most"));
    GET DIAGNOSTICS removed = ROW_COUNT;
  END IF;
  RETURN removed;
END $$;

REVOKE EXECUTE ON FUNCTION
  "record_fetch"(text, uuid, text, text, timestamptz, timestamptz, bigint, text, text, text),
  "unfetched_totals"(timestamptz, timestamptz), "remove_old_fetches"(integer, integer) FROM PUBLIC;
-- The embedded SFTP server of the local stack records with the login of the service. Other servers have one of their own:
-- deploy/sftp/fetches-role.sql.
GRANT EXECUTE ON FUNCTION
  "record_fetch"(text, uuid, text, text, timestamptz, timestamptz, bigint, text, text, text),
  "unfetched_totals"(timestamptz, timestamptz), "remove_old_fetches"(integer, integer) TO "tidemark_service";
