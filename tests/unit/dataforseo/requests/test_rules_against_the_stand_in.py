"""Our rules and the stand-in's were written apart from the same pages: they judge every request alike."""

from __future__ import annotations

import random
from typing import Any

from promptrelay.dataforseo.requests.rules import RequestRules, problems, warnings
from promptrelay.dataforseo.requests.task_fields import build_task
from promptrelay.domain.model import Model
from promptrelay.domain.platform import Method, Platform
from promptrelay.simulator import catalogue
from promptrelay.simulator.errors import Invalid
from promptrelay.simulator.options import SimulatorOptions
from promptrelay.simulator.rules import validation

REQUESTS = 4_000
USER, AI = {"role": "user", "message": "a"}, {"role": "ai", "message": "b"}
# UK is left out: the stand-in takes any two capital letters.
VALUES: dict[str, list[Any]] = {
    "max_output_tokens": [0, 1, 15, 16, 1023, 1024, 1025, 4096, 4097, True, 5.5, "9"],
    "temperature": [0, 0.5, 1, 1.01, 1.9, 1.91, 2, 2.1, -1, True, "1"],
    "top_p": [0, 0.5, 1, 1.1, False],
    "web_search": [True, True, False, 1],
    "force_web_search": [True, False],
    "use_reasoning": [True, False],
    "web_search_country_iso_code": ["FR", "CZ", "fr", "FRA", 1],
    "web_search_city": ["Paris", "", 1],
    "system_message": ["x", "x" * 500, "x" * 501, 1],
    "message_chain": [[], [USER, AI], [AI, USER], [USER, AI] * 6, [{"role": "x", "message": "a"}], "a"],
}
STRICT = RequestRules(temperature_with_top_p=False)


def _taken(platform: Platform, method: Method, model: str, parameters: dict[str, Any]) -> bool:
    task = build_task(platform, method, prompt="q", model=model, tag="t", parameters=parameters)
    try:
        validation.check(platform, method, task, SimulatorOptions(temperature_with_top_p=False))
    except Invalid:
        return False
    return True


def test_what_passes_here_passes_there_and_the_other_way_round() -> None:
    chance = random.Random(7)
    verdicts: set[tuple[Platform, bool]] = set()
    for _ in range(REQUESTS):
        platform = chance.choice(list(Platform))
        method = chance.choice([Method.LIVE, Method.STANDARD]) if platform.has_standard else Method.LIVE
        name, known = chance.choice(list(catalogue.MODELS[platform].items()))
        parameters = {field: chance.choice(some) for field, some in VALUES.items() if chance.random() < 0.3}
        facts = Model(name, known.reasoning, known.web_search, known.standard)
        ours = problems(platform, method, name, parameters, facts=facts, rules=STRICT)
        # The stand-in believes its list; we warn of what a list denies, because lists lag behind.
        said = warnings(platform, method, name, parameters, facts=facts, rules=STRICT)
        ours += [text for text in said if "the list of models says" in text]
        taken = _taken(platform, method, name, parameters)
        assert (ours == []) == taken, (platform, method, name, parameters, ours)
        verdicts.add((platform, taken))
    assert len(verdicts) == 2 * len(Platform)
