from __future__ import annotations

import random

import pytest

from exports import delivery
from tidemark_load.chain import Loaded, plan
from tidemark_load.errors import LoadError
from tidemark_load.manifest import Delivery


def loaded(*deliveries: Delivery) -> dict[int, Loaded]:
    return {each.sequence: Loaded(each.sequence, each.revision, each.hash, each.published_at, ("code",)) for each in deliveries}


def steps(deliveries: list[Delivery], have: dict[int, Loaded]) -> list[tuple[int, str]]:
    return [(step.delivery.sequence, step.action) for step in plan(deliveries, have).steps]


full, second, third = delivery(1, None, full=True), delivery(2, 1), delivery(3, 2)


def test_the_files_after_a_full_load_are_merged_in_order() -> None:
    assert steps([third, full, second], {}) == [(1, "replace"), (2, "merge"), (3, "merge")]
    assert steps([third, full, second], loaded(full, second)) == [(3, "merge")]
    assert steps([third, full, second], loaded(full, second, third)) == []


def test_a_file_whose_predecessor_is_missing_is_a_gap_that_names_what_to_do() -> None:
    planned = plan([full, third], {})
    assert [step.delivery.sequence for step in planned.steps] == [1]
    assert planned.gap is not None and planned.gap.error().code == "GAP"
    assert "file 3 of 2026-11-04 follows file 2" in str(planned.gap.error()) and "requestFullLoad" in str(planned.gap.error())


def test_a_gap_before_a_full_load_does_not_matter() -> None:
    again, after = delivery(5, None, full=True), delivery(6, 5)
    planned = plan([third, again, after], loaded(full))
    assert [(step.delivery.sequence, step.action) for step in planned.steps] == [(5, "replace"), (6, "merge")]
    assert planned.gap is None


def test_only_the_last_full_load_is_loaded() -> None:
    assert steps([full, second, delivery(3, None, full=True)], {}) == [(3, "replace")]


def test_a_second_run_on_a_day_follows_the_same_file_as_the_first() -> None:
    assert steps([full, delivery(3, 1), delivery(4, 3)], loaded(full, second)) == [(3, "merge"), (4, "merge")]


def test_a_redelivery_is_merged_if_nothing_later_is_loaded() -> None:
    again = delivery(2, 1, revision=2, published=10, redelivered=True)
    assert steps([full, again, third], loaded(full, second)) == [(2, "merge"), (3, "merge")]


def test_a_redelivery_that_is_older_than_a_loaded_file_is_only_noted() -> None:
    again = delivery(2, 1, revision=2, published=3, redelivered=True)
    late = delivery(4, 3, published=4)
    assert steps([full, again, third, late], loaded(full, second, third, late)) == [(2, "note")]


def test_a_redelivered_full_load_that_was_never_loaded_replaces_the_table() -> None:
    again = delivery(4, None, revision=2, published=10, redelivered=True, full=True)
    assert steps([again, delivery(5, 4)], loaded(full)) == [(4, "replace"), (5, "merge")]


def test_a_redelivered_full_load_that_was_loaded_is_merged() -> None:
    again = delivery(1, None, revision=2, published=10, redelivered=True, full=True)
    assert steps([again, second], loaded(full, second)) == [(1, "merge")]


def test_files_of_before_the_full_load_of_the_table_are_left_alone() -> None:
    again = delivery(4, None, full=True)
    assert steps([delivery(1, None, revision=2, published=99, redelivered=True, full=True), again], loaded(again)) == []


def test_a_server_with_another_history_is_refused() -> None:
    with pytest.raises(LoadError, match="--from-scratch") as refused:
        plan([delivery(1, None, full=True, hash_="1")], loaded(full))
    assert refused.value.code == "CHAIN_REPLACED"


class Source:
    """A source and its deliveries: each change, run, second run and redelivery is at a time of its own."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.now = 0
        self.rows: dict[int, tuple[int, bool]] = {}
        self.days: list[tuple[Delivery, dict[int, tuple[int, bool]], int]] = []
        self.sequence = 0

    def change(self) -> None:
        for _ in range(self.chance.randint(0, 4)):
            self.now += 1
            self.rows[self.chance.randint(0, 9)] = (self.now, self.chance.random() < 0.3)

    def run(self, is_second: bool) -> None:
        self.now += 1
        self.sequence += 1
        _, _, begin = self.days.pop() if is_second and self.days else (None, None, self.days[-1][0].rows if self.days else -1)
        is_full = begin < 0 or (not is_second and self.chance.random() < 0.1)
        previous = None if is_full else self.days[-1][0].sequence
        begin = -1 if is_full else begin
        self._add(len(self.days), begin, self.now, self.sequence, previous, 1, False)

    def redeliver(self) -> None:
        if not self.days:
            return
        self.now += 1
        place = self.chance.randrange(len(self.days))
        old, _, begin = self.days[place]
        self._add(place, begin, old.rows, old.sequence, old.previous, old.revision + 1, True)

    def _add(self, place: int, begin: int, end: int, sequence: int, previous: int | None, revision: int, redelivered: bool) -> None:
        """The end of the window stands in `rows` of the delivery."""
        content = {key: value for key, value in self.rows.items() if begin <= value[0] < end}
        made = delivery(sequence, previous, revision=revision, published=self.now, redelivered=redelivered, full=previous is None)
        made = Delivery(**{**made.__dict__, "rows": end})
        self.days[place : place + 1] = [(made, content, begin)]


class Copy:
    def __init__(self) -> None:
        self.rows: dict[int, int] = {}
        self.loaded: dict[int, Loaded] = {}

    def load(self, seen: list[Delivery], source: Source) -> None:
        planned = plan(seen, self.loaded)
        for step in planned.steps:
            content = next((content for each, content, _ in source.days if each == step.delivery), None)
            if content is None:
                return  # The file has been replaced since its manifest was read.
            if step.action == "replace":
                self.rows, self.loaded = {}, {}
            for key, (value, deleted) in content.items() if step.action != "note" else ():
                self.rows.pop(key, None)
                if not deleted:
                    self.rows[key] = value
            self.loaded.update(loaded(step.delivery))


def test_random_histories_end_with_the_rows_of_the_source() -> None:
    merged = noted = 0
    for seed in range(3000):
        chance = random.Random(seed)
        source, copy = Source(chance), Copy()
        for _ in range(chance.randint(3, 25)):
            act(source)
            if chance.random() < 0.5:
                # The manifests are read one after the other, while the source and the server change.
                seen = []
                for place in range(len(source.days)):
                    if chance.random() < 0.3:
                        act(source)
                    if place < len(source.days):
                        seen.append(source.days[place][0])
                actions = [step.action for step in plan(seen, copy.loaded).steps if step.delivery.redelivered]
                merged, noted = merged + actions.count("merge"), noted + actions.count("note")
                copy.load(seen, source)
        source.run(False)
        copy.load([each for each, _, _ in source.days], source)
        assert copy.rows == {key: value for key, (value, deleted) in source.rows.items() if not deleted}, f"seed {seed}"
    assert merged > 100 and noted > 10


def act(source: Source) -> None:
    kind = source.chance.random()
    source.change()
    if kind < 0.5:
        source.run(False)
    elif kind < 0.7:
        source.run(True)
    elif kind < 0.85:
        source.redeliver()
