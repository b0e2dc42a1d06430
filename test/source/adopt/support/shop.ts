/** Tables of a shop before anything was done for exports: with the traits of schemas that grew over years. */
export const shop = `
  CREATE SCHEMA shop;
  CREATE TYPE shop.rating AS ENUM ('G', 'PG', 'R');
  CREATE DOMAIN shop.year AS integer CHECK (VALUE BETWEEN 1900 AND 2200);

  CREATE TABLE shop.film (
    film_id serial PRIMARY KEY, store text NOT NULL, title varchar(255) NOT NULL, release_year shop.year,
    price numeric(5,2) NOT NULL DEFAULT 4.99, rating shop.rating DEFAULT 'G', features text[], length interval,
    words tsvector GENERATED ALWAYS AS (to_tsvector('simple', title)) STORED);
  COMMENT ON TABLE shop.film IS 'Films that can be rented.';
  COMMENT ON COLUMN shop.film.price IS 'What a rental costs.';

  CREATE TABLE shop.film_actor (film_id int NOT NULL, actor_id int NOT NULL, store text NOT NULL, PRIMARY KEY (actor_id, film_id));

  CREATE TABLE shop."OrderLine" (
    store text NOT NULL, "Order" int NOT NULL, "LineNo" int NOT NULL, "select" text, PRIMARY KEY (store, "Order", "LineNo"));

  CREATE TABLE shop.legacy (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(), store text NOT NULL, name text, updated_at timestamptz, change_xid xid8);

  CREATE TABLE shop.payment (
    payment_id int NOT NULL, store text NOT NULL, paid_on date NOT NULL, amount numeric NOT NULL,
    PRIMARY KEY (payment_id, paid_on)) PARTITION BY RANGE (paid_on);
  CREATE TABLE shop.payment_2025 PARTITION OF shop.payment FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
  CREATE TABLE shop.payment_later PARTITION OF shop.payment DEFAULT PARTITION BY RANGE (paid_on);
  CREATE TABLE shop.payment_later_all PARTITION OF shop.payment_later DEFAULT;

  CREATE TABLE shop.keyless (store text NOT NULL, code text NOT NULL, name text);
  CREATE TABLE shop.global (code text PRIMARY KEY, name text);

  INSERT INTO shop.film (store, title, release_year, features)
    SELECT 'acme', 'film ' || n, 1990, ARRAY['a', 'b'] FROM generate_series(1, 300) n;
  INSERT INTO shop.film_actor SELECT n, n % 7, 'acme' FROM generate_series(1, 300) n;
  INSERT INTO shop."OrderLine" SELECT 'acme', n, 1, NULL FROM generate_series(1, 300) n;
  INSERT INTO shop.legacy (store, name) SELECT 'acme', repeat('x', 200) FROM generate_series(1, 20000) n;
  INSERT INTO shop.payment SELECT n, 'acme', '2025-06-01'::date + n, 1 FROM generate_series(1, 300) n;
  INSERT INTO shop.keyless SELECT 'acme', 'c' || n, NULL FROM generate_series(1, 300) n;
  INSERT INTO shop.global SELECT 'c' || n, NULL FROM generate_series(1, 300) n;`

/** Each table with what `source adopt` needs to know of it, and its number of rows. */
export const shopTables = [
  { name: 'film', rows: 300 },
  { name: 'film_actor', rows: 300 },
  { name: 'OrderLine', rows: 300 },
  { name: 'legacy', rows: 20_000 },
  { name: 'payment', rows: 300 },
  { name: 'keyless', rows: 300, key: ['code'] },
  { name: 'global', rows: 300, tenantId: 'acme' },
] as const
