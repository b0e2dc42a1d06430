-- The permanent ledger of deliveries: chain, counts, attempts; intents that come before a file has its final name; and
-- windows that are delivered again.

ALTER TYPE "run_trigger" ADD VALUE 'REDELIVERY';

ALTER TABLE "run_entity"
  ADD COLUMN "to" TIMESTAMPTZ(3),
  ADD COLUMN "previous_sequence" INTEGER,
  ADD COLUMN "redelivers" UUID;
UPDATE "run_entity" AS part SET "to" = run."to" FROM "run" WHERE run."id" = part."run_id";
ALTER TABLE "run_entity" ALTER COLUMN "to" SET NOT NULL;
ALTER TABLE "run_entity" DROP CONSTRAINT "run_entity_pkey";
ALTER TABLE "run_entity" ADD CONSTRAINT "run_entity_pkey" PRIMARY KEY ("run_id", "entity", "to");

ALTER TABLE "delivery"
  ADD COLUMN "sequence" INTEGER,
  ADD COLUMN "previous_sequence" INTEGER,
  ADD COLUMN "schema_version" INTEGER,
  ADD COLUMN "timeline" INTEGER,
  ADD COLUMN "source_rows" BIGINT,
  ADD COLUMN "redelivered" BOOLEAN NOT NULL DEFAULT false,
  ADD COLUMN "attempts" INTEGER,
  ADD COLUMN "intended_at" TIMESTAMPTZ(3),
  ALTER COLUMN "published_at" DROP NOT NULL;

-- What was published so far is numbered in the order in which it was.
UPDATE "delivery" AS d SET
  "sequence" = numbered."sequence",
  "schema_version" = numbered."schema_version",
  "source_rows" = d."rows",
  "intended_at" = d."published_at",
  "attempts" = COALESCE(
    (SELECT part."attempts" FROM "run_entity" AS part WHERE part."run_id" = d."run_id" AND part."entity" = d."entity"), 1)
FROM (
  SELECT "id",
    row_number() OVER chain AS "sequence",
    1 + sum("changed") OVER chain AS "schema_version"
  FROM (
    SELECT "id", "tenant_id", "entity", "published_at",
      ("columns" <> lag("columns", 1, "columns") OVER (PARTITION BY "tenant_id", "entity" ORDER BY "published_at", "id"))::int
        AS "changed"
    FROM "delivery") AS "compared"
  WINDOW chain AS (PARTITION BY "tenant_id", "entity" ORDER BY "published_at", "id")) AS numbered
WHERE numbered."id" = d."id";

-- A delta follows the last file before it that ended where it begins.
UPDATE "delivery" AS d SET "previous_sequence" = COALESCE(
  (SELECT max(p."sequence") FROM "delivery" AS p
   WHERE p."tenant_id" = d."tenant_id" AND p."entity" = d."entity" AND p."to" = d."from" AND p."sequence" < d."sequence"),
  d."sequence" - 1)
WHERE d."mode" = 'DELTA';
UPDATE "run_entity" AS part SET "previous_sequence" = COALESCE(
  (SELECT max(p."sequence") FROM "delivery" AS p
   WHERE p."tenant_id" = part."tenant_id" AND p."entity" = part."entity" AND p."to" = part."from"), 0)
WHERE part."mode" = 'DELTA' AND part."status" <> 'SKIPPED';

ALTER TABLE "delivery"
  ALTER COLUMN "sequence" SET NOT NULL,
  ALTER COLUMN "schema_version" SET NOT NULL,
  ALTER COLUMN "source_rows" SET NOT NULL,
  ALTER COLUMN "attempts" SET NOT NULL,
  ALTER COLUMN "intended_at" SET NOT NULL;

DROP INDEX "delivery_run_id_entity_key";
CREATE UNIQUE INDEX "delivery_run_id_entity_to_key" ON "delivery"("run_id", "entity", "to");
CREATE INDEX "delivery_tenant_id_entity_sequence_idx" ON "delivery"("tenant_id", "entity", "sequence");


-- Written by hand: what Prisma's schema language can't say.

-- A place in the chain is taken once; only the same window, delivered again, may have its number.
CREATE UNIQUE INDEX "delivery_one_for_each_sequence" ON "delivery" ("tenant_id", "entity", "sequence") WHERE NOT "redelivered";

-- Intents: few, and looked for by every run.
CREATE INDEX "delivery_unsettled" ON "delivery" ("tenant_id") WHERE "published_at" IS NULL;

ALTER TABLE "delivery" ADD CONSTRAINT "delivery_sequence_positive" CHECK ("sequence" > 0);
ALTER TABLE "delivery" ADD CONSTRAINT "delivery_rows_are_the_sources" CHECK ("rows" = "source_rows");
ALTER TABLE "delivery" DROP CONSTRAINT "delivery_mode_has_its_fields";
ALTER TABLE "delivery" ADD CONSTRAINT "delivery_mode_has_its_fields" CHECK (
  CASE "mode"
    WHEN 'FULL' THEN
      "full_load_reason" IS NOT NULL AND "from" IS NULL AND "base_snapshot" IS NULL AND "previous_sequence" IS NULL
    ELSE
      "full_load_reason" IS NULL AND "from" IS NOT NULL AND "base_snapshot" IS NOT NULL AND "previous_sequence" IS NOT NULL
  END
);

-- What is published stays in the ledger as it was published.
CREATE FUNCTION "delivery_is_kept"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD."published_at" IS NOT NULL THEN
    RAISE EXCEPTION 'the ledger of deliveries is append-only' USING ERRCODE = 'check_violation';
  END IF;
  RETURN COALESCE(NEW, OLD);
END $$;
CREATE TRIGGER "delivery_is_kept" BEFORE UPDATE OR DELETE ON "delivery"
  FOR EACH ROW EXECUTE FUNCTION "delivery_is_kept"();

-- Promise 3: a watermark points at nothing that is not published.
CREATE FUNCTION "watermark_points_at_published"() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
  IF (SELECT "published_at" FROM "delivery" WHERE "id" = NEW."delivery_id") IS NULL THEN
    RAISE EXCEPTION 'the watermark of % / % would point at a file that is not published', NEW.tenant_id, NEW.entity
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "watermark_points_at_published" BEFORE INSERT OR UPDATE ON "watermark"
  FOR EACH ROW EXECUTE FUNCTION "watermark_points_at_published"();
