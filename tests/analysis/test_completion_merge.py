"""One list out of two: no candidate twice, the best first."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from cellbridge.analysis.completion_merge import LIMIT, align, limit_candidates, merge, word_start
from cellbridge.core.code_info import Candidate, Source


def live(text: str, start: int, end: int, kind: str = "", detail: str = "") -> Candidate:
    return Candidate(text, start, end, kind, detail, Source.LIVE)


def static(text: str, start: int, end: int, kind: str = "", detail: str = "") -> Candidate:
    return Candidate(text, start, end, kind, detail, Source.STATIC)


def check_merge(
    line: str, from_kernel: Sequence[Candidate], from_text: Sequence[Candidate], expect: list[str]
) -> None:
    merged = merge(from_kernel, from_text, line, len(line))
    assert [f"{item.text} {item.source}@{item.start}" for item in merged] == expect


def test_the_same_candidate_from_both_is_one_and_it_is_live() -> None:
    check_merge("np.me", [live("mean", 3, 5)], [static("mean", 3, 5)], ["mean live@3"])


def test_what_only_the_text_knows_is_added_to_the_live_candidate() -> None:
    [merged] = merge([live("mean", 3, 5)], [static("mean", 3, 5, "function", "(a)")], "np.me", 5)
    assert merged == live("mean", 3, 5, "function", "(a)")


def test_a_kernel_that_repeats_what_stands_before_the_dot() -> None:
    check_merge("np.me", [live("np.mean", 0, 5)], [static("mean", 3, 5)], ["mean live@3"])


def test_a_kernel_that_repeats_the_dot() -> None:
    check_merge("np.", [live(".mean", 2, 3)], [static("mean", 3, 3)], ["mean live@3"])


def test_live_names_come_before_those_of_the_text() -> None:
    check_merge(
        "df.",
        [live("zeta", 3, 3)],
        [static("alpha", 3, 3), static("zeta", 3, 3)],
        ["zeta live@3", "alpha static@3"],
    )


def test_private_names_come_last_even_live_ones() -> None:
    check_merge(
        "df.",
        [live("__len__", 3, 3), live("_data", 3, 3)],
        [static("alpha", 3, 3)],
        ["alpha static@3", "_data live@3", "__len__ live@3"],
    )


def test_private_names_are_not_last_for_one_who_types_an_underscore() -> None:
    check_merge(
        "df._",
        [live("__len__", 3, 4)],
        [static("_z", 3, 4)],
        ["__len__ live@3", "_z static@3"],
    )


def test_the_typed_case_comes_first() -> None:
    check_merge(
        "Da",
        [live("data", 0, 2), live("Data", 0, 2)],
        [static("DataFrame", 0, 2)],
        ["Data live@0", "DataFrame static@0", "data live@0"],
    )


def test_the_parameters_of_the_call_come_first() -> None:
    check_merge(
        "f(a",
        [live("abs", 2, 3), live("all", 2, 3)],
        [static("amount=", 2, 3, "param")],
        ["amount= static@2", "abs live@2", "all live@2"],
    )


def test_columns_keep_the_order_of_their_frame() -> None:
    columns = [
        Candidate(name, 3, 3, "field", source=Source.LIVE, place=at)
        for at, name in enumerate(["zeta", "_own", "alpha"], 1)
    ]
    check_merge(
        "df.",
        [live("agg", 3, 3), *columns],
        [static("alpha", 3, 3), static("abs", 3, 3)],
        ["zeta live@3", "alpha live@3", "agg live@3", "abs static@3", "_own live@3"],
    )


def test_a_magic_keeps_its_percent_sign() -> None:
    check_merge("%ti", [live("%time", 0, 3)], [], ["%time live@0"])


def test_a_key_with_its_quotes_is_the_key() -> None:
    check_merge('d["al', [live("alpha", 3, 5)], [static('"alpha"', 2, 5)], ["alpha live@3"])
    check_merge("d[", [], [static('"alpha"', 2, 2)], ['"alpha" static@2'])


def test_a_file_is_one_with_and_without_the_quote_behind_it() -> None:
    named = [live("data.csv", 6, 8, "path")], [static('data.csv"', 6, 8, "path")]
    check_merge('open("da', *named, ["data.csv live@6"])


def test_a_list_has_a_bound() -> None:
    many = [live(f"name{number}", 0, 0) for number in range(LIMIT + 1)]
    assert limit_candidates(many) == (many[:LIMIT], True)
    assert limit_candidates(many[:LIMIT]) == (many[:LIMIT], False)


names = st.text(alphabet="aAb_.ß%ü0", min_size=1, max_size=6)
lines = st.text(alphabet="aAb_.ß%ü0 (", max_size=8)


@st.composite
def questions(draw: st.DrawFn) -> tuple[str, int, list[Candidate], list[Candidate]]:
    line = draw(lines)
    column = draw(st.integers(0, len(line)))
    lists: list[list[Candidate]] = []
    for source in (Source.LIVE, Source.STATIC):
        candidate = st.builds(
            Candidate,
            text=names,
            start=st.integers(0, column),
            end=st.just(column),
            kind=st.sampled_from(["", "function", "param"]),
            detail=st.sampled_from(["", "int"]),
            source=st.just(source),
            place=st.integers(0, 3),
        )
        lists.append(draw(st.lists(candidate, max_size=12)))
    return line, column, lists[0], lists[1]


def applied(item: Candidate, line: str) -> str:
    """Return the line after the user accepts the candidate."""
    return line[: item.start] + item.text + line[item.end :]


@given(questions())
def test_nothing_is_lost_and_nothing_is_there_twice(
    question: tuple[str, int, list[Candidate], list[Candidate]],
) -> None:
    line, column, from_kernel, from_text = question
    merged = merge(from_kernel, from_text, line, column)
    keys = [(item.text, item.start, item.end) for item in merged]
    assert len(keys) == len(set(keys))
    aligned_lines = {
        applied(align(item, line, column, word_start(line, column)), line)
        for item in (*from_kernel, *from_text)
    }
    assert {applied(item, line) for item in merged} == aligned_lines
    live_keys = {
        (item.text, item.start, item.end)
        for item in (
            align(candidate, line, column, word_start(line, column)) for candidate in from_kernel
        )
    }
    for item in merged:
        is_live = (item.text, item.start, item.end) in live_keys
        assert (item.source is Source.LIVE) == is_live


@given(questions())
def test_the_order_does_not_depend_on_the_order_of_arrival(
    question: tuple[str, int, list[Candidate], list[Candidate]],
) -> None:
    line, column, *lists = question
    # Of two equal candidates the first decides on the kind, so kinds are made equal here.
    from_kernel, from_text = ([static_kind(item) for item in items] for items in lists)
    forward = merge(from_kernel, from_text, line, column)
    backward = merge(from_kernel[::-1], from_text[::-1], line, column)
    assert forward == backward


def static_kind(item: Candidate) -> Candidate:
    return Candidate(item.text, item.start, item.end, "function", "", item.source)


@given(questions())
def test_merging_again_changes_nothing(
    question: tuple[str, int, list[Candidate], list[Candidate]],
) -> None:
    line, column, from_kernel, from_text = question
    merged = merge(from_kernel, from_text, line, column)
    assert merge(merged, [], line, column) == merged


@given(questions())
def test_aligning_does_not_change_what_a_person_gets(
    question: tuple[str, int, list[Candidate], list[Candidate]],
) -> None:
    line, column, from_kernel, from_text = question
    for item in (*from_kernel, *from_text):
        assert applied(align(item, line, column, word_start(line, column)), line) == applied(
            item, line
        )


@given(lines, st.integers(0, 8))
def test_a_word_starts_within_the_line(line: str, column: int) -> None:
    start = word_start(line, min(column, len(line)))
    assert 0 <= start <= min(column, len(line))
    assert "." not in line[start : min(column, len(line))]
