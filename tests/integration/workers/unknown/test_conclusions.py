"""What a search may conclude from what the list does not show, or shows unfinished (P14, P19)."""

from __future__ import annotations

from promptrelay.domain.platform import Method
from promptrelay.domain.states import AttemptState
from tests.integration.workers.unknown.scene import LONG_AGO_S, TERMS, Scene

A = AttemptState
AT_ONCE = dict.fromkeys(("send_window_s", "live_deadline_s", "provider_slack_s", "id_list_lag_s"), 0.0)


def test_a_witness_speaks_only_for_what_was_bound_to_be_listed_before_it_began(scene: Scene) -> None:
    """Between the bounds of two sendings it proves the absence of the earlier one alone."""
    bound_s = TERMS.send_window_s + TERMS.absent_after_s(Method.STANDARD)
    early = scene.attempt(age_s=LONG_AGO_S)
    late = scene.attempt(age_s=bound_s + 0.5)
    witness = scene.attempt(age_s=1.0, known=True)
    assert scene.post(scene.tag(witness)) is not None
    scene.sweep()  # It finds the witness, which counts for what is read after that.
    for _ in range(3):
        scene.sweep()
    assert scene.row(witness)["state"] == A.SENT
    assert (scene.row(early)["state"], scene.row(late)["state"]) == (A.ABSENT, A.UNKNOWN)
    assert scene.row(late)["searches"] == 0


def test_a_live_call_that_is_listed_as_running_is_not_lost(scene: Scene) -> None:
    """Its row will say what it costs when it is done; and its worker may still get its answer."""
    scene.change(live_latency_s=1e7, live_latency_max_s=1e7)
    attempt = scene.attempt(age_s=1, method=Method.LIVE)
    assert scene.ask(scene.tag(attempt)) is None
    scene.change(live_latency_s=1, live_latency_max_s=60)
    for _ in range(2):
        swept = scene.sweep(**AT_ONCE)
        assert (swept.searched, swept.lost, swept.trouble) == (1, 0, None)
    assert scene.row(attempt)["state"] == A.UNKNOWN
    scene.change(live_in_id_list="off")
    scene.sweep(**AT_ONCE)
    assert scene.row(attempt)["state"] == A.LOST, "it is not listed any more"
