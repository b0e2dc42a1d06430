
-- CreateEnum
CREATE TYPE "export_option" AS ENUM ('EXPORT_ALL', 'EXPORT_SELECTED', 'DISABLE_EXPORT');

-- CreateEnum
CREATE TYPE "export_frequency" AS ENUM ('DAILY', 'WEEKLY', 'MONTHLY');

-- CreateEnum
CREATE TYPE "load_mode" AS ENUM ('FULL', 'DELTA');

-- CreateEnum
CREATE TYPE "full_load_reason" AS ENUM ('FIRST', 'COLUMNS_CHANGED', 'SOURCE_RESET', 'REQUESTED');

-- CreateEnum
CREATE TYPE "run_trigger" AS ENUM ('SCHEDULED', 'MANUAL');

-- CreateEnum
CREATE TYPE "run_status" AS ENUM ('QUEUED', 'RUNNING', 'SUCCEEDED', 'PARTIALLY_FAILED', 'FAILED', 'CANCELLED');

-- CreateEnum
CREATE TYPE "run_entity_status" AS ENUM ('PENDING', 'RUNNING', 'PUBLISHED', 'SKIPPED', 'FAILED', 'CANCELLED');

-- CreateTable
CREATE TABLE "registration" (
    "tenant_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "export_option" "export_option" NOT NULL,
    "frequency" "export_frequency" NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,
    "updated_by" TEXT NOT NULL,
    "scheduled_version" INTEGER,
    "schedule_error" TEXT,

    CONSTRAINT "registration_pkey" PRIMARY KEY ("tenant_id")
);

-- CreateTable
CREATE TABLE "registered_entity" (
    "tenant_id" TEXT NOT NULL,
    "entity" TEXT NOT NULL,
    "active" BOOLEAN NOT NULL,
    "activated_at" TIMESTAMPTZ(3) NOT NULL,
    "deactivated_at" TIMESTAMPTZ(3),

    CONSTRAINT "registered_entity_pkey" PRIMARY KEY ("tenant_id","entity")
);

-- CreateTable
CREATE TABLE "registration_change" (
    "id" BIGSERIAL NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "changed_by" TEXT NOT NULL,
    "changed_at" TIMESTAMPTZ(3) NOT NULL,
    "before" JSONB,
    "after" JSONB NOT NULL,

    CONSTRAINT "registration_change_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "run" (
    "id" UUID NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "workflow_id" TEXT NOT NULL,
    "trigger" "run_trigger" NOT NULL,
    "status" "run_status" NOT NULL,
    "to" TIMESTAMPTZ(3) NOT NULL,
    "registration_version" INTEGER,
    "requested_by" TEXT,
    "queued_at" TIMESTAMPTZ(3) NOT NULL,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),
    "manifest_path" TEXT,
    "error_code" TEXT,
    "error_message" TEXT,

    CONSTRAINT "run_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "run_entity" (
    "run_id" UUID NOT NULL,
    "entity" TEXT NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "status" "run_entity_status" NOT NULL,
    "mode" "load_mode" NOT NULL,
    "full_load_reason" "full_load_reason",
    "from" TIMESTAMPTZ(3),
    "base_snapshot" TEXT,
    "previous_delivery_id" UUID,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "claim" UUID,
    "part_path" TEXT,
    "rows" BIGINT,
    "bytes" BIGINT,
    "path" TEXT,
    "sha256" TEXT,
    "revision" INTEGER,
    "error_code" TEXT,
    "error_message" TEXT,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "run_entity_pkey" PRIMARY KEY ("run_id","entity")
);

-- CreateTable
CREATE TABLE "watermark" (
    "tenant_id" TEXT NOT NULL,
    "entity" TEXT NOT NULL,
    "to" TIMESTAMPTZ(3) NOT NULL,
    "delivery_id" UUID NOT NULL,
    "full_load_requested" BOOLEAN NOT NULL DEFAULT false,
    "updated_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "watermark_pkey" PRIMARY KEY ("tenant_id","entity")
);

