"""dlt with ConnectorX: one table as CSV files over SFTP. Arguments: the job as JSON, a port. Prints rows and seconds as JSON."""

import json
import resource
import sys
import time
from urllib.parse import unquote, urlsplit

import dlt
from dlt.destinations import filesystem
from dlt.sources.sql_database import sql_table

job = json.loads(sys.argv[1])
target = job["sftp"]
source = urlsplit(job["sourceUrl"])
began = time.monotonic()

table = sql_table(
    credentials=f"postgresql+psycopg2://{source.netloc}{source.path}",
    schema=job["entity"]["table"]["schema"],
    table=job["entity"]["table"]["name"],
    backend="connectorx",
    reflection_level="full_with_precision",
    included_columns=[column["name"] for column in job["entity"]["columns"]],
    query_adapter_callback=lambda query, table: query.where(
        table.c[job["entity"]["tenantColumn"]] == job["tenantId"]
    ),
    backend_kwargs={"return_type": "arrow"},
)
pipeline = dlt.pipeline(
    pipeline_name="bench",
    pipelines_dir=sys.argv[2],
    destination=filesystem(
        bucket_url=f"sftp://{target['host']}{target['root']}/dlt",
        credentials={
            "sftp_port": target["port"],
            "sftp_username": target["username"],
            "sftp_key_filename": job["privateKeyFile"],
        },
    ),
    dataset_name="out",
)
info = pipeline.run(table, loader_file_format="csv", write_disposition="replace")
info.raise_on_failed_jobs()
counts = pipeline.last_trace.last_normalize_info.row_counts
seconds = time.monotonic() - began
print(
    json.dumps(
        {
            "rows": counts.get(job["entity"]["table"]["name"], 0),
            "seconds": seconds,
            "peakMegabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e3,
        }
    )
)
