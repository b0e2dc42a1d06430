-- For what an unfinished run waits, and since when an entity fails.
ALTER TABLE "run"
  ADD COLUMN "waiting_code" TEXT,
  ADD COLUMN "waiting_message" TEXT,
  ADD COLUMN "waiting_since" TIMESTAMPTZ(3),
  ADD COLUMN "waiting_attempt" INTEGER;
ALTER TABLE "run_entity" ADD COLUMN "failing_since" TIMESTAMPTZ(3);

-- Written by hand: what Prisma's schema language can't say.
ALTER TABLE "run" ADD CONSTRAINT "run_waiting_whole"
  CHECK (num_nulls("waiting_code", "waiting_message", "waiting_since", "waiting_attempt") IN (0, 4));

-- Only one run of a tenant is requested at a time. A scheduled run that waits to be planned is on record as queued beside it.
DROP INDEX "run_one_queued_per_tenant";
CREATE UNIQUE INDEX "run_one_requested_per_tenant" ON "run" ("tenant_id")
  WHERE "status" = 'QUEUED' AND "requested_by" IS NOT NULL;
