"""Redis remembers the numbers of paid calls, and vouches for nothing that it may have lost (P30)."""

from __future__ import annotations

import pytest
import redis

from promptrelay.dataforseo.errors import AllowanceUnavailable, SendRefused
from promptrelay.dataforseo.limits.post_numbers import NumbersUnavailable, NumberUsed, PostNumbers

KEY = "promptrelay:a:posts:d"
KEPT = 5000


def numbers(client: redis.Redis, *, others: int = 0) -> PostNumbers:
    """Of one account; `others` is what its second memory says."""
    return PostNumbers(client, account="a", deployment="d", remembered=lambda: others)


@pytest.fixture
def known(redis_client: redis.Redis) -> PostNumbers:
    """In a Redis that has been told that nothing was paid for yet."""
    found = numbers(redis_client)
    assert found.highest() == 0
    return found


def restart(client: redis.Redis) -> None:
    """What a restart leaves: the keys of an earlier run of Redis."""
    assert client.hset(KEY, "run", "an earlier run") == 0


def test_a_number_is_used_once(known: PostNumbers) -> None:
    known.use(1)
    known.use(2)
    for number in (1, 2):
        with pytest.raises(NumberUsed, match="up to 2 were made"):
            known.use(number)


def test_numbers_may_be_used_in_another_order_than_they_were_drawn(known: PostNumbers) -> None:
    """Chunks overtake each other; the highest stays the highest."""
    known.use(7)
    known.use(3)
    assert known.highest() == 7
    with pytest.raises(NumberUsed) as refused:
        known.use(3)
    assert refused.value.highest == 7


def test_a_number_so_far_back_that_its_use_is_forgotten_is_not_used(known: PostNumbers) -> None:
    known.use(KEPT + 10)
    with pytest.raises(SendRefused) as refused:
        known.use(10)
    assert not isinstance(refused.value, NumberUsed), "nobody can say whether it was used"
    known.use(11)


def test_a_redis_that_was_told_nothing_lets_no_number_be_used(redis_client: redis.Redis) -> None:
    with pytest.raises(SendRefused, match="restarted since"):
        numbers(redis_client).use(5)


def test_a_redis_that_was_restarted_lets_none_be_used_before_others_were_asked(
    redis_client: redis.Redis, known: PostNumbers
) -> None:
    """Its file may lack the last moments: the call with this very number may have been made in them."""
    known.use(4)
    restart(redis_client)
    with pytest.raises(SendRefused, match="restarted since"):
        known.use(5)
    assert numbers(redis_client, others=6).highest() == 6
    for number in (5, 6):
        with pytest.raises(SendRefused):
            known.use(number)
    known.use(7)


def test_others_that_remember_less_lower_nothing(redis_client: redis.Redis, known: PostNumbers) -> None:
    """The second memory is written now and then, so it may be behind what this Redis kept."""
    known.use(9)
    restart(redis_client)
    behind = numbers(redis_client, others=2)
    assert behind.highest() == 9
    with pytest.raises(SendRefused):
        behind.use(9)
    behind.use(10)


def test_others_are_asked_only_when_redis_cannot_say(redis_client: redis.Redis, known: PostNumbers) -> None:
    def nobody() -> int:
        raise NumbersUnavailable(reason="nobody is there")

    known.use(3)
    alone = PostNumbers(redis_client, account="a", deployment="d", remembered=nobody)
    assert alone.highest() == 3
    restart(redis_client)
    with pytest.raises(NumbersUnavailable):
        alone.highest()


def test_accounts_and_deployments_number_apart(redis_client: redis.Redis, known: PostNumbers) -> None:
    known.use(1)
    for account, deployment in (("b", "d"), ("a", "e")):
        other = PostNumbers(redis_client, account=account, deployment=deployment, remembered=lambda: 0)
        assert other.highest() == 0
        other.use(1)


def test_without_redis_nothing_is_numbered() -> None:
    away = numbers(redis.Redis.from_url("unix:///nowhere/redis.sock"))
    with pytest.raises(AllowanceUnavailable):
        away.use(1)
    with pytest.raises(AllowanceUnavailable):
        away.highest()
