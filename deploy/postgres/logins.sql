-- The login that owns Tidemark's tables, and the one of Temporal: neither is a superuser. Each has a database of its own.
-- psql sends SCRAM verifiers in place of the passwords.
SET password_encryption = 'scram-sha-256';
SELECT 'CREATE ROLE tidemark_owner' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tidemark_owner') \gexec
SELECT 'CREATE ROLE temporal' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'temporal') \gexec
\password tidemark_owner
\password temporal
-- The owner creates the logins of the service and of the SFTP server.
ALTER ROLE tidemark_owner LOGIN CREATEROLE NOSUPERUSER NOCREATEDB NOREPLICATION NOBYPASSRLS;
ALTER ROLE temporal LOGIN NOCREATEROLE NOSUPERUSER NOCREATEDB NOREPLICATION NOBYPASSRLS;

SELECT format('CREATE DATABASE %I OWNER %I', name, owner)
  FROM (VALUES ('tidemark', 'tidemark_owner'), ('temporal', 'temporal'), ('temporal_visibility', 'temporal')) AS wanted (name, owner)
  WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = name) \gexec
-- No other login may connect to these two databases.
REVOKE ALL ON DATABASE temporal, temporal_visibility FROM PUBLIC;

-- In earlier releases a superuser owned everything.
SELECT format('GRANT %I TO tidemark_owner WITH ADMIN TRUE, INHERIT FALSE, SET FALSE', rolname)
  FROM pg_roles WHERE rolname IN ('tidemark_service', 'tidemark_app', 'tidemark_sftp') \gexec
\set owner tidemark_owner
\set schema tidemark
\connect tidemark
\ir take-over.sql
\set owner temporal
\set schema public
\connect temporal
\ir take-over.sql
\connect temporal_visibility
\ir take-over.sql
