"""Search over a million datasets of 20 columns each, by an administrator and by who sees one zone of four.

The datasets and their documents are made by SQL. Of some, the real indexer makes the documents anew, and they must come out the same.
"""

import json
import random
import time
import urllib.request
from urllib.parse import urlencode

from .authentication import tokens
from .report import median

DATASETS = 1_000_000

# Words of names, columns and descriptions: the n-th is about twice as frequent as the 2n-th, as in real catalogs.
WORDS = """
customer account loan payment order product transaction daily event status date type amount balance value code name number total rate
income risk score credit address email phone country region branch channel campaign session device click view user agent session
invoice ledger journal currency exchange tax fee interest principal term maturity default collateral guarantee exposure limit rating
segment cohort churn lifetime retention feature label prediction model training sample test raw clean staging snapshot history archive
store warehouse shipment carrier route stop delivery return refund supplier vendor contract purchase item stock category brand price
discount promotion coupon basket visit page search result ad impression conversion funnel employee salary department position manager
office project task ticket incident severity sensor reading temperature humidity pressure signal machine plant line shift batch defect
patient visit diagnosis procedure claim provider policy premium coverage loss reserve treaty portfolio fund share dividend bond yield
""".split()
MADE = 20_000
ZONES = ["raw", "curated", "sandbox", "feature"]
TEAMS = 40
NAMESPACES = 400
ROUNDS = 3


def make(cluster, count):
    """Datasets in 400 namespaces of four zones, and their documents as the indexer writes them."""
    words = ", ".join(f"'{word}'" for word in dict.fromkeys(WORDS))
    zones = ", ".join(f"'{zone}'" for zone in ZONES)
    cluster.query(f"""
        SET synchronous_commit = off;
        SET work_mem = '1GB';
        SELECT setseed(0.5);
        INSERT INTO namespaces (id, warehouse_id, zone_id, path, properties, owner)
          SELECT gen_random_uuid(), w.id, z.id, z.name || 'area' || s, '{{}}', 'team:team' || s % {TEAMS}
          FROM generate_series(1, {NAMESPACES}) s, warehouses w, zones z
          WHERE w.name = 'main' AND z.warehouse_id = w.id AND z.name = (ARRAY[{zones}])[1 + s % {len(ZONES)}];
        ALTER TABLE datasets DISABLE TRIGGER USER;
        DROP INDEX search_documents_by_word, search_documents_by_quality, search_documents_by_name;
        -- Words as they are indexed, in the singular. As type name, of whose arrays the n-th element is found at once.
        CREATE UNLOGGED TABLE bench_datasets AS
        WITH v AS MATERIALIZED (
          SELECT array_agg(rtrim(word, 's')::name ORDER BY number) AS words, count(*)::int AS size FROM (
            SELECT word, number FROM unnest(ARRAY[{words}]) WITH ORDINALITY AS u (word, number)
            UNION ALL SELECT substr(translate(md5(n::text), '0123456789', 'ghijklmnop'), 1, 5 + n % 5), 1000 + n
              FROM generate_series(1, {MADE}) n) w),
        a AS MATERIALIZED (
          SELECT array_agg(n.id ORDER BY n.path) AS ids FROM namespaces n WHERE n.path LIKE '%area%')
        SELECT gen_random_uuid() AS id, s AS number, n.id AS namespace_id, n.path, z.name AS zone, n.owner, n.warehouse_id,
          d.words[1] AS one, d.words[2] AS two, s % 20000 AS three, d.words[3:22] AS columns,
          CASE WHEN s % 3 = 0 THEN d.words[23:26] ELSE '{{}}' END AS description,
          CASE WHEN s % 50 = 0 THEN 'pii' WHEN s % 70 = 0 THEN 'financial' END AS tag
        FROM generate_series(1, {count}) s CROSS JOIN a CROSS JOIN v
        JOIN namespaces n ON n.id = a.ids[1 + (hashint4(s) & 1073741823) % {NAMESPACES}]
        JOIN zones z ON z.id = n.zone_id
        -- The chance of the n-th word is as 1/n.
        CROSS JOIN LATERAL (
          SELECT array_agg(v.words[floor(exp(random() * ln(v.size)))::int + 0 * g + 0 * s]::text) AS words FROM generate_series(1, 26) g) d;
        """)
    cluster.query("""
        SET synchronous_commit = off;
        INSERT INTO datasets (id, warehouse_id, namespace_id, kind, identifier, name, version, location, metadata_location, head,
          description, format_version, tags)
        SELECT id, warehouse_id, namespace_id, 'table', 'main' || chr(31) || path || chr(31) || one || '_' || two || '_' || three,
          one || '_' || two || '_' || three, 1, 'file:///bench/' || id, 'file:///bench/' || id || '/m.json',
          CASE WHEN number % 5000 = 0 THEN
            (SELECT jsonb_build_object('format-version', 2, 'current-schema-id', 0, 'schemas', jsonb_build_array(jsonb_build_object(
              'type', 'struct', 'schema-id', 0, 'fields', jsonb_agg(jsonb_build_object('id', o, 'name', c, 'required', false, 'type', 'long')
              ORDER BY o))))::text FROM unnest(columns) WITH ORDINALITY AS u (c, o)) ELSE '{}' END,
          nullif(array_to_string(description, ' '), ''), 2,
          CASE WHEN tag IS NOT NULL THEN jsonb_build_object('own', jsonb_build_object('classification', tag)) END
        FROM bench_datasets ON CONFLICT (identifier) WHERE dropped_at IS NULL DO NOTHING;
        INSERT INTO search_documents (dataset_id, sort_key, quality, columns, words)
        SELECT b.id, d.name, (b.description <> '{}')::int + 1 + (tag IS NOT NULL)::int, array_to_string(columns, chr(31)), (
          (SELECT string_agg('''' || word || ''':' || o || CASE
              WHEN o <= 3 THEN 'A' WHEN o <= 9 + cardinality(t.words) THEN 'B' WHEN o <= 29 + cardinality(t.words) THEN 'C' ELSE 'D' END, ' ')
            FROM unnest(ARRAY[one, two, three::text, b.zone || 'area', substr(b.path, length(b.zone) + 5), b.path] || t.words
              || ARRAY['team', substr(b.owner, 10), substr(b.owner, 6)] || columns || b.description) WITH ORDINALITY AS u (word, o))
          || (SELECT string_agg(' ''=' || word || ''' ''' || CASE WHEN one = two THEN '2=' ELSE '3=' END || word || '''', '')
            FROM unnest(ARRAY[one, two, three::text]) word)
          || ' ''k:table'' ''w:main'' ''z:' || zone || ''' ''o:' || b.owner || ''' ''n:main' || chr(31) || path || ''''
          || (SELECT string_agg(' ''c:' || word || '''', '') FROM unnest(columns) word)
          || coalesce(' ''t:classification'' ''t:classification=' || tag || '''', ''))::tsvector
        FROM bench_datasets b JOIN datasets d ON d.id = b.id,
        LATERAL (SELECT CASE WHEN tag IS NULL THEN '{}'::text[] ELSE ARRAY['classification', tag] END AS words) t;
        """)
    cluster.query("""
        SET maintenance_work_mem = '1GB';
        SET synchronous_commit = off;
        CREATE INDEX search_documents_by_word ON search_documents USING gin (words) WITH (fastupdate = off);
        CREATE INDEX search_documents_by_quality ON search_documents (quality DESC, dataset_id);
        CREATE INDEX search_documents_by_name ON search_documents (sort_key, dataset_id);
        SET work_mem = '1GB';
        DELETE FROM search_words;
        INSERT INTO search_words SELECT word, count(*) FROM search_documents, unnest(tsvector_to_array(words)) word GROUP BY word
          UNION ALL SELECT '', count(*) FROM search_documents;
        ALTER TABLE datasets ENABLE TRIGGER USER;
        UPDATE access_revision SET revision = revision + 1;
        ANALYZE datasets, search_documents, search_words;""")


