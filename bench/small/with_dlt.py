"""dlt: all tables of a schema as CSV files over SFTP. Arguments: the job as JSON, a folder. Prints rows and seconds as JSON."""

import json
import sys
import time
from urllib.parse import urlsplit

import dlt
from dlt.destinations import filesystem
from dlt.sources.sql_database import sql_database
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

job = json.loads(sys.argv[1])
target = job["sftp"]
source = urlsplit(job["sourceUrl"])
began = time.monotonic()

# Table after table, each with a connection that closes: dlt reads all of them in turns otherwise, and Postgres has a hundred.
dlt.config["extract.next_item_mode"] = "fifo"
engine = create_engine(f"postgresql+psycopg2://{source.netloc}{source.path}", poolclass=NullPool)
tables = sql_database(
    credentials=engine,
    schema=job["schema"],
    backend="pyarrow",
)
pipeline = dlt.pipeline(
    pipeline_name="small",
    pipelines_dir=sys.argv[2],
    destination=filesystem(
        bucket_url=f"sftp://{target['host']}{target['root']}/dlt",
        credentials={
            "sftp_port": target["port"],
            "sftp_username": target["username"],
            "sftp_key_filename": target["privateKeyFile"],
        },
    ),
    dataset_name="out",
)
info = pipeline.run(tables, loader_file_format="csv", write_disposition="replace")
info.raise_on_failed_jobs()
counts = pipeline.last_trace.last_normalize_info.row_counts
files = sum(1 for name in counts if not name.startswith("_dlt"))
rows = sum(count for name, count in counts.items() if not name.startswith("_dlt"))
print(json.dumps({"files": files, "rows": rows, "seconds": time.monotonic() - began}))
