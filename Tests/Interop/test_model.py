"""Random operations through pyiceberg, held against a plain model of what must be there."""

import os
import uuid

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test
from pyiceberg.catalog import load_catalog
from pyiceberg.exceptions import NoSuchTableError, TableAlreadyExistsError
from pyiceberg.expressions import EqualTo
from pyiceberg.table.metadata import TableMetadataUtil
from pyiceberg.types import LongType

NAMES = ["t", "two words", "ünï.cödé", "a+b%2F"]
COLUMNS = ["id", "a", "b b", "ç", "d.d"]
KEYS = ["owner", "tier", "x y"]
# Twenty steps take about two seconds.
EXAMPLES = int(os.environ.get("MORAINE_MODEL_EXAMPLES", "15"))


class Model:
    """What one table must hold: rows by column name for each snapshot, branches and tags, properties, and the order of columns."""

    def __init__(self):
        self.columns = ["id"]
        self.snapshots = {}
        self.parents = {}
        self.refs = {}
        self.properties = {}

    @property
    def rows(self):
        return self.rows_of("main")

    def rows_of(self, ref):
        return self.snapshots[self.refs[ref]] if ref in self.refs else []

    def chain(self):
        current, chain = self.refs.get("main"), []
        while current is not None:
            chain.append(current)
            current = self.parents.get(current)
        return chain


# One of the tables that are there.
TABLE = st.runner().flatmap(lambda machine: st.sampled_from(sorted(machine.models)))
HAS_TABLES = precondition(lambda machine: machine.models)


def normal(rows, columns):
    return sorted(tuple(row.get(column) for column in columns) for row in rows)


