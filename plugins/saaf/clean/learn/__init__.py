"""Learned lines: what recurs over distinct articles of a site, proposed as a pack that a person approves."""

from saaf.clean.learn.adoption import Adopted, adopt
from saaf.clean.learn.config import LearnConfig
from saaf.clean.learn.learner import Proposal, learn
from saaf.clean.learn.pack import Written, write_pack

__all__ = ["Adopted", "LearnConfig", "Proposal", "Written", "adopt", "learn", "write_pack"]
