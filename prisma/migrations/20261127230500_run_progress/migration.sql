-- How far the current attempt for an entity has come. The holder of the claim writes it at most every two seconds. The claim
-- of an attempt resets it. A constant default rewrites no row.
ALTER TABLE "run_entity"
  ADD COLUMN "attempt_started_at" TIMESTAMPTZ(3),
  ADD COLUMN "step" TEXT,
  ADD COLUMN "rows_so_far" BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN "bytes_so_far" BIGINT NOT NULL DEFAULT 0,
  ADD COLUMN "rows_per_second" DOUBLE PRECISION NOT NULL DEFAULT 0,
  ADD COLUMN "bytes_per_second" DOUBLE PRECISION NOT NULL DEFAULT 0,
  ADD COLUMN "progress_at" TIMESTAMPTZ(3);
