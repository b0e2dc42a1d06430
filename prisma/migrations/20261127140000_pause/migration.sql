-- A tenant may pause its export without a new version of its registration.
ALTER TABLE "registration" ADD COLUMN "paused_at" TIMESTAMPTZ(3);
