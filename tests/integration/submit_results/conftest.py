"""A real SQLite file, a real store on disk, and a hand that answers jobs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa

from producers.campaign import CampaignSpec
from promptrelay.answers.layout import segment_key
from promptrelay.answers.segment import Line, build_segment
from promptrelay.answers.reader import AnswerReader
from promptrelay.answers.store import open_store
from promptrelay.database.database import Database, sqlite_url
from promptrelay.database.recording import record
from promptrelay.database.schema import attempts, jobs, metadata
from promptrelay.domain.clock import SystemClock
from promptrelay.domain.evidence import Accepted, Answered, Evidence, Failed, Placement
from promptrelay.domain.ids import new_id
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Platform
from promptrelay.domain.postings import Terms
