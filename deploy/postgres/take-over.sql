-- Makes :owner the owner of the current database, of :schema and of everything in it. Changes nothing where it is already.
SELECT format('ALTER DATABASE %I OWNER TO %I', datname, :'owner')
  FROM pg_database WHERE datname = current_database() AND datdba <> :'owner'::regrole \gexec
SELECT format('ALTER SCHEMA %I OWNER TO %I', nspname, :'owner')
  FROM pg_namespace WHERE nspname = :'schema' AND nspname <> 'public' AND nspowner <> :'owner'::regrole \gexec
-- Sequences that belong to a column follow their table.
SELECT format('ALTER %s %s OWNER TO %I', CASE relkind WHEN 'S' THEN 'SEQUENCE' WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END,
    oid::regclass, :'owner')
  FROM pg_class c WHERE relnamespace = to_regnamespace(:'schema') AND relkind IN ('r', 'p', 'v', 'S')
    AND relowner <> :'owner'::regrole
    AND NOT EXISTS (
      SELECT FROM pg_depend WHERE objid = c.oid AND classid = 'pg_class'::regclass AND (deptype = 'e' OR relkind = 'S'
        AND deptype IN ('a', 'i')))
  \gexec
SELECT format('ALTER ROUTINE %s OWNER TO %I', oid::regprocedure, :'owner')
  FROM pg_proc p WHERE pronamespace = to_regnamespace(:'schema') AND proowner <> :'owner'::regrole
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = p.oid AND classid = 'pg_proc'::regclass AND deptype = 'e')
  \gexec
SELECT format('ALTER TYPE %s OWNER TO %I', oid::regtype, :'owner')
  FROM pg_type WHERE typnamespace = to_regnamespace(:'schema') AND typtype IN ('e', 'd') AND typowner <> :'owner'::regrole
  \gexec
