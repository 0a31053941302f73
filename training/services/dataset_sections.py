"""The sections of a dataset's report, each made from what stands beside the dataset."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from preprocessing.progress import readable_seconds
from preprocessing.splits import FEWEST_TO_HOLD_OUT
from preprocessing.vocabulary import SPECIAL_TOKENS, UNKNOWN_ID
from training.services.charts import bar_chart_svg, line_chart_svg
from training.services.dataset_summary import read_as
from training.services.report_parts import Dropped, Picture, Row, Sample, Section, Table, Token

EXAMPLES = 5
NOT_MEASURED = "not measured"


@dataclass(frozen=True)
class Facts:
    """What stands beside a dataset: what became of the corpus, and the figures of what was kept."""

    information: dict[str, Any]
    report: dict[str, Any]


def read_section(facts: Facts) -> Section:
    information = facts.information
    counts = information.get("counts", {})
    kept, exchanges = counts.get("kept"), counts.get("exchanges")
    sentences = [f"{kept:,} of {exchanges:,} exchanges were kept, {share(kept, exchanges)}."] if kept else []
    formats = information.get("formats")
    sentences += [f"Read as {read_as(formats)}."] if formats else []
    tables = [
        counted("Counts along the way", ("Step", "Number"), named(counts)),
        counted(
            "Private things that were hidden", ("Kind", "Number"), named(information.get("replaced", {}))
        ),
        sources_table(information.get("sources", {})),
    ]
    return Section(sentences=tuple(sentences), tables=filled(*tables))


def sources_table(sources: Mapping[str, Mapping[str, float]]) -> Table:
    rows = [
        Row((name, f"{part['weight']:g}", f"{part['exchanges']:,}", f"{part['training']:,}"))
        for name, part in sources.items()
    ]
    return Table("Corpora", ("Corpus", "Weight", "Exchanges", "In training"), tuple(rows))


def dropped_section(facts: Facts) -> Section:
    dropped, examples = facts.information.get("dropped", {}), facts.information.get("examples", {})
    if not dropped:
        return Section(sentences=("Nothing was dropped.",))
    most_first = sorted(dropped.items(), key=lambda item: -item[1])
    without = "While a corpus is read, what is dropped is counted without examples."
    return Section(
        sentences=() if dropped.keys() <= examples.keys() else (without,),
        dropped=tuple(
            Dropped(in_words(reason), f"{number:,}", shown_examples(examples.get(reason, [])))
            for reason, number in most_first
        ),
    )


def shown_examples(examples: list[Mapping[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((str(shown["question"]), str(shown["answer"])) for shown in examples[:EXAMPLES])


def splits_section(facts: Facts) -> Section:
    splits, coverage = facts.information.get("splits", {}), facts.report.get("coverage", {})
    total = sum(splits.values())
    rows = [
        Row(
            (name, f"{number:,}", share(number, total), percent(coverage.get(name))),
            (number / total if total else 0.0,),
        )
        for name, number in splits.items()
    ]
    duplicates = facts.report.get("duplicates_between_splits", NOT_MEASURED)
    sentences = [f"Duplicates between splits, which must be 0: {duplicates}."]
    sentences += [
        f"{number:,} exchanges joined {name}, which nearly has them, instead of being held out from it."
        for name, number in facts.information.get("moved", {}).items()
    ]
    if facts.information.get("near_duplicates_compared") is False and splits.get("test"):
        sentences.append("Near duplicates were not looked for between the splits; equal ones were dropped.")
    if 0 < total < FEWEST_TO_HOLD_OUT and splits.get("train") == total:
        sentences.append(
            f"Nothing is held out, as in every dataset of fewer than {FEWEST_TO_HOLD_OUT} exchanges."
        )
    table = Table(
        "What trains, what is held out",
        ("Split", "Exchanges", "Share", "Tokens in the vocabulary"),
        tuple(rows),
    )
    return Section(sentences=tuple(sentences), tables=filled(table))


def languages_section(facts: Facts) -> Section:
    shares = facts.information.get("languages", {})
    rows = [Row((name, percent(part)), (part,)) for name, part in shares.items()]
    return Section(tables=filled(Table("Languages of the questions", ("Language", "Share"), tuple(rows))))


def lengths_section(facts: Facts) -> Section:
    lengths = facts.report.get("lengths")
    cut, kept = facts.information.get("cut", {}), facts.information.get("exchanges", 0)
    sentences = [
        f"{number:,} {side}s were longer than the dataset takes, and were cut: {share(number, kept)}."
        for side, number in cut.items()
    ]
    if not lengths:
        return Section(sentences=tuple(sentences))
    labels = [part["tokens"] for part in lengths["question"]]
    questions, answers = ([part["texts"] for part in lengths[side]] for side in ("question", "answer"))
    shares = zip(bars(questions), bars(answers), strict=True)
    rows = [
        Row((label, f"{asked:,}", f"{answered:,}"), both)
        for label, asked, answered, both in zip(labels, questions, answers, shares, strict=True)
    ]
    table = Table("Texts by their number of tokens", ("Tokens", "Questions", "Answers"), tuple(rows))
    picture = lengths_picture(labels, {"questions": questions, "answers": answers})
    return Section(sentences=tuple(sentences), pictures=(picture,), tables=filled(table))


def lengths_picture(labels: list[str], numbers: dict[str, list[int]]) -> Picture:
    told = "; ".join(
        f"most {side} ({max(column):,}) have {labels[column.index(max(column))]} tokens"
        for side, column in numbers.items()
    )
    words = f"How long texts are: {told}."
    shown = [label.replace("-", "–") for label in labels]
    return Picture("lengths", words, bar_chart_svg(words, shown, numbers, across="tokens"))


def vocabulary_section(facts: Facts) -> Section:
    size = facts.information.get("vocabulary_size")
    growth, sizes = facts.report.get("vocabulary_growth", []), facts.report.get("coverage_by_size", [])
    growth_rows = [(f"{point['tokens']:,}", point["words"]) for point in growth]
    size_rows = [Row((f"{point['words']:,}", percent(point["share"])), (point["share"],)) for point in sizes]
    return Section(
        sentences=(f"The vocabulary has {size:,} entries.",) if size is not None else (),
        pictures=tuple(
            draw(points) for draw, points in ((growth_picture, growth), (sizes_picture, sizes)) if points
        ),
        tables=filled(
            counted("How the vocabulary grows", ("Tokens read", "Different words"), growth_rows),
            Table("What the most frequent words cover", ("Words", "Share of tokens"), tuple(size_rows)),
        ),
    )


def growth_picture(growth: list[dict[str, int]]) -> Picture:
    last = growth[-1]
    words = f"How the vocabulary grows: to {last['words']:,} different words in {last['tokens']:,} tokens."
    points = [(0.0, 0.0), *((point["tokens"], point["words"]) for point in growth)]
    svg = line_chart_svg(words, {"different words": points}, across="tokens read", from_zero=True)
    return Picture("growth", words, svg)


def sizes_picture(sizes: list[dict[str, float]]) -> Picture:
    told = "; ".join(f"{point['words']:,} words {percent(point['share'])}" for point in sizes)
    words = f"What share of training's tokens the most frequent words cover: {told}."
    points = [(point["words"], 100 * point["share"]) for point in sizes]
    lines = {"share of tokens": points}
    svg = line_chart_svg(words, lines, across="words", unit=" %", is_logarithmic=True, from_zero=True)
    return Picture("coverage", words, svg)


def frequent_section(facts: Facts) -> Section:
    words, answers = facts.report.get("frequent_words", []), facts.report.get("frequent_answers", [])
    return Section(
        tables=filled(
            counted("Most frequent words", ("Word", "Times"), words),
            counted("Most frequent answers", ("Answer", "Times"), answers),
        )
    )


def samples_section(facts: Facts) -> Section:
    samples = facts.report.get("samples", [])
    return Section(samples=tuple(sample_of(sample) for sample in samples))


def sample_of(sample: Mapping[str, Any]) -> Sample:
    return Sample(
        place=f"{sample['row']:,} · {sample['split']} · {sample['source']} · {sample['conversation']}",
        question=str(sample["question"]),
        question_tokens=tokens_of(sample["question_tokens"]),
        answer=str(sample["answer"]),
        answer_tokens=tokens_of(sample["answer_tokens"]),
    )


def tokens_of(tokens: list[str]) -> tuple[Token, ...]:
    return tuple(Token(str(token), token == SPECIAL_TOKENS[UNKNOWN_ID]) for token in tokens)


def made_section(facts: Facts) -> Section:
    information = facts.information
    rows = [
        Row((name, write(information[key])))
        for key, name, write in (
            ("read_seconds", "Time for reading", duration),
            ("seconds", "Time for everything", duration),
            ("peak_memory_bytes", "Most memory taken", mebibytes),
        )
        if key in information
    ]
    settings = information.get("text_settings", {})
    setting_rows = [Row((in_words(name), setting_in_words(value))) for name, value in settings.items()]
    tables = (
        Table("Time and memory", ("What", "Taken"), tuple(rows)),
        Table("Text settings", ("Setting", "Value"), tuple(setting_rows), are_numbers=False),
    )
    return Section(tables=filled(*tables))


# In the order in which people look for them.
SECTIONS: dict[str, Callable[[Facts], Section]] = {
    "What was read": read_section,
    "What was dropped": dropped_section,
    "Splits": splits_section,
    "Languages": languages_section,
    "Lengths": lengths_section,
    "Vocabulary": vocabulary_section,
    "Frequent words and answers": frequent_section,
    "Exchanges drawn by chance": samples_section,
    "How it was made": made_section,
}


def filled(*tables: Table) -> tuple[Table, ...]:
    return tuple(table for table in tables if table.rows)


def counted(caption: str, columns: tuple[str, str], counts: Iterable[tuple[str, int]]) -> Table:
    """Return a table of texts and numbers, with a bar for each."""
    pairs = list(counts)
    shares = bars([number for _, number in pairs])
    rows = [Row((text, f"{number:,}"), (part,)) for (text, number), part in zip(pairs, shares, strict=True)]
    return Table(caption, columns, tuple(rows))


def bars(numbers: Sequence[float]) -> list[float]:
    most = max(numbers, default=0) or 1
    return [number / most for number in numbers]


def named(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return [(in_words(name), number) for name, number in counts.items()]


def in_words(name: str) -> str:
    return name.replace("_", " ").capitalize()


def setting_in_words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def percent(part: float | None) -> str:
    return NOT_MEASURED if part is None else f"{100 * part:.1f} %"


def share(number: float, total: float) -> str:
    return percent(number / total if total else None)


def duration(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else readable_seconds(seconds)


def mebibytes(number_bytes: float) -> str:
    return f"{number_bytes / 2**20:,.0f} MiB"