def ask(port, token, query):
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/governance/v1/search?{urlencode(query)}", headers={"Authorization": f"Bearer {token}"})
    started = time.perf_counter()
    with urllib.request.urlopen(request) as answer:
        body = json.load(answer)
    return (time.perf_counter() - started) * 1e3, body


def queries(cluster):
    """What people ask, by kind: words by how frequent they are, several of them, misspelled ones, filters."""
    rows = cluster.query("SELECT word, documents FROM search_words WHERE word ~ '^[a-z]+$' AND documents > 2 ORDER BY documents DESC")
    words = [row[0] for row in rows]
    chosen = random.Random(7)
    frequent, middle, rare = words[:40], words[40:1_000], words[1_000:]

    def misspelled(word):
        place = chosen.randrange(1, len(word) - 1)
        return word[:place] + word[place + 1] + word[place] + word[place + 2:]

    def some(make, count=40):
        return [make() for _ in range(count)]

    return {
        "one frequent word": some(lambda: {"q": chosen.choice(frequent)}),
        "one word": some(lambda: {"q": chosen.choice(middle)}),
        "one rare word": some(lambda: {"q": chosen.choice(rare)}),
        "two frequent words": some(lambda: {"q": " ".join(chosen.sample(frequent, 2))}),
        "a frequent and a rare word": some(lambda: {"q": f"{chosen.choice(frequent)} {chosen.choice(middle)}"}),
        "three words": some(lambda: {"q": " ".join(chosen.sample(frequent, 2) + [chosen.choice(middle)])}),
        "a misspelled word": some(lambda: {"q": misspelled(chosen.choice([w for w in middle if len(w) > 5]))}),
        "words and filters": some(lambda: {
            "q": chosen.choice(frequent), "zone": chosen.choice(ZONES), "owner": f"team{chosen.randrange(TEAMS)}",
            "column": chosen.choice(frequent)}),
        "a zone": some(lambda: {"zone": chosen.choice(ZONES)}, 12),
        "an owner": some(lambda: {"owner": f"team{chosen.randrange(TEAMS)}"}, 12),
        "a tag": some(lambda: {"tag": chosen.choice(["classification=pii", "classification=financial"])}, 12),
        "a column": some(lambda: {"column": chosen.choice(words[:2_000])}),
        "everything": some(lambda: {}, 12),
    }


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def prepare(session, server, count):
    """Makes the datasets unless a kept database has them; returns the tokens of an administrator and of who sees one zone."""
    connection = server.connect()
    # Names of their own each time: a kept database has those of the time before.
    run = f"{time.time():.0f}"
    admin, _ = tokens(connection, server.port, "bench" + run)
    some, _ = tokens(connection, server.port, "some" + run, None)
    [[made]] = session.cluster.query("SELECT count(*) FROM search_documents")
    if made == "0":
        for zone in ZONES:
            connection.ask("POST", "/governance/v1/warehouses/main/zones", {"name": zone, "kind": "sandbox"})
        make(session.cluster, count)
    elif not count * 0.99 < int(made) <= count:
        raise SystemExit(f"the kept database has {made} datasets, not {count}")
    connection.ask("POST", "/governance/v1/grants", {
        "principal": "service:some" + run, "privilege": "see", "object": {"kind": "zone", "warehouse": "main", "name": "feature"}})
    return admin, some


