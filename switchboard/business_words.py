"""The words of a business, read from its folder: a table for each language."""

from __future__ import annotations

import tomllib
from pathlib import Path

from guardrails.vocabulary import Vocabulary, VocabularyInvalid, parse_vocabulary


def load_vocabulary(folder: Path) -> Vocabulary:
    """Return the words in `folder/<language>.toml`, those of every business where there is none.

    Raises VocabularyInvalid; each problem names the file.
    """
    tables, problems = {}, []
    for path in sorted(folder.glob("*.toml")):
        try:
            tables[path.stem] = tomllib.loads(path.read_text("utf-8"))
        except (OSError, ValueError) as error:
            problems.append(f"{path}: can't be read as TOML: {error}.")
    if problems:
        raise VocabularyInvalid(problems)
    try:
        return parse_vocabulary(tables)
    except VocabularyInvalid as error:
        raise VocabularyInvalid(f"{folder}, {problem}" for problem in error.problems) from None
