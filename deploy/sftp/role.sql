-- The account by which the SFTP server asks for tenants' keys: it may call two functions and nothing else. Run it as the
-- owner of Tidemark's tables, once they are there: psql -v ON_ERROR_STOP=1 -v password=… -f role.sql
-- Only a superuser may name the attributes of the first line in ALTER ROLE; the owner may have CREATEROLE alone.
SELECT 'CREATE ROLE tidemark_sftp NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS'
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tidemark_sftp') \gexec
ALTER ROLE tidemark_sftp LOGIN NOINHERIT CONNECTION LIMIT 30 PASSWORD :'password';
ALTER ROLE tidemark_sftp SET default_transaction_read_only = on;
ALTER ROLE tidemark_sftp SET statement_timeout = '3s';
GRANT USAGE ON SCHEMA tidemark TO tidemark_sftp;
GRANT EXECUTE ON FUNCTION tidemark.authorized_keys(TEXT, TEXT), tidemark.sftp_tenants() TO tidemark_sftp;
