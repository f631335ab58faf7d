"""Lineage: events of OpenLineage taken in while they keep coming, and traces through a graph of a million nodes and five million edges."""

import json
import threading
import time
import uuid

from .http import Connection
from .report import median

CLIENTS = 8
JOBS = 200
DATASETS = 700_000
JOB_NODES = 299_990
MODELS = 10
LAYERS = 40
SOURCES = 8
# Datasets are made from ones nearby: the whole graph does not feed everything.
REACH = 20


def event(number):
    """A run as Spark reports its end: two tables read, one written, its schema and where four of its columns come from."""
    job, parts = number % JOBS, f"{number % 5_000:05}"
    head = {"_producer": "https://example.com/spark", "_schemaURL": "https://example.com/facet.json"}
    fields = [{"name": f"column_{index}", "type": "string"} for index in range(12)]
    columns = {f"column_{index}": {"inputFields": [{
        "namespace": "s3://lake", "name": f"raw/t{job}", "field": f"column_{index}", "transformations": [{"type": "DIRECT", "subtype": "IDENTITY"}]}]}
        for index in range(4)}
    return {
        "eventType": "COMPLETE", "eventTime": f"2026-05-03T12:{number // 60_000 % 60:02}:{number // 1_000 % 60:02}.{number % 1_000:03}Z",
        "producer": "https://example.com/spark", "schemaURL": "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent",
        "run": {"runId": str(uuid.uuid4()), "facets": {"processing_engine": {**head, "name": "spark", "version": "4.0.0"}}},
        "job": {"namespace": "airflow", "name": f"daily.job_{job}"},
        "inputs": [
            {"namespace": "s3://lake", "name": f"raw/t{job}", "facets": {"version": {**head, "datasetVersion": str(7 * 10**18 + number)}}},
            {"namespace": "s3://lake", "name": f"raw/part-{parts}"}],
        "outputs": [{"namespace": "s3://lake", "name": f"curated/t{job}", "facets": {
            "schema": {**head, "fields": fields}, "columnLineage": {**head, "fields": columns}}}],
    }


