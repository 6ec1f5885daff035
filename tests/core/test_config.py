"""Settings as editors send them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellbridge.core.config import CompletionConfig, Config, HintsConfig, KernelConfig

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def check_config(obj: object, expect: Config, *problems: str) -> None:
    config, found = Config.from_json(obj)
    assert config == expect
    assert found == list(problems)


@pytest.mark.parametrize("obj", [None, {}, {"hints": {}}, {"hints": None}, {"cellbridge": None}])
def test_nothing_said_means_the_defaults(obj: object) -> None:
    check_config(obj, Config())


def test_values_are_taken() -> None:
    check_config(
        {"kernel": {"name": "ir"}, "completion": {"static": False}, "hints": {"maxLength": 40}},
        Config(
            kernel=KernelConfig("ir"),
            completion=CompletionConfig(static=False),
            hints=HintsConfig(max_length=40),
        ),
    )


def test_settings_under_our_name_leave_those_of_others_alone() -> None:
    check_config(
        {"cellbridge": {"hints": {"enabled": False}}, "python": {"hints": 7}},
        Config(hints=HintsConfig(enabled=False)),
    )


def test_null_is_the_default_and_a_whole_float_is_an_integer() -> None:
    check_config(
        {"hints": {"enabled": None, "maxLength": 30.0}}, Config(hints=HintsConfig(max_length=30))
    )


def test_wrong_values_are_named_and_cost_only_themselves() -> None:
    check_config(
        {
            "hints": {"enabled": "yes", "maxLength": 12},
            "kernel": [1],
            "session": {"idleTimeout": -1},
        },
        Config(hints=HintsConfig(max_length=12)),
        "The setting cellbridge.kernel must be an object with any of name, directory, env, "
        "envFile, startup, prewarm, allowUnencrypted, memoryLimit, timeLimit, not [1]; "
        "its defaults are used.",
        'The setting cellbridge.hints.enabled must be true or false, not "yes"; '
        "its default is used.",
        "The setting cellbridge.session.idleTimeout must be a number from 0 to 8760, not -1; "
        "its default is used.",
    )


def test_unknown_names_are_named() -> None:
    check_config(
        {"hint": {}, "lenses": {"color": "red"}},
        Config(),
        "There is no setting cellbridge.hint; cellbridge has kernel, hints, lenses, outputs, "
        "diagnostics, completion, static, pairs, session.",
        "There is no setting cellbridge.lenses.color; cellbridge.lenses has enabled.",
    )


def test_long_values_are_cut_in_sentences() -> None:
    _, (problem,) = Config.from_json({"kernel": {"name": ["x" * 500]}})
    assert len(problem) < 150


@given(JSON | st.dictionaries(st.sampled_from(["hints", "kernel", "session"]), JSON))
def test_nothing_a_person_writes_raises(obj: object) -> None:
    config, problems = Config.from_json(obj)
    assert isinstance(config, Config)
    assert all(problem.endswith(".") for problem in problems)
    json.dumps(problems)
