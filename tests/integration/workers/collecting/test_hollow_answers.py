"""Answers without a result or without a charge, by each way in: nothing is given back unasked (P20, P23)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa

from promptrelay.books.receipt import receipt
from promptrelay.care.refetch import Refetch, Refetched
from promptrelay.database.attempts.ledger import balances
from promptrelay.database.schema import attempts, runs
from promptrelay.domain.money import Usd
from tests.integration.workers.site import PLATFORM, Site
from workers.collecting.poll import LookAgain, poll
from workers.collecting.ready_list import fetch_listed
from workers.paying.standard import post_chunk

HELD = Usd.of("0.01")


class Posted:
    """A run of one task that is done at once, and what our side says of it."""

    def __init__(self, site: Site, **options: Any) -> None:
        site.provider.change(standard_latency_s=0, standard_latency_max_s=0, **options)
        self.site = site
        self.run_id = site.submit(1)
        post_chunk(site.rooms, PLATFORM, site.claim(self.run_id))

    @property
    def attempt(self) -> sa.RowMapping:
        with self.site.rooms.database.read() as connection:
            return connection.execute(sa.select(attempts)).mappings().one()

    @property
    def run(self) -> sa.RowMapping:
        with self.site.rooms.database.read() as connection:
            return connection.execute(sa.select(runs)).mappings().one()

    @property
    def balances(self) -> dict[str, Usd]:
        with self.site.rooms.database.read() as connection:
            return balances(connection)

    @property
    def receipt(self) -> dict[str, Any]:
        return receipt(self.site.rooms.database, self.run_id)

    def poll(self) -> bool:
        """A look; whether it was the last."""
        try:
            poll(self.site.rooms, self.attempt["id"])
        except LookAgain:
            return False
        return True

    def refetch(self) -> Refetched:
        rooms = self.site.rooms
        return Refetch(
            database=rooms.database,
            answers=rooms.answers,
            get_task=rooms.client.get_task,
            deployment=rooms.deployment,
            terms=rooms.terms,
            max_tries=2,
        ).run(self.run_id)

    def agrees(self) -> bool:
        """Whether both sides' books say the same is gone."""
        return -self.balances["provider"] == Usd.of(self.site.provider.books()["nano_rounded"]["net"])


@pytest.fixture
def posted(site: Site) -> Callable[..., Posted]:
    return lambda **options: Posted(site, **options)


def test_a_task_that_is_done_without_a_result_is_looked_at_again(posted: Callable[..., Posted]) -> None:
    one = posted(result_null="1x")
    assert not one.poll()
    assert (one.attempt["state"], one.balances["held"]) == ("sent", HELD)
    assert one.poll()
    assert (one.attempt["state"], one.balances["held"]) == ("settled", Usd())
    assert one.agrees()


def test_listed_as_ready_it_is_not_settled_either(posted: Callable[..., Posted]) -> None:
    one = posted(result_null="1x")
    pair = (one.attempt["id"], one.attempt["provider_id"])
    fetch_listed(one.site.rooms, [pair])
    assert (one.attempt["state"], one.attempt["fetch_until"]) == ("sent", None)
    fetch_listed(one.site.rooms, [pair])
    assert one.attempt["state"] == "settled"


def test_while_the_balance_is_negative_it_is_withheld(posted: Callable[..., Posted]) -> None:
    one = posted(withheld_code=20000)
    one.site.provider.set_balance("-1")
    assert not one.poll()
    assert one.attempt["state"] == "withheld"
    one.site.provider.set_balance("100")
    assert one.poll()
    assert one.attempt["state"] == "settled"


def test_empty_stays_an_answer_without_text_that_charged_nothing(posted: Callable[..., Posted]) -> None:
    one = posted(task_empty=1)
    assert one.poll()
    assert (one.attempt["state"], one.attempt["has_unknown_charge"]) == ("settled", False)
    assert one.agrees()


def test_a_charge_that_is_not_told_stays_held_and_on_the_caps(posted: Callable[..., Posted]) -> None:
    one = posted(spent_null=1)
    assert one.poll()
    assert (one.attempt["state"], one.attempt["has_unknown_charge"]) == ("settled", True)
    assert (one.balances["held"], one.balances["llm"]) == (HELD, Usd())
    assert one.run["reserved_nanos"] == one.attempt["reserved_nanos"] > 0
    aside = Usd(one.attempt["reserved_nanos"])
    said = one.receipt
    assert said["unknown_money"] == {"attempts": 1, "held": str(aside)}
    assert Usd.of(said["money"]["unexplained"]) == aside - Usd.of("0.0102")


def test_a_copy_that_tells_it_settles_it(posted: Callable[..., Posted]) -> None:
    one = posted(spent_null="1x")
    one.poll()
    done = one.refetch()
    assert (len(done.fetched), len(done.noted), done.failed) == (1, 1, {})
    assert not one.attempt["has_unknown_charge"]
    assert (one.run["reserved_nanos"], one.run["float_nanos"]) == (0, 0)
    assert one.agrees()
    assert one.receipt["unknown_money"]["attempts"] == 0
    assert one.refetch().fine == 1


def test_a_copy_that_does_not_tell_it_either_is_named(posted: Callable[..., Posted]) -> None:
    one = posted(spent_null=1)
    one.poll()
    (why,) = one.refetch().failed.values()
    assert "charge" in why
    assert one.attempt["has_unknown_charge"]


def test_the_cost_of_the_free_call_tells_it(posted: Callable[..., Posted]) -> None:
    one = posted(spent_null=1, task_get_cost="base_plus_spent")
    one.poll()
    assert not one.attempt["has_unknown_charge"]
    assert one.agrees()


def test_a_cost_of_the_free_call_that_differs_is_counted_and_books_nothing(
    posted: Callable[..., Posted],
) -> None:
    one = posted(task_get_cost="base_plus_spent", task_get_cost_off="0.5")
    one.poll()
    assert one.receipt["cost_differences"] == {"tasks": 1, "amount": "0.5"}
    assert one.agrees()


@pytest.mark.parametrize("written", ["spent_text", "cost_text"])
def test_money_in_texts_is_booked_as_it_is_written(posted: Callable[..., Posted], written: str) -> None:
    one = posted(**{written: 1})
    one.poll()
    assert one.agrees()


def test_an_answer_in_two_results_costs_what_both_cost(posted: Callable[..., Posted]) -> None:
    one = posted(result_twice=1)
    one.poll()
    assert abs(_net(one) - Decimal(one.site.provider.books()["exact"]["net"])) <= Decimal("1e-9")


def _net(one: Posted) -> Decimal:
    return Decimal(str(-one.balances["provider"]))