def events(session, report):
    server, cluster = session.moraine(), session.cluster
    total = 2_000 if session.quick else 60_000
    requests = [Connection.prepare("POST", "/api/v1/lineage", event(number)) for number in range(total)]
    failures = []

    def deliver(first):
        connection = server.connect()
        for request in requests[first::CLIENTS]:
            status, answer = connection.send(request)
            if status != 200:
                failures.append((status, bytes(answer[:200])))

    threads = [threading.Thread(target=deliver, args=(number,)) for number in range(CLIENTS)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    accepted = time.perf_counter() - started
    behind = int(cluster.query("SELECT count(*) FROM lineage_queue")[0][0])
    while cluster.query("SELECT count(*) FROM lineage_queue")[0][0] != "0":
        time.sleep(0.05)
    taken = time.perf_counter() - started
    if failures:
        raise SystemExit(f"{len(failures)} deliveries failed: {failures[0]}")
    kept, runs = (int(cluster.query(f"SELECT count(*) FROM {table}")[0][0]) for table in ("lineage_events", "lineage_runs"))
    if kept != total or runs != total:
        raise SystemExit(f"of {total} events {kept} were kept and {runs} came into the graph")
    size = len(requests[0])
    report.part(f"{total:,} events of {size:,} bytes, one a request, {CLIENTS} clients")
    report.add("acknowledged", total / accepted, "1/s", note=f"{behind:,} not yet in the graph when the last was")
    report.at_least("acknowledged and in the graph", total / taken, "1/s", 1_000)
    session.stop(server)


def make(cluster, scale):
    """Layers of datasets, each made by a job from eight nearby in the layer before, by a run that read and wrote versions of them; versions
    of models that were trained on versions of three tables of the last layer, which the catalog has."""
    datasets, jobs = int(DATASETS * scale), int(JOB_NODES * scale)
    width = datasets // LAYERS
    trained = f"""SELECT m, {datasets} - {width} + m * {width} / {MODELS} + k * {REACH} AS n FROM generate_series(0, {MODELS - 1}) m, generate_series(1, 3) k"""
    cluster.query(f"""
        SET synchronous_commit = off;
        SET maintenance_work_mem = '1GB';
        DROP INDEX lineage_edges_by_source, lineage_edges_of_job;
        INSERT INTO lineage_nodes (id, kind, namespace, name, first_seen_at, last_seen_at)
          SELECT 10000000 + n, 'dataset', 's3://bench', 'layer/' || n / {width} || '/t' || n % {width}, now(), now()
          FROM generate_series(0, {datasets - 1}) n
          UNION ALL SELECT 20000000 + n, 'job', 'bench', 'job-' || n, now(), now() FROM generate_series(0, {jobs - 1}) n;
        INSERT INTO lineage_edges (target_id, source_id, job_id, first_seen_at, last_seen_at, last_run_id)
          SELECT 10000000 + n, 10000000 + n - {width} + (abs(hashint8(n * 31 + k)) % {2 * REACH + 1}) - {REACH}, 20000000 + n % {jobs}, now(), now(),
            lpad(to_hex(n), 32, '0')::uuid
          FROM generate_series({width} + {REACH}, {datasets - 1}) n, generate_series(1, {SOURCES}) k
        ON CONFLICT DO NOTHING;
        INSERT INTO datasets (id, warehouse_id, namespace_id, kind, identifier, name, version, location, metadata_location, head)
          SELECT lpad(to_hex(n), 32, '0')::uuid, w.id, s.id, 'table', w.name || E'\\x1f' || s.path || E'\\x1f' || 't' || n, 't' || n, 1, 'file:///bench/t' || n, '', '{{}}'
          FROM ({trained}) t, namespaces s JOIN warehouses w ON w.id = s.warehouse_id WHERE s.path = 'bench';
        UPDATE lineage_nodes l SET dataset_id = d.id FROM datasets d WHERE l.id = 10000000 + substr(d.name, 2)::bigint AND d.name LIKE 't%';
        INSERT INTO models (id, name, purpose, risk_tier, is_regulated, regulation_profiles, keep_days_after_retirement, created_by, created_at, changed_at)
          SELECT lpad(to_hex(m), 32, '0')::uuid, 'model-' || m, 'bench', 'limited', false, '{{}}', 0, 'bench', now(), now()
          FROM generate_series(0, {MODELS - 1}) m;
        INSERT INTO model_versions (id, model_id, name, stage, developer, parameters, metrics, artifacts, created_by, created_at, changed_at)
          SELECT id, id, '1', 'development', 'bench', '{{}}', '{{}}', '{{}}', 'bench', now(), now() FROM models;
        INSERT INTO training_inputs (id, model_version_id, role, dataset_id, dataset_kind, identifier, location, snapshot_id, committed_at_ms, grade,
            bound_by, bound_at)
          SELECT d.id, lpad(to_hex(t.m), 32, '0')::uuid, 'train', d.id, 'table', d.identifier, d.location, 10000000 + t.n,
            extract(epoch FROM now()) * 1000 + 1000, 'declared', 'bench', now() + interval '1 second'
          FROM ({trained}) t JOIN datasets d ON d.name = 't' || t.n;
        CREATE INDEX lineage_edges_by_source ON lineage_edges (source_id, target_id, job_id);
        CREATE INDEX lineage_edges_of_job ON lineage_edges (job_id);
        ANALYZE lineage_nodes, lineage_edges;""")
    uses(cluster)
    # As the server finds it some time after: written out, and all rows seen.
    cluster.query("VACUUM lineage_nodes")
    cluster.query("VACUUM lineage_edges")
    cluster.query("CHECKPOINT")
    return [int(cluster.query(f"SELECT count(*) FROM lineage_{table}")[0][0]) for table in ("nodes", "edges")]


def uses(cluster):
    """What the runs read and wrote, of all datasets that the traces can come to: the last ten layers and a few more."""
    cluster.query("""
        CREATE TEMP TABLE recent AS SELECT DISTINCT last_run_id AS run, target_id, job_id FROM lineage_edges
          WHERE target_id > (SELECT max(id) FROM lineage_nodes WHERE kind = 'dataset') - (SELECT count(*) * 12 / 40 FROM lineage_nodes WHERE kind = 'dataset');
        INSERT INTO lineage_runs (id, job_id, state, state_rank, state_at, principal, last_event_at, last_event_id)
          SELECT run, job_id, 'COMPLETE', 10, now(), 'bench', now(), 0 FROM recent;
        INSERT INTO lineage_run_datasets (run_id, node_id, is_output, version, snapshot_id, learned_from, first_seen_at, last_seen_at)
          SELECT run, target_id, true, target_id::text, target_id, 'version', now(), now() FROM recent
          UNION ALL SELECT DISTINCT r.run, e.source_id, false, e.source_id::text, e.source_id, 'version', now(), now()
          FROM recent r JOIN lineage_edges e ON e.target_id = r.target_id AND e.job_id = r.job_id;
        ANALYZE lineage_runs, lineage_run_datasets;""")
    cluster.query("VACUUM lineage_run_datasets")


def traces(session, report):
    server, cluster = session.moraine(), session.cluster
    connection = server.connect()
    status, body = connection.send(connection.prepare("POST", "/v1/main/namespaces", {"namespace": ["bench"]}))
    if status != 200:
        raise SystemExit(f"no namespace: {bytes(body)!r}")
    nodes, edges = make(cluster, 0.02 if session.quick else 1)
    report.part(f"traces through {nodes:,} datasets and jobs with {edges:,} edges, each step by the versions that were read and written")
    for depth in (3, 10):
        times, first, answer = [], [], None
        for number in range(MODELS):
            for round in range(4):
                started = time.perf_counter()
                status, body = connection.send(connection.prepare("GET", f"/governance/v1/lineage?node=model:model-{number}@1&depth={depth}"))
                (times if round else first).append((time.perf_counter() - started) * 1e3)
                answer = json.loads(body)
                if status != 200 or answer["is-cut"] or len(answer["edges"]) < 3 * depth or any("source-state" not in edge for edge in answer["edges"]):
                    raise SystemExit(f"a trace failed: {status} {bytes(body[:200])!r}")
        note = f"{len(answer['nodes']):,} nodes, {len(answer['edges']):,} edges, {len(body) >> 10:,} kB"
        aim = report.at_most if depth == 10 else lambda name, value, unit, most, note: report.add(name, value, unit, note=note)
        aim(f"upstream of a version of a model, depth {depth}", median(times), "ms", 200, note)
        aim(f"upstream of a version of a model, depth {depth}, the slowest", max(times + first), "ms", 200, "asked for the first time included")
    session.stop(server)


def run(session, report):
    events(session, report)
    traces(session, report)
