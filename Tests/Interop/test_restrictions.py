"""What readers are told of a table, and what they must leave out of it and mask."""

from pathlib import Path

import pytest

from governed import Governed

POLICIES = Path(__file__).resolve().parents[2] / "policies" / "moraine.cedar"
FIELDS = [("id", "long"), ("region", "string"), ("ssn", "string"), ("born", "date")]
SCHEMA = {"type": "struct", "schema-id": 0, "fields": [
    {"id": index + 1, "name": name, "required": False, "type": kind} for index, (name, kind) in enumerate(FIELDS)]}
LOCAL, SIGNED = "/v1/main/namespaces/curated/tables/people", "/v1/lake/namespaces/people/tables/people"

PERMITS = """
@id("clerks-see-their-region")
@row_filter("region = 'north'")
@column_mask("ssn: show-last-4, born: truncate-to-year")
permit (
  principal in Gov::Role::"clerk",
  action in [Gov::Action::"MetadataRead", Gov::Action::"DataRead"],
  resource
);
"""


@pytest.fixture(scope="module")
def governed(moto):
    environment = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test-secret", "AWS_REGION": "us-east-1"}
    governed = Governed("--warehouse", f"lake=s3://lake/governed?endpoint={moto}&region=us-east-1&path-style-access=true&access-delegation=remote-signing", environment=environment)
    assert governed.call("POST", "/management/v1/principals", {"kind": "role", "name": "clerk"}).ok
    governed.add("clerk", "clerk")
    governed.add("chief", "clerk", "analyst")
    governed.team("people")
    properties = {"owner-team": "people", "comment": "People."}
    assert governed.call("POST", "/governance/v1/warehouses/lake/zones", {"name": "people", "kind": "curated"}).ok
    assert governed.call("POST", "/v1/lake/namespaces", {"namespace": ["people"]}).ok
    for path in (LOCAL, SIGNED):
        answer = governed.call("POST", path.rsplit("/", 1)[0], {"name": "people", "schema": SCHEMA, "properties": properties})
        assert answer.ok, answer.text
    files = {"moraine.cedar": POLICIES.read_text() + PERMITS}
    applied = governed.call("POST", "/governance/v1/policy-sets", {"files": files, "comment": "Clerks."})
    assert applied.ok, applied.text
    yield governed
    governed.close()


def load(governed, by, path=LOCAL, **headers):
    answer = governed.call("GET", path, by=by, headers=headers)
    assert answer.ok, answer.text
    return answer


def test_labels_tell_owner_zone_and_tags(governed):
    for key in ("source", "kind"):
        assert governed.call("POST", "/governance/v1/tags", {"key": key}).ok
    assert governed.call("POST", LOCAL.replace("/v1/main", "/governance/v1/warehouses/main") + "/tags", {
        "set": {"source": "hr"}, "columns": {"region": {"set": {"kind": "place"}}}}).ok
    document = load(governed, "analyst").json()
    assert document["labels"] == {
        "object-labels": {"owner": "team:people", "zone": "curated", "zone-kind": "curated", "source": "hr"},
        "fields": [{"field-id": 2, "labels": {"kind": "place"}}]}
    assert "read-restrictions" not in document


def test_a_restricted_permit_filters_and_masks(governed):
    restrictions = load(governed, "clerk").json()["read-restrictions"]
    assert restrictions["required-row-filter"] == {
        "type": "eq", "left": {"type": "reference", "id": 2}, "right": {"type": "literal", "value": "north"}}
    assert restrictions["required-column-projections"] == [
        {"field-id": 3, "action": "show-last-4"}, {"field-id": 4, "action": "truncate-to-year"}]
    # Who may read by another permit, without conditions, reads everything.
    assert "read-restrictions" not in load(governed, "chief").json()


def test_who_may_see_metadata_alone_sees_no_row(governed):
    assert load(governed, "auditor").json()["read-restrictions"]["required-row-filter"] in (False, {"type": "false"})


def test_a_tagged_column_is_hidden_from_who_is_not_cleared(governed):
    tags = LOCAL.replace("/v1/main", "/governance/v1/warehouses/main") + "/tags"
    before = load(governed, "analyst").headers["ETag"]
    assert governed.call("POST", tags, {"columns": {"ssn": {"set": {"classification": "pii"}}}}).ok
    answer = load(governed, "analyst", **{"If-None-Match": before})
    assert answer.status_code == 200 and answer.headers["ETag"] != before
    assert answer.json()["read-restrictions"] == {"required-column-projections": [{"field-id": 3, "action": "replace-with-null"}]}
    assert governed.call("POST", "/management/v1/principals/service/analyst", {"cleared": ["pii"]}).ok
    cleared = load(governed, "analyst", **{"If-None-Match": answer.headers["ETag"]})
    assert cleared.status_code == 200 and "read-restrictions" not in cleared.json()
    assert load(governed, "analyst", **{"If-None-Match": cleared.headers["ETag"]}).status_code == 304


def test_who_is_restricted_gets_no_way_to_the_files(governed):
    asked = {"X-Iceberg-Access-Delegation": "vended-credentials,remote-signing"}
    free = load(governed, "data_engineer", SIGNED, **asked).json()
    assert free["config"]["s3.remote-signing-enabled"] == "true"
    bound = load(governed, "clerk", SIGNED, **asked).json()
    assert "s3.remote-signing-enabled" not in bound["config"] and "storage-credentials" not in bound
    location = free["metadata"]["location"].removeprefix("s3://")
    body = {"region": "us-east-1", "method": "GET", "uri": f"{free['config']['s3.endpoint']}{location}/data/x", "headers": {}}
    assert governed.call("POST", SIGNED + "/sign", body, by="data_engineer").status_code == 200
    assert governed.call("POST", SIGNED + "/sign", body, by="clerk").status_code == 403


@pytest.mark.parametrize("annotation", ['@row_filter("region =")', '@column_mask("ssn: hide")', "@row_filter"])
def test_annotations_that_make_no_sense_are_refused(governed, annotation):
    number = governed.call("GET", "/governance/v1/policy-sets/current").json()["number"]
    files = {"moraine.cedar": POLICIES.read_text() + f'\n@id("odd")\n{annotation}\npermit (principal, action, resource);\n'}
    answer = governed.call("POST", "/governance/v1/policy-sets", {"files": files})
    assert answer.status_code == 400 and "moraine.cedar:" in answer.json()["error"]["message"], answer.text
    assert governed.call("GET", "/governance/v1/policy-sets/current").json()["number"] == number
