"""What the learner takes for furniture, and how careful it is."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field

from saaf.clean.packs import LINE_LIMIT


class LearnConfig(BaseModel):
    """Settings of the learner. The defaults are meant to be used; the first field is the one to turn."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    min_articles: int = Field(default=3, ge=2)
    """A line is proposed only where so many distinct articles of its site repeat it, among others that recur."""
    min_articles_alone: int = Field(default=10, ge=2)
    """So many where it stands alone among lines that do not recur: follow-ups repeat their background, too."""
    min_run: int = Field(default=3, ge=1)
    """A line stands among others where so many lines that recur follow each other, in half of its articles or more."""
    long_run: int = Field(default=6, ge=2)
    """One distinct article less is enough where so many lines that recur follow each other, if they share only half as
    much with their pages as `max_related_block` allows: a long list is no accident, and no background."""
    max_related: float = Field(default=0.5, ge=0, le=1)
    """A line that shares more of its words with the articles around it is background of their story, no teaser."""
    max_related_block: float = Field(default=0.25, ge=0, le=1)
    """The same for the lines that the same pages have, by their median: one teaser may be near its page, most are not."""
    min_chars_alone: int = Field(default=30, ge=1)
    """A line with fewer letters is learned only among others and in many articles: names of authors recur, too."""
    max_chars: int = Field(default=LINE_LIMIT, ge=1, le=LINE_LIMIT)
    """A longer line or sentence is not learned."""
    max_copies: int = Field(default=100, ge=2)
    """An opening that more pages share is furniture at the top of a page, not one article copied so often."""
    max_lines: int = Field(default=1500, ge=1)
    """So many lines at most are proposed, those of most articles first: a pack has a size that people can read."""
    max_candidates: int = Field(default=200_000, ge=1)
    """So many recurring lines at most are looked at closely, those of most articles first."""
    partitions: int = Field(default=64, ge=1, le=1024)
    """Files that hashes are spread over: memory holds one of them at a time."""

    @property
    def least(self) -> int:
        """Distinct articles that the best of all evidence needs, two at least."""
        return max(2, self.min_articles - 1)
