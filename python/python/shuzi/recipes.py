"""Recipes, as `shuzi train` has them: how a network is trained, as data."""

from __future__ import annotations

import copy
import json
from typing import Any

from shuzi import _shuzi

Recipe = dict[str, Any]
"""The form of a recipe is that of `recipe` in a run's `run.json`."""


def load(name: str) -> Recipe:
    """The recipe of that name (`best`, `fast`, `paper`…), or the one in a JSON file.

    Raises:
        ReadError: if there is neither.
    """
    recipe: Recipe = json.loads(_shuzi.recipe_json(name))
    return recipe


def settled(recipe: Recipe, steps: int) -> Recipe:
    """The recipe for a run of so many steps: its rate rises for a third of them at most."""
    schedule = recipe["schedule"]
    if "warm_up_steps" not in schedule:
        return recipe
    rise = min(schedule["warm_up_steps"], steps // 3)
    return {**recipe, "schedule": {**schedule, "warm_up_steps": rise}}


def learning_rate(recipe: Recipe, step: int, steps: int) -> float:
    """The learning rate of step `step`, from 0, of `steps`."""
    return _shuzi.learning_rate(json.dumps(recipe), step, steps)


def with_dropout(config: dict[str, Any], rate: float | None) -> dict[str, Any]:
    """A network's `config.json` with this rate in every dropout layer, if one is asked for."""
    if rate is None:
        return config
    changed = copy.deepcopy(config)
    _set_dropout(changed["architecture"]["layers"], rate)
    return changed


def _set_dropout(layers: list[dict[str, Any]], rate: float) -> None:
    for layer in layers:
        if layer["type"] == "dropout":
            layer["rate"] = rate
        for inner in [layer.get("body", []), *layer.get("branches", [])]:
            _set_dropout(inner, rate)