-- CreateTable
CREATE TABLE "delivery" (
    "id" UUID NOT NULL,
    "tenant_id" TEXT NOT NULL,
    "entity" TEXT NOT NULL,
    "run_id" UUID NOT NULL,
    "day" DATE NOT NULL,
    "revision" INTEGER NOT NULL,
    "path" TEXT NOT NULL,
    "mode" "load_mode" NOT NULL,
    "full_load_reason" "full_load_reason",
    "from" TIMESTAMPTZ(3),
    "to" TIMESTAMPTZ(3) NOT NULL,
    "base_snapshot" TEXT,
    "snapshot" TEXT NOT NULL,
    "system_identifier" TEXT NOT NULL,
    "columns" TEXT NOT NULL,
    "rows" BIGINT NOT NULL,
    "bytes" BIGINT NOT NULL,
    "sha256" TEXT NOT NULL,
    "published_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "delivery_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "manifest" (
    "tenant_id" TEXT NOT NULL,
    "day" DATE NOT NULL,
    "path" TEXT NOT NULL,
    "pending" BOOLEAN NOT NULL,
    "changes" INTEGER NOT NULL DEFAULT 0,
    "revision" INTEGER NOT NULL DEFAULT 0,
    "bytes" BIGINT,
    "sha256" TEXT,
    "published_at" TIMESTAMPTZ(3),

    CONSTRAINT "manifest_pkey" PRIMARY KEY ("tenant_id","day")
);

-- CreateIndex
CREATE INDEX "registration_change_tenant_id_id_idx" ON "registration_change"("tenant_id", "id" DESC);

-- CreateIndex
CREATE INDEX "run_tenant_id_queued_at_id_idx" ON "run"("tenant_id", "queued_at" DESC, "id" DESC);

-- CreateIndex
CREATE INDEX "run_entity_tenant_id_entity_idx" ON "run_entity"("tenant_id", "entity");

-- CreateIndex
CREATE UNIQUE INDEX "watermark_delivery_id_key" ON "watermark"("delivery_id");

-- CreateIndex
CREATE INDEX "delivery_tenant_id_day_idx" ON "delivery"("tenant_id", "day");

-- CreateIndex
CREATE UNIQUE INDEX "delivery_tenant_id_entity_day_revision_key" ON "delivery"("tenant_id", "entity", "day", "revision");

-- CreateIndex
CREATE UNIQUE INDEX "delivery_run_id_entity_key" ON "delivery"("run_id", "entity");

-- AddForeignKey
ALTER TABLE "registered_entity" ADD CONSTRAINT "registered_entity_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "registration"("tenant_id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "run_entity" ADD CONSTRAINT "run_entity_run_id_fkey" FOREIGN KEY ("run_id") REFERENCES "run"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "watermark" ADD CONSTRAINT "watermark_delivery_id_fkey" FOREIGN KEY ("delivery_id") REFERENCES "delivery"("id") ON DELETE RESTRICT ON UPDATE CASCADE;


-- Written by hand: what Prisma's schema language can't say.

-- At most one run of a tenant is under way, and at most one is waiting to begin.
CREATE UNIQUE INDEX "run_one_running_per_tenant" ON "run" ("tenant_id") WHERE "status" = 'RUNNING';
CREATE UNIQUE INDEX "run_one_queued_per_tenant" ON "run" ("tenant_id") WHERE "status" = 'QUEUED';

-- Hidden files that may still lie on the SFTP server.
CREATE INDEX "run_entity_part" ON "run_entity" ("tenant_id", "entity") WHERE "part_path" IS NOT NULL;

CREATE INDEX "registration_schedule_pending" ON "registration" ("updated_at")
  WHERE "scheduled_version" IS DISTINCT FROM "version";

CREATE INDEX "manifest_pending" ON "manifest" ("tenant_id") WHERE "pending";

ALTER TABLE "registration" ADD CONSTRAINT "registration_version_positive" CHECK ("version" > 0);
ALTER TABLE "delivery" ADD CONSTRAINT "delivery_revision_positive" CHECK ("revision" > 0);
ALTER TABLE "delivery" ADD CONSTRAINT "delivery_window_in_order" CHECK ("from" IS NULL OR "from" < "to");
ALTER TABLE "delivery" ADD CONSTRAINT "delivery_mode_has_its_fields" CHECK (
  CASE "mode"
    WHEN 'FULL' THEN "full_load_reason" IS NOT NULL AND "from" IS NULL AND "base_snapshot" IS NULL
    ELSE "full_load_reason" IS NULL AND "from" IS NOT NULL AND "base_snapshot" IS NOT NULL
  END
);

-- Promise 3: a watermark never goes back, whoever writes it.
CREATE FUNCTION "watermark_never_goes_back"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW."to" < OLD."to" THEN
    RAISE EXCEPTION 'the watermark of % / % would go back from % to %', OLD.tenant_id, OLD.entity, OLD."to", NEW."to"
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER "watermark_never_goes_back" BEFORE UPDATE ON "watermark"
  FOR EACH ROW EXECUTE FUNCTION "watermark_never_goes_back"();

-- What was registered stays on record as it was.
CREATE FUNCTION "registration_change_is_kept"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'registration_change is append-only' USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER "registration_change_is_kept" BEFORE UPDATE OR DELETE ON "registration_change"
  FOR EACH ROW EXECUTE FUNCTION "registration_change_is_kept"();
