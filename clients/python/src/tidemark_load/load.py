"""One run of the loader: find the days, decide for each entity, fetch, verify, load."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable, Sequence

from .chain import Plan, Step, plan
from .content import Content, content_of
from .discover import MANIFEST, Day, Days, discover, find_root
from .errors import FilesChanged, LoadError
from .manifest import Delivery
from .report import Reporter
from .signature import Keys, SignatureMismatch, mismatch, read_keys, verify
from .sources import Source, open_source
from .stores import Store, open_store
from .work import Work, default_folder

# How often a run reads the manifests again because files changed while it fetched them.
ATTEMPTS = 6
# Errors of one entity. The others are loaded all the same.
OF_ONE_ENTITY = ("GAP", "CHAIN_REPLACED", "KEY_MISSING", "CONTENT_INVALID", "DECRYPTION_FAILED")


@dataclass(frozen=True)
class Options:
    place: str
    target: str
    key: str | None = None
    host_keys: Sequence[str] = ()
    tenant: str | None = None
    entities: Sequence[str] = ()
    schema: str | None = None
    deletes: str = "delete"
    keys: str | None = None
    require_signature: bool = False
    from_scratch: bool = False
    work: str | None = None


@dataclass
class Summary:
    files: int = 0
    rows: int = 0
    exit_code: int = 0
    failures: int = 0


def load(options: Options, reporter: Reporter) -> Summary:
    """Loads everything that is new. Raises LoadError where nothing can be loaded at all."""
    work = Work(Path(options.work) if options.work else default_folder(options.place, options.target))
    try:
        keys = read_keys(options.keys) if options.keys else None
        source = open_source(options.place, options.key, options.host_keys)
        try:
            store = open_store(options.target, options.schema, options.deletes, work.folder)
            try:
                return _Run(options, reporter, work, source, store, keys).run()
            finally:
                store.close()
        finally:
            source.close()
    finally:
        work.close()


class _Run:
    def __init__(self, options: Options, reporter: Reporter, work: Work, source: Source, store: Store, keys: Keys | None) -> None:
        self._options = options
        self._reporter = reporter
        self._work = work
        self._source = source
        self._store = store
        self._keys = keys
        self._root = find_root(source, options.tenant)
        self._summary = Summary()
        self._failed: set[str] = set()
        self._verified: set[str] = set()
        # Entities that have been loaded from scratch in this run.
        self._fresh: set[str] = set()
        self._tenant: str | None = None

    def run(self) -> Summary:
        for attempt in range(1, ATTEMPTS + 1):
            days = discover(self._source, self._root, self._work)
            try:
                if attempt == 1:
                    self._reporter.event("discovered", by=days.by, days=len(days.days), withdrawn=len(days.withdrawn))
                for entity in self._entities(days):
                    self._load_entity(entity, days)
                break
            except FilesChanged as change:
                self._forget(days, change)
                if attempt == ATTEMPTS:
                    raise LoadError(
                        "FILES_CHANGING",
                        f"{change.path} does not match its manifest after {ATTEMPTS} attempts: {change.reason}. If a run is replacing files, "
                        "run tidemark-load again later. Otherwise have the period redelivered.",
                    ) from change
                self._reporter.event("retrying", path=change.path, reason=change.reason)
                time.sleep(min(0.2 * 2**attempt, 5))
        self._work.remove_files()
        summary = self._summary
        self._reporter.event("done", files=summary.files, rows=summary.rows, failures=summary.failures, exitCode=summary.exit_code)
        return summary

    def _entities(self, days: Days) -> list[str]:
        self._check_tenant(days)
        known = days.entities()
        if not self._options.entities:
            return known
        for name in self._options.entities:
            if name not in known and name not in self._failed and not days.withdrawn:
                self._fail(name, LoadError("OPTION_INVALID", f"No manifest names the entity {name} of --entities. There are: {', '.join(known) or 'none'}."))
        return [name for name in known if name in self._options.entities]

    def _check_tenant(self, days: Days) -> None:
        tenants = {day.manifest.tenant for day in days.days.values()}
        stored = set(self._store.tenants())
        if len(tenants | stored) > 1:
            raise LoadError(
                "OTHER_TENANT",
                f"The target has files of the tenant {', '.join(sorted(stored)) or '-'}, and --from those of {', '.join(sorted(tenants))}. Give each "
                "tenant a database, a schema or a folder of its own.",
            )
        self._tenant = next(iter(tenants), None)

    def _load_entity(self, entity: str, days: Days) -> None:
        if entity in self._failed:
            return
        try:
            self._take_steps(entity, days)
        except LoadError as error:
            if error.code not in OF_ONE_ENTITY:
                raise
            self._fail(entity, error)
        finally:
            self._store.finish(entity)

    def _take_steps(self, entity: str, days: Days) -> None:
        basis = self._store.loaded(entity)
        is_fresh = self._options.from_scratch and entity not in self._fresh
        planned = plan(days.deliveries(entity), {} if is_fresh else basis)
        for step in planned.steps:
            contents = self._contents(step, days) if step.action != "note" else []
            self._store.apply(step, contents, self._tenant or "", basis)
            basis = self._store.loaded(entity)
            self._fresh.add(entity)
            self._loaded(step)
            self._work.remove(step.delivery.files)
        if planned.gap:
            self._report_gap(planned, days)

    def _loaded(self, step: Step) -> None:
        delivery = step.delivery
        values = {"entity": delivery.entity, "sequence": delivery.sequence, "revision": delivery.revision, "day": delivery.day}
        if step.action == "note":
            self._reporter.event("noted", **values)
            return
        self._summary.files += 1
        self._summary.rows += delivery.rows
        action = "replaced" if step.action == "replace" else "merged"
        self._reporter.event("loaded", action=action, mode=delivery.mode, rows=delivery.rows, redelivered=delivery.redelivered, **values)

    def _report_gap(self, planned: Plan, days: Days) -> None:
        assert planned.gap is not None
        earlier = [day for day in days.withdrawn if day <= planned.gap.delivery.day]
        if not earlier:
            raise planned.gap.error()
        # The missing file can be of such a day.
        for day in earlier:
            self._reporter.event("waiting", day=day, entity=planned.gap.delivery.entity)

    def _contents(self, step: Step, days: Days) -> list[Content]:
        delivery = step.delivery
        self._verify(days.day_of(delivery))
        contents = []
        for file in delivery.files:
            begin = self._announce(delivery, file.path, file.bytes)
            contents.append(content_of(file, self._work.fetch(self._source, self._root, file, begin)))
        return contents

    def _announce(self, delivery: Delivery, path: str, size: int) -> Callable[[], None]:
        return lambda: self._reporter.event("fetching", entity=delivery.entity, path=path, bytes=size)

    def _verify(self, day: Day) -> None:
        """The signature of the manifest, before anything of the day is loaded."""
        if self._keys is None or day.sha256 in self._verified:
            return
        path = "/".join(part for part in (self._root, day.folder, MANIFEST) if part)
        try:
            verify(self._source.read(f"{path}.jws"), day.content, self._keys, path)
        except FileNotFoundError:
            if self._options.require_signature:
                raise LoadError("SIGNATURE_MISSING", f"There is no signature {path}.jws. Nothing of the day was loaded. Leave --require-signature out to "
                                "load what was delivered before the operator signed manifests.") from None
            return
        except SignatureMismatch as error:
            if self._signed_elsewhere(path, day):
                raise FilesChanged(path, "a later revision is being written") from error
            raise mismatch(path) from error
        self._verified.add(day.sha256)

    def _signed_elsewhere(self, path: str, day: Day) -> bool:
        """Whether the signature is that of another revision: the manifest is withdrawn or replaced a moment later."""
        for attempt in range(1, ATTEMPTS):
            try:
                if self._source.read(path) != day.content:
                    return True
            except FileNotFoundError:
                return True
            time.sleep(min(0.1 * 2**attempt, 2))
        return False

    def _forget(self, days: Days, change: FilesChanged) -> None:
        for day in days.days.values():
            if f"{day.folder}/" in change.path:
                self._work.forget_manifest(day.sha256)

    def _fail(self, entity: str, error: LoadError) -> None:
        self._failed.add(entity)
        self._summary.failures += 1
        self._summary.exit_code = self._summary.exit_code or error.exit_code
        self._reporter.failed(error, entity)
