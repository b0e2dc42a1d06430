-- How long a tenant's files are kept, where that is another time than everybody's.
CREATE TABLE "retention" (
    "tenant_id" TEXT NOT NULL,
    "days" INTEGER NOT NULL,
    "changed_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "retention_pkey" PRIMARY KEY ("tenant_id")
);

-- The files of a day that were removed from the server: the ledger keeps what they were.
ALTER TABLE "manifest" ADD COLUMN "removed_at" TIMESTAMPTZ(3);

-- Written by hand: what Prisma's schema language can't say.
ALTER TABLE "retention" ADD CONSTRAINT "retention_days_not_negative" CHECK ("days" >= 0);
CREATE INDEX "manifest_there" ON "manifest" ("tenant_id", "day") WHERE "removed_at" IS NULL;