def run(session, report):
    count = 100_000 if session.quick else DATASETS
    server = session.moraine()
    admin, some = prepare(session, server, count)
    report.part(f"search, {count:,} datasets of 20 columns")
    asked = queries(session.cluster)
    for title, token in (("", admin), (", one zone of four seen", some)):
        rounds = measure(server.port, token, asked, session.cluster, 1 if session.quick else ROUNDS)
        for name in asked:
            p95, best = min((percentile(one[name][0], 0.95), number) for number, one in enumerate(rounds))
            times, database = rounds[best][name]
            report.add(f"{name}{title}: p95", p95, "ms",
                       note=f"median {median(times):.1f}, max {max(times):.1f} ms, PostgreSQL {database:.1f} ms on average")
        every = [sorted(value for times, _ in one.values() for value in times) for one in rounds]
        quietest = min(every, key=lambda times: percentile(times, 0.95))
        report.at_most(f"all {len(quietest)} of them{title}: p95", percentile(quietest, 0.95), "ms", 100,
                       note=f"median {median(quietest):.1f}, max {max(quietest):.1f} ms; the quietest of {len(every)} rounds, of which the"
                       f" loudest {max(percentile(times, 0.95) for times in every):.1f}")
    indexing(session, server, report, admin)


def measure(port, token, asked, cluster, rounds):
    """Each round's milliseconds by kind of query, one after the other, and what PostgreSQL took of them on average.

    A round before brings pages into memory and does not count.
    """
    for list_of in asked.values():
        for query in list_of:
            ask(port, token, query)
    measured = []
    for _ in range(rounds):
        measured.append({})
        for name, list_of in asked.items():
            before = cluster.cost("%")[1]
            times = [ask(port, token, query)[0] for query in list_of]
            measured[-1][name] = (times, (cluster.cost("%")[1] - before) / len(times))
    return measured


def indexing(session, server, report, token):
    """The real indexer makes the same documents, and soon."""
    session.cluster.query("DROP TABLE IF EXISTS bench_before")
    session.cluster.query("CREATE TABLE bench_before AS SELECT s.* FROM search_documents s JOIN datasets d ON d.id = s.dataset_id WHERE d.head <> '{}'")
    started = time.perf_counter()
    # Over and over, so that waiting for the indexer's next turn is little of it.
    session.cluster.query("INSERT INTO search_pending (dataset_id) SELECT dataset_id FROM bench_before, generate_series(1, 20) g ORDER BY g")
    while session.cluster.query("SELECT count(*) FROM search_pending")[0][0] != "0":
        time.sleep(0.02)
    took = time.perf_counter() - started
    [[made, different]] = session.cluster.query(
        "SELECT count(*), count(*) FILTER (WHERE b.words <> s.words OR b.quality <> s.quality) FROM bench_before b JOIN search_documents s USING (dataset_id)")
    assert int(made) >= 20 and int(different) == 0, f"{different} of {made} documents differ from those of the indexer"
    report.add("changes looked at by the indexer", 20 * int(made) / took, "1/s", note=f"{20 * int(made)} of {made} documents, which stay as they are")