def machine(url, namespace):
    class Machine(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            # Two clients in turn: what one does, the other must see.
            self.catalogs = [load_catalog(f"c{index}", uri=url, warehouse="main") for index in range(2)]
            self.turn = 0
            self.namespace = (namespace, uuid.uuid4().hex[:8])
            self.catalog.create_namespace(self.namespace)
            self.models = {}
            self.next = 0

        @property
        def catalog(self):
            self.turn += 1
            return self.catalogs[self.turn % 2]

        def load(self, name):
            return self.catalog.load_table((*self.namespace, name))

        def data(self, model, count):
            rows = []
            for _ in range(count):
                self.next += 1
                rows.append({column: self.next if column == "id" else self.next * 10 for column in model.columns})
            return rows, pa.table({column: pa.array([row[column] for row in rows], pa.int64()) for column in model.columns})

        def wrote(self, model, table, rows, ref="main"):
            """The new head of a branch is what pyiceberg says it is, and holds these rows."""
            head = table.refs()[ref].snapshot_id
            current, pending = head, []
            while current is not None and current not in model.snapshots:
                pending.append(current)
                current = table.snapshot_by_id(current).parent_snapshot_id
            for snapshot in pending:
                # Only the head of a branch is read back; what lay between is left out of the model.
                model.parents[snapshot] = table.snapshot_by_id(snapshot).parent_snapshot_id
                model.snapshots[snapshot] = [dict(row) for row in rows] if snapshot == head else None
            model.refs[ref] = head

        @initialize()
        def first(self):
            self.create_named("t")

        def create_named(self, name):
            self.catalog.create_table((*self.namespace, name), pa.schema([("id", pa.int64())]))
            self.models[name] = Model()

        @rule(name=st.sampled_from(NAMES))
        def create(self, name):
            if name not in self.models:
                return self.create_named(name)
            with pytest.raises(TableAlreadyExistsError):
                self.catalog.create_table((*self.namespace, name), pa.schema([("id", pa.int64())]))

        @HAS_TABLES
        @rule(name=TABLE, count=st.integers(1, 3))
        def append(self, name, count):
            model = self.models[name]
            rows, data = self.data(model, count)
            table = self.load(name)
            table.append(data)
            self.wrote(model, table, model.rows + rows)

        @HAS_TABLES
        @rule(name=TABLE, position=st.integers(0, 5))
        def delete(self, name, position):
            model = self.models[name]
            if not model.rows:
                return
            victim = model.rows[position % len(model.rows)]["id"]
            table = self.load(name)
            table.delete(EqualTo("id", victim))
            self.wrote(model, table, [row for row in model.rows if row["id"] != victim])

        @HAS_TABLES
        @rule(name=TABLE, count=st.integers(1, 2))
        def overwrite(self, name, count):
            model = self.models[name]
            rows, data = self.data(model, count)
            table = self.load(name)
            table.overwrite(data)
            self.wrote(model, table, rows)

        @HAS_TABLES
        @rule(name=TABLE, column=st.sampled_from(COLUMNS[1:]))
        def add_or_drop_column(self, name, column):
            model = self.models[name]
            table = self.load(name)
            # A name with a dot is given as its path: as text it would be a member of a struct.
            with table.update_schema() as update:
                if column in model.columns:
                    update.delete_column((column,) if "." not in column else column)
                else:
                    update.add_column((column,), LongType())
            if column in model.columns:
                model.columns.remove(column)
                for rows in model.snapshots.values():
                    for row in rows or []:
                        row.pop(column, None)
            else:
                model.columns.append(column)

        @HAS_TABLES
        @rule(name=TABLE, column=st.sampled_from(COLUMNS[1:]), new=st.sampled_from(["e", "f f"]))
        def rename_column(self, name, column, new):
            model = self.models[name]
            if column not in model.columns or new in model.columns:
                return
            with self.load(name).update_schema() as update:
                update.rename_column(column, new)
            model.columns[model.columns.index(column)] = new
            for rows in model.snapshots.values():
                for row in rows or []:
                    if column in row:
                        row[new] = row.pop(column)

        @HAS_TABLES
        @rule(name=TABLE, key=st.sampled_from(KEYS), value=st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)))
        def set_property(self, name, key, value):
            model = self.models[name]
            # pyiceberg itself cannot remove a property that is not there.
            if value is None and key not in model.properties:
                return
            with self.load(name).transaction() as transaction:
                if value is None:
                    transaction.remove_properties(key)
                else:
                    transaction.set_properties({key: value})
            if value is None:
                model.properties.pop(key, None)
            else:
                model.properties[key] = value

        @HAS_TABLES
        @rule(name=TABLE, ref=st.sampled_from(["v1", "v 2"]), position=st.integers(0, 9))
        def tag(self, name, ref, position):
            model = self.models[name]
            if not model.chain():
                return
            table = self.load(name)
            if ref in model.refs:
                table.manage_snapshots().remove_tag(ref).commit()
                del model.refs[ref]
            else:
                # Between an overwrite's deletion and its append lies a snapshot that the model knows no rows of.
                chain = [snapshot for snapshot in model.chain() if model.snapshots[snapshot] is not None]
                snapshot = chain[position % len(chain)]
                table.manage_snapshots().create_tag(snapshot, ref).commit()
                model.refs[ref] = snapshot

        @HAS_TABLES
        @rule(name=TABLE)
        def write_to_branch(self, name):
            model = self.models[name]
            if "main" not in model.refs:
                return
            table = self.load(name)
            if "dev" not in model.refs:
                table.manage_snapshots().create_branch(model.refs["main"], "dev").commit()
                model.refs["dev"] = model.refs["main"]
            rows, data = self.data(model, 1)
            table.append(data, branch="dev")
            self.wrote(model, table, model.rows_of("dev") + rows, "dev")

        @HAS_TABLES
        @rule(name=TABLE)
        def drop_branch(self, name):
            model = self.models[name]
            if model.refs.pop("dev", None):
                self.load(name).manage_snapshots().remove_branch("dev").commit()

        @HAS_TABLES
        @rule(name=TABLE)
        def roll_back(self, name):
            model = self.models[name]
            if len(model.chain()) < 2:
                return
            target = model.chain()[1]
            if model.snapshots[target] is None:
                return
            self.load(name).manage_snapshots().rollback_to_snapshot(target).commit()
            model.refs["main"] = target

        @HAS_TABLES
        @rule(name=TABLE, position=st.integers(0, 9))
        def expire(self, name, position):
            model = self.models[name]
            heads = set(model.refs.values())
            free = [snapshot for snapshot in model.snapshots if snapshot not in heads]
            if not free:
                return
            victim = free[position % len(free)]
            self.load(name).maintenance.expire_snapshots().by_id(victim).commit()
            del model.snapshots[victim]
            # A chain ends where a snapshot is gone.
            model.parents = {child: None if parent == victim else parent for child, parent in model.parents.items() if child != victim}

        @HAS_TABLES
        @rule(name=TABLE, new=st.sampled_from(NAMES))
        def rename(self, name, new):
            # To its own name, the reference changes nothing and says so to nobody.
            if new in self.models and new != name:
                with pytest.raises(TableAlreadyExistsError):
                    self.catalog.rename_table((*self.namespace, name), (*self.namespace, new))
                return
            self.catalog.rename_table((*self.namespace, name), (*self.namespace, new))
            self.models[new] = self.models.pop(name)

        @HAS_TABLES
        @rule(name=TABLE)
        def register_again(self, name):
            """Dropped and registered from its file, a table is what it was."""
            location = self.load(name).metadata_location
            self.catalog.drop_table((*self.namespace, name))
            with pytest.raises(NoSuchTableError):
                self.load(name)
            self.catalog.register_table((*self.namespace, name), location)

        @HAS_TABLES
        @rule(name=TABLE, purge=st.booleans())
        def drop(self, name, purge):
            del self.models[name]
            drop = self.catalog.purge_table if purge else self.catalog.drop_table
            drop((*self.namespace, name))
            with pytest.raises(NoSuchTableError):
                self.catalog.drop_table((*self.namespace, name))

        @invariant()
        def lists_agree(self):
            assert sorted(name for *_, name in self.catalog.list_tables(self.namespace)) == sorted(self.models)

        @invariant()
        def tables_agree(self):
            for name, model in self.models.items():
                table = self.load(name)
                assert [field.name for field in table.schema().fields] == model.columns
                assert {name: ref.snapshot_id for name, ref in table.refs().items()} == model.refs
                assert {snapshot.snapshot_id for snapshot in table.snapshots()} == set(model.snapshots)
                assert {key: value for key, value in table.properties.items() if key in KEYS} == model.properties
                # pyiceberg's own model of the metadata holds what came, and writes it without loss.
                assert TableMetadataUtil.parse_raw(table.metadata.model_dump_json()) == table.metadata

        @invariant()
        @HAS_TABLES
        def rows_agree(self):
            """Every ref of one table, in turn: reading all of them after each step would take most of the time."""
            names = sorted(self.models)
            name = names[self.turn % len(names)]
            model, table = self.models[name], self.load(name)
            for ref in model.refs:
                found = table.scan().use_ref(ref).to_arrow().to_pylist()
                columns = [column for column in model.columns if not found or column in found[0]] if ref != "main" else model.columns
                assert normal(found, columns) == normal(model.rows_of(ref), columns), ref

    return Machine


def test_random_operations(server, namespace):
    run_state_machine_as_test(
        lambda: machine(server.url, namespace)(),
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck), database=None,
            derandomize="MORAINE_MODEL_EXAMPLES" not in os.environ,
            # Making a failure smaller takes minutes: the steps printed are enough to repeat it.
            phases=[Phase.generate]))
