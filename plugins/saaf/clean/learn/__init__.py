"""Learned lines: what recurs over distinct articles of a site, proposed as a pack that a person approves."""

from saaf.clean.learn.config import LearnConfig
from saaf.clean.learn.learner import Proposal, learn
from saaf.clean.learn.pack import Written, write_pack

__all__ = ["LearnConfig", "Proposal", "Written", "learn", "write_pack"]
