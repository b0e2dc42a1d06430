"""
Which files of an entity to load, and how. The files form a chain: each delta names the file that it follows.

These rules make the table equal to the source, in whatever order files, revisions and runs of the loader come:

1. The last full load that was never loaded replaces the table. What is before it is not needed.
2. A delta is merged if the file that it follows is loaded. Otherwise there is a gap, and the entity stays as it is.
3. A second run on the same day makes a new file, which follows the same file as the first one and has all of its rows.
4. A redelivery is a later revision of a loaded file. It has the rows of its window that had not changed when it was
   written. So it is merged only if no file that was published after it is loaded: such a file can have newer rows, and
   the table has the rows of the redelivery already.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Iterable, Mapping, Sequence

from .errors import LoadError
from .manifest import Delivery


@dataclass(frozen=True)
class Loaded:
    """A file that a table has: a row of the table `_tidemark_state`."""

    sequence: int
    revision: int
    hash: str
    published_at: str
    primary_key: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    delivery: Delivery
    # `replace` the content of the table, `merge` by key, or only `note` the revision.
    action: str


@dataclass(frozen=True)
class Gap:
    delivery: Delivery
    last_loaded: int | None

    def error(self) -> LoadError:
        delivery, last = self.delivery, self.last_loaded
        loaded = "No file of the entity is loaded" if last is None else f"The last file loaded is {last}"
        return LoadError(
            "GAP",
            f"{delivery.entity}: file {delivery.sequence} of {delivery.day} follows file {delivery.previous}, which was never loaded and is "
            f"not on the server. {loaded}. The table stays as it is. Request a full load (requestFullLoad), or have the period "
            f"redelivered (redeliver), and run tidemark-load again.",
        )


@dataclass(frozen=True)
class Plan:
    steps: tuple[Step, ...]
    gap: Gap | None = None


def plan(deliveries: Iterable[Delivery], loaded: Mapping[int, Loaded]) -> Plan:
    """The steps for one entity. `deliveries` are those that the manifests on the server name."""
    files = sorted(_newest(deliveries).values(), key=lambda delivery: delivery.sequence)
    for delivery in files:
        _refuse_another_chain(delivery, loaded.get(delivery.sequence))
    last = max(loaded, default=None)
    full = max((file.sequence for file in files if file.mode == "full" and file.sequence > (last or 0)), default=None)
    if full is not None:
        first = next(file for file in files if file.sequence == full)
        following = [file for file in files if file.sequence > full]
        return _chain([Step(first, "replace")], {full}, following, last)
    again = [Step(file, _revisit(file, loaded)) for file in files if _is_later_revision(file, loaded)]
    following = [file for file in files if file.sequence > (last or 0)]
    return _chain(again, set(loaded), following, last)


def _chain(steps: list[Step], have: set[int], following: Sequence[Delivery], last: int | None) -> Plan:
    for delivery in following:
        if delivery.previous not in have:
            return Plan(tuple(steps), Gap(delivery, max(have, default=last)))
        steps.append(Step(delivery, "merge"))
        have.add(delivery.sequence)
    return Plan(tuple(steps))


def _newest(deliveries: Iterable[Delivery]) -> dict[int, Delivery]:
    newest: dict[int, Delivery] = {}
    for delivery in deliveries:
        known = newest.get(delivery.sequence)
        if known is None or delivery.revision > known.revision:
            newest[delivery.sequence] = delivery
    return newest


def _is_later_revision(delivery: Delivery, loaded: Mapping[int, Loaded]) -> bool:
    known = loaded.get(delivery.sequence)
    return known is not None and delivery.revision > known.revision


def _revisit(delivery: Delivery, loaded: Mapping[int, Loaded]) -> str:
    newest = max(file.published_at for file in loaded.values())
    return "merge" if delivery.published_at > newest else "note"


def _refuse_another_chain(delivery: Delivery, known: Loaded | None) -> None:
    """The files of a server that was set up again have the numbers of the ones before."""
    if known is None or delivery.revision > known.revision:
        return
    if delivery.revision == known.revision and delivery.hash == known.hash:
        return
    raise LoadError(
        "CHAIN_REPLACED",
        f"{delivery.entity}: file {delivery.sequence} of {delivery.day} is not the one that was loaded under this number. The server has "
        f"another history of files. If this is intended, load it with --from-scratch.",
    )
