-- How long a tenant's files are kept, where that is another time than everybody's.
CREATE TABLE "retention" (
    "tenant_id" TEXT NOT NULL,
    "days" INTEGER NOT NULL,
    "changed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "retention_pkey" PRIMARY KEY ("tenant_id")
);

-- When the files of a day were removed from the server, up to which time of publication, and whether there are any now: some
-- may have been written again since. The ledger keeps what they were.
ALTER TABLE "manifest"
  ADD COLUMN "removed_at" TIMESTAMPTZ(3),
  ADD COLUMN "removed_through" TIMESTAMPTZ(3),
  ADD COLUMN "present" BOOLEAN NOT NULL DEFAULT true;

-- Written by hand: what Prisma's schema language can't say.
ALTER TABLE "retention" ADD CONSTRAINT "retention_days_not_negative" CHECK ("days" >= 0);
CREATE INDEX "manifest_present" ON "manifest" ("tenant_id", "day") WHERE "present";
