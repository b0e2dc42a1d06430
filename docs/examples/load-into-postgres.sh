#!/usr/bin/env bash
# Loads one day's folder, as it was fetched, into a Postgres 15 or later: load-into-postgres.sh FOLDER DATABASE_URL
#
# Each entity becomes a table of the same name, with the columns, types and key of the manifest. A type that not every Postgres
# has, such as an enum or citext, becomes text. A full load creates the table again, a delta is merged by key, and a redelivered
# file is merged too. Each entity is one transaction. The table tidemark_loaded has the number of the last file of each entity,
# so that no file is loaded out of order. In files with escapedFormulas, the added quotes are removed.
# The file numbers are those of one tenant: give each tenant a database of its own. It needs jq and psql, gzip for .csv.gz and zstd for .csv.zst.
set -euo pipefail
folder=$1 warehouse=$2
manifest=$folder/datapackage.json
sql() { psql -X -q -v ON_ERROR_STOP=1 -At "$warehouse" "$@"; }

# What the filters below say of a field of the manifest.
fields=$(
  cat <<'JQ'
def quoted: "\"\(.name)\"";
def columnType:
  if (.sourceType // "") | test("^(text|name|uuid|boolean|date|jsonb?|bytea|smallint|integer|bigint|real|double precision|interval"
    + "|inet|cidr|(numeric|character|character varying)(\\([0-9,-]+\\))?|time(stamp)?(\\([0-6]\\))? with(out)? time zone)(\\[\\])?$")
  then .sourceType
  elif .type == "number" then "numeric"
  else "text" end;
def unescaped: "regexp_replace(\(quoted), '^''(''*[-=+@\\t\\r＝＋－＠])', '\\1')::\(columnType)";
JQ
)

# of ENTITY FILTER: applies the filter to the resources of the entity: one, or one for each file part.
of() { jq -r --arg entity "$1" "$fields [.resources[] | select(.entity == \$entity)] | $2" "$manifest"; }

# each ENTITY FILTER: applies the filter to each field of the entity, and prints a list with commas.
each() { of "$1" "first | [.schema.fields[] | $2] | join(\", \")"; }

# copies ENTITY TABLE: prints one COPY command into the table for each file of the entity.
copies() {
  of "$1" '.[] | "\(.compression // "none")|\(if .dialect.delimiter == "\t" then "E\u0027\\t\u0027" else "\u0027\(.dialect.delimiter)\u0027" end) \(.path)"' |
    while IFS= read -r line; do
      local path=${line#* } delimiter=${line%% *}
      case $delimiter in gz*) unpack='gzip -dc' ;; zst*) unpack='zstd -dc' ;; *) unpack='cat' ;; esac
      echo "\\copy $2 FROM PROGRAM '$unpack \"$folder/$path\"' (FORMAT csv, HEADER match, DELIMITER ${delimiter#*|})"
    done
}

# arriving ENTITY: prints the commands that fill the table arriving. Escaped values are text until the quotes are removed.
arriving() {
  if [ "$(of "$1" 'first | .escapedFormulas')" = true ]; then
    echo "CREATE TEMP TABLE escaped ($(each "$1" '"\(quoted) text"'));"
    copies "$1" escaped
    echo "INSERT INTO arriving SELECT $(each "$1" unescaped) FROM escaped;"
  else
    copies "$1" arriving
  fi
}

load() {
  local entity=$1 names columns key mode sequence previous redelivered last add
  names=$(each "$entity" quoted)
  columns=$(each "$entity" '"\(quoted) \(columnType)"')
  add=$(each "$entity" '"ADD COLUMN IF NOT EXISTS \(quoted) \(columnType)"')
  key=$(of "$entity" 'first | [.schema.primaryKey[] | "\"\(.)\""] | join(", ")')
  read -r mode sequence previous redelivered < <(of "$entity" 'first | "\(.mode) \(.sequence) \(.previous) \(.redelivered)"')
  last=$(sql -c "SELECT coalesce(max(sequence), 0) FROM tidemark_loaded WHERE entity = '$entity'")
  if [ "$redelivered" = false ] && [ "$sequence" -le "$last" ]; then
    echo "$entity: file $sequence is loaded already"
    return
  fi
  if [ "$previous" != null ] && [ "$last" -lt "$previous" ]; then
    echo "$entity: file $sequence needs file $previous, but the last one loaded is $last. Fetch and load what is missing." >&2
    return 1
  fi
  sql --single-transaction <<SQL
SET client_min_messages = warning;
$([ "$mode" = full ] && [ "$redelivered" = false ] && echo "DROP TABLE IF EXISTS \"$entity\";")
CREATE TABLE IF NOT EXISTS "$entity" ($columns, PRIMARY KEY ($key));
ALTER TABLE "$entity" $add;
CREATE TEMP TABLE arriving ($columns);
$(arriving "$entity")
DELETE FROM "$entity" WHERE ($key) IN (SELECT $key FROM arriving);
INSERT INTO "$entity" ($names) SELECT $names FROM arriving;
INSERT INTO tidemark_loaded VALUES ('$entity', $sequence)
  ON CONFLICT (entity) DO UPDATE SET sequence = greatest(tidemark_loaded.sequence, excluded.sequence);
SQL
  echo "$entity: $mode, file $sequence, $(of "$entity" 'map(.rows) | add') rows"
}

sql -c 'SET client_min_messages = warning' \
  -c 'CREATE TABLE IF NOT EXISTS tidemark_loaded (entity text PRIMARY KEY, sequence bigint NOT NULL)'
for entity in $(jq -r '[.resources[].entity] | unique[]' "$manifest"); do load "$entity"; done
