# ruff: noqa: PLR0917 - kernels take plain arrays and numbers, one by one
"""The compiled loops of the rule engine: finding the lines of a folded page, and what rules may want of each.

Compiled by numba at the first call and kept on disk where a folder can be written; ``saaf warm-up`` does so ahead of
time. All of them stand in this one file, since a compiled function kept on disk is renewed when its own file changes,
but not when a file that it calls into does. They hold no lock of the interpreter.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from saaf.clean.packs import LINE_LIMIT, RELATION_LINES
from saaf.text.compiled import int64, kernel

Points = npt.NDArray[np.uint32]
Numbers = npt.NDArray[np.int32]
Hashes = npt.NDArray[np.uint64]
Flags = npt.NDArray[np.uint8]


START, END, RAW_START, RAW_END, AFTER_BLANK = range(5)
"""Columns of a table of lines: where a line starts and ends in the folded text, white space at its ends aside; the raw
span of the whole line, its line feed aside; whether a blank line stands before it."""

EDGE, LETTER = 1, 2
"""Flags of a folded character: it does not count at the ends of a line; it is a letter."""
FLAGGED = 1 << 16
"""Code points from here on have no flags."""

_COLUMNS = 5
LINE, CUT = 2, 3
"""In a table of tails, beside where each starts and ends: the number of its line, and where it begins with what parts it
from the sentence before."""
_TAILED_CHARS, _TAIL_CHARS = 80, 160
"""Characters of a line with a tail at least, and of its tail at most."""
_SENTENCE_CHARS, _FRAME_LINES = 80, 60
"""Characters of a long sentence at least, and lines of a page's head or foot at most."""
_DATELINES, _MOST_DATELINES = 3, 10
"""Lines between a standfirst and the article, at least and at most: its date, its author, a picture."""
_FOOT_LINES = 8
"""So many lines between two sentences of a page's last lines belong to the foot, and what stands below them."""
_FULL_STOP, _ELLIPSIS = np.uint32(ord(".")), np.uint32(ord("…"))
_MARKS = tuple(map(ord, "۔.؟?!।"))
"""What a sentence may end with."""
_CLOSING = tuple(map(ord, " \"'”’)]}»›"))
_OPENING = tuple(map(ord, "‘“«‹"))
_BRACKETS = tuple(map(ord, "([{"))
_LATIN = np.uint32(0x250)
"""Code points below it that are letters are Latin."""
MAX_CHARS, FIRST, LAST, PAGE_CHARS = range(4)
"""Columns of a table of gates, a row a probe: characters of a line at most; whether it must stand among the first or the
last so many lines, 0 for no such bound; raw characters of the page at most."""

BLIND, BLIND_NO_LETTER, ANYWHERE, AT_START, AT_END = range(1, 6)
"""Nodes that a walk begins at: what needs no literal; the same where a line does not begin with a letter; literals that
stand anywhere in a line, at its start, and, backwards, at its end."""
N_ROOTS = 6

ENDS_WITH_NEXT, STARTS_WITH_NEXT, REPEATS_EARLIER, CUT_SHORT, STARTS_WITH_LATER = -1, -2, -3, -4, -5
"""What a line at the top has to do with another, in the place of a probe's number."""
_TITLE_CHARS = 16
"""Characters of a line further below that another starts with, at least: names of sections are shorter."""

_BLOCK = 16
"""Characters that are looked at together."""
_LINE_FEED, _CARRIAGE_RETURN, _SPACE = np.uint32(10), np.uint32(13), np.uint32(32)
_LIMIT, _TOP = LINE_LIMIT, RELATION_LINES
_HEAD_BITS = np.uint64(16)
_HEAD_CODE = np.uint64(0xFFFF)
_SHORTER_HEADS = (np.uint64((1 << 48) - 1), np.uint64((1 << 32) - 1), np.uint64((1 << 16) - 1))
TARGET_BITS = 24
_TARGET_SHIFT, _TARGET = np.uint64(TARGET_BITS), np.uint64((1 << TARGET_BITS) - 1)

# FNV-1a, 64 bits, over code points; the multiplier of SplitMix64's increment spreads it over a table.
_NONE = np.uint64(0)
_HASH_START = np.uint64(0xCBF29CE484222325)
_HASH_FACTOR = np.uint64(0x100000001B3)
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)

HEAD, KEY_HEAD = 4, 8
"""Characters of the head of a literal, and of a whole line, by which most places are told to hold none. Those of a
literal fit into 64 bits: a character beyond the first plane looks like one of it there, and the pattern has the last word."""
_THREE_BYTES, _FOUR_BYTES = np.uint32(0x800), np.uint32(0x10000)
"""Characters from which on UTF-8 takes so many bytes."""
_NEXT, _LOW, _SIX = np.uint32(0x80), np.uint32(0x3F), np.uint32(6)
"""What marks a byte of UTF-8 after the first one, and the bits of the character that it holds, and how many these are."""
MOST_BYTES = 4
"""Bytes of a character in UTF-8 at most."""
_TASKS, _PAIRS = 1024, 64
"""Room for walks and for pairs at first; most pages have fewer."""


class Probes(NamedTuple):
    """What is looked for in each line.

    Literals are words of a trie over folded characters, spaces left out. A node's edges stand in one open table. A
    walk down the trie begins only where the first four characters of some literal stand.

    Attributes:
        gates: For each probe in which lines it may match.
        classes: The same for classes of probes, so that literals are looked for in few lines but those where they count.
        roots: For each of the nodes that a walk begins at the classes of the probes that it may lead to, a bit each.
        heads: By the hash of four characters, or of all of a literal of fewer, the classes of the probes of literals that
            begin so, a bit each.
        head_codes: The first four characters of literals at most, an open table; 0 where there are none.
        head_nodes: For each slot of it the node that they lead to.
        lasts: For each code point below 65,536 the same of literals of fewer characters that end with it.
        anchors: By the hash of four characters, or of all of a literal of fewer, the same of literals that lines begin
            with, and of those that they end with, backwards.
        edges: A node, a character, and the node that it leads to, an open table; 0 where there is no edge.
        found_from: For each node where the probes of literals that end there begin in `found`; one more at the end.
        found: Numbers of probes.
        key_heads: By the hash of their first characters, whether there are such whole lines.
        key_hashes: Hashes of whole lines, an open table; 0 where there is none.
        key_numbers: For each slot of it the number of the whole line.
        key_codes: The characters of all whole lines, one after the other.
        key_from: For each of them where it begins; one more at the end.
    """

    gates: Numbers
    classes: Numbers
    roots: Flags
    heads: Flags
    head_codes: Hashes
    head_nodes: Numbers
    lasts: Flags
    anchors: Flags
    edges: Hashes
    found_from: Numbers
    found: Numbers
    key_heads: Flags
    key_hashes: Hashes
    key_numbers: Numbers
    key_codes: Points
    key_from: Numbers


@kernel
def _has(codes: Points, place: int, flags: Flags, flag: int) -> bool:
    code = codes[place]
    return bool(code < FLAGGED and flags[code] & flag != 0)


@kernel
def _key_span(codes: Points, start: int, end: int, flags: Flags) -> tuple[int, int]:
    """What of a line counts when whole lines are compared: it without what stands at its ends."""
    while start < end and _has(codes, start, flags, EDGE):
        start += 1
    while end > start and _has(codes, end - 1, flags, EDGE):
        end -= 1
    return start, end


@kernel
def spread(value: np.uint64, size: int) -> np.uint64:
    """Where a value belongs in a filter of a power of two of entries."""
    mixed = value * _GOLDEN
    return (mixed >> np.uint64(40)) & np.uint64(size - 1)


@kernel
def slot_of(value: np.uint64, slots: int) -> np.uint64:
    """Where to look for a value in an open table of a power of two of slots."""
    mixed = value * _GOLDEN
    return (mixed ^ (mixed >> np.uint64(32))) & np.uint64(slots - 1)


@kernel
def edge_of(node: np.uint64, code: int) -> np.uint64:
    """An edge in the table of edges, without the node that it leads to."""
    return (node << _HEAD_BITS) | np.uint64(code)


@kernel
def hash_key(codes: Points, start: int, end: int, limit: int) -> np.uint64:
    """Hash of the characters of a span that are not spaces, or of the first of them.

    Args:
        codes: A folded text.
        start, end: The span.
        limit: Characters after which to stop.
    """
    value = _HASH_START
    for place in range(start, end):
        if codes[place] != _SPACE:
            value = (value ^ np.uint64(codes[place])) * _HASH_FACTOR
            limit -= 1
            if limit == 0:
                break
    return value if value != _NONE else np.uint64(1)


@kernel
def _next_feed(codes: Points, begin: int) -> int:
    """Where the next line feed stands from a place on; the length of the text if there is none."""
    place, one, block = np.uint64(begin), np.uint64(1), np.uint64(_BLOCK)
    length = np.uint64(len(codes))
    while place + block <= length:  # most blocks hold none, and are told by one test
        found = False
        for ahead in range(_BLOCK):
            found |= codes[place + np.uint64(ahead)] == _LINE_FEED
        if found:
            break
        place += block
    while place < length and codes[place] != _LINE_FEED:
        place += one
    return int64(place)


@kernel
def find_lines(codes: Points, starts: Numbers, raw: Points) -> tuple[Numbers, int, int]:
    """The lines of a folded text that are not blank.

    Args:
        codes: The folded text.
        starts: For each of its characters the offset of the raw one.
        raw: The raw text.

    Returns:
        The table of lines; raw characters of the longest line, blank ones too, a carriage return at its end aside; how
        many lines are as long.
    """
    feeds = 0
    for place in range(len(codes)):
        feeds += codes[place] == _LINE_FEED
    lines = np.empty((feeds + 1, _COLUMNS), np.int32)
    count = begin = raw_begin = widest = as_wide = 0
    after_blank = False
    for _ in range(feeds + 1):
        place = _next_feed(codes, begin)
        raw_end = int64(starts[place]) if place < len(codes) else len(raw)
        width = raw_end - raw_begin
        width -= width > 0 and raw[raw_end - 1] == _CARRIAGE_RETURN
        if width > widest:
            widest, as_wide = width, 0
        as_wide += width == widest
        start, end = begin, place
        while start < end and codes[start] == _SPACE:
            start += 1
        if start == end:
            after_blank = True
        else:
            while codes[end - 1] == _SPACE:
                end -= 1
            lines[count, START], lines[count, END] = start, end
            lines[count, RAW_START], lines[count, RAW_END] = raw_begin, raw_end
            lines[count, AFTER_BLANK] = after_blank
            after_blank = False
            count += 1
        begin, raw_begin = place + 1, raw_end + 1
    return lines[:count], widest, as_wide


@kernel
def _is_mark(code: np.uint32) -> bool:
    return code in _MARKS


@kernel
def _ends_sentence(codes: Points, start: int, place: int, flags: Flags) -> int:
    """Whether a sentence ends here: 0 if none does, 1 if one in Latin letters does, else 2.

    Behind a Latin letter a full stop counts if three of them and a space stand around it: `Dr. Khan` and `dw.com` go on.
    """
    if codes[place] != _FULL_STOP:
        return 2 * _is_mark(codes[place])
    if not _has(codes, place - 1, flags, LETTER):
        return 0
    if codes[place - 1] >= _LATIN:
        return 2
    for before in range(max(start, place - 3), place):
        if not _has(codes, before, flags, LETTER):
            return 0
    return int64(codes[place + 1] == _SPACE)


@kernel
def _tail_of(codes: Points, start: int, end: int, flags: Flags) -> int:
    """Behind which full stop, question or exclamation mark the tail of a line stands; its end where it has none."""
    last = end - 1
    while last > start and _has(codes, last, flags, EDGE) and not _is_mark(codes[last]):
        last -= 1
    is_sentence = _is_mark(codes[last])
    inked, is_latin = False, True
    behind_latin = end
    for place in range(last, max(start, last - _TAIL_CHARS), -1):
        is_latin &= not (codes[place] >= _LATIN and _has(codes, place, flags, LETTER))
        if not is_latin and (is_sentence or behind_latin < end):
            return behind_latin
        ended = _ends_sentence(codes, start, place, flags) if inked else 0
        if ended == 2 or (ended and not is_sentence and not is_latin):
            return place + 1
        if ended and not is_sentence and behind_latin == end:  # unless all is Latin back to a sentence in other letters
            behind_latin = place + 1
        inked |= not (_has(codes, place, flags, EDGE) or _is_mark(codes[place]))
    return behind_latin


@kernel
def _closes(codes: Points, place: int) -> bool:
    """Whether a character belongs to the sentence that it stands behind. Urdu is quoted ‘so’, ’so‘ and «so»."""
    code = codes[place]
    return code in _CLOSING or _is_mark(code) or (code in _OPENING and codes[place - 1] != _SPACE)


@kernel
def find_tails(codes: Points, lines: Numbers, flags: Flags) -> Numbers:
    """What stands behind the last sentence of a long line, and is none: labels that have lost their line break.

    A tail in Latin letters behind a sentence in others may have a full stop of its own.

    Args:
        codes: The folded text.
        lines: Its lines, as :func:`find_lines` gives them.
        flags: Flags of characters.

    Returns:
        A row for each, in order: see :data:`LINE`.
    """
    tails = np.empty((len(lines), CUT + 1), np.int32)
    count = 0
    for number in range(len(lines)):
        start, end = int64(lines[number, START]), int64(lines[number, END])
        if end - start < _TAILED_CHARS:
            continue
        cut = _tail_of(codes, start, end, flags)
        if cut == end:
            continue
        while _closes(codes, cut):
            cut += 1
        begin = cut
        while _has(codes, begin, flags, EDGE) and codes[begin] not in _BRACKETS:
            begin += 1
        tails[count, START], tails[count, END], tails[count, LINE], tails[count, CUT] = begin, end, number, cut
        count += 1
    return tails[:count]


@kernel
def _is_long_sentence(codes: Points, start: int, end: int, flags: Flags) -> bool:
    """Whether a line is long and ends with a full stop behind a word that is not Latin: English notices stand in frames."""
    if end - start < _SENTENCE_CHARS:
        return False
    last = end - 1
    while last > start and _has(codes, last, flags, EDGE) and not _is_mark(codes[last]):
        last -= 1
    if last == start or not _is_mark(codes[last]):
        return False
    last -= 1
    while last > start and codes[last] == _SPACE:  # many a printer sets one before the mark
        last -= 1
    return bool(codes[last] >= _LATIN and _has(codes, last, flags, LETTER))


@kernel
def find_frame(codes: Points, lines: Numbers, flags: Flags) -> tuple[int, int]:
    """What surrounds the article on a page that was taken whole: the lines before its first long sentence and behind its last.

    A first sentence that lines part from the second is a standfirst: the article begins with the second. A last sentence
    that many lines part from the one before stands in the foot: there the site says what it is.

    Args:
        codes: The folded text.
        lines: Its lines, as :func:`find_lines` gives them.
        flags: Flags of characters.

    Returns:
        Number of the line that the article begins with, and of the line behind its last one. Where none stands among so
        many lines at the top or the bottom that these can be frames, 0, and the number of lines.
    """
    head, foot = 0, len(lines)
    standfirst = -1
    for number in range(min(_FRAME_LINES, len(lines))):
        if not _is_long_sentence(codes, int64(lines[number, START]), int64(lines[number, END]), flags):
            continue
        between = number - standfirst - 1
        if standfirst < 0 or _DATELINES <= between <= _MOST_DATELINES:
            head = number
        if standfirst >= 0:
            break
        standfirst = number
    below = -1
    for number in range(len(lines) - 1, max(len(lines) - 1 - _FRAME_LINES, head - 1), -1):
        if not _is_long_sentence(codes, int64(lines[number, START]), int64(lines[number, END]), flags):
            continue
        if below >= 0 and below - number - 1 < _FOOT_LINES:
            break
        foot, below = number + 1, number
    return head, foot


@kernel
def _ends_with(codes: Points, start: int, end: int, other_start: int, other_end: int) -> bool:
    """Whether a span ends with another, spaces aside."""
    while other_end > other_start:
        if codes[other_end - 1] == _SPACE:
            other_end -= 1
        elif end > start and codes[end - 1] == _SPACE:
            end -= 1
        elif end > start and codes[end - 1] == codes[other_end - 1]:
            end -= 1
            other_end -= 1
        else:
            return False
    return True


@kernel
def _starts_with(codes: Points, start: int, end: int, other_start: int, other_end: int) -> bool:
    """Whether a span starts with another, spaces aside."""
    while other_end > other_start:
        if codes[other_start] == _SPACE:
            other_start += 1
        elif end > start and codes[start] == _SPACE:
            start += 1
        elif end > start and codes[start] == codes[other_start]:
            start += 1
            other_start += 1
        else:
            return False
    return True


@kernel
def _is_same(codes: Points, start: int, end: int, other_start: int, other_end: int) -> bool:
    """Whether two spans are the same, spaces aside."""
    return _starts_with(codes, start, end, other_start, other_end) and _starts_with(
        codes, other_start, other_end, start, end
    )


@kernel
def _is_cut_short(codes: Points, start: int, end: int) -> bool:
    """Whether a span ends with the dots that stand for what does not fit."""
    return 2 < end - start <= _LIMIT and (
        codes[end - 1] == _ELLIPSIS or (codes[end - 1] == codes[end - 2] == _FULL_STOP)
    )


@kernel
def _begins_later(codes: Points, keys: npt.NDArray[np.int64], number: int, start: int, end: int) -> bool:
    """Whether a line below starts with a span of this one."""
    for later in range(number + 1, len(keys)):
        first, last = keys[later]
        if _starts_with(codes, first, last, start, end):
            return True
    return False


@kernel
def _starts_with_later(codes: Points, keys: npt.NDArray[np.int64], number: int) -> bool:
    """Whether a line starts with a long one further below than the next."""
    start, end = keys[number]
    for later in range(number + 2, len(keys)):
        first, last = keys[later]
        if _TITLE_CHARS <= last - first < end - start and _starts_with(codes, start, end, first, last):
            return True
    return False


@kernel
def _relate(codes: Points, lines: Numbers, flags: Flags, top: int, pairs: Numbers, count: int) -> int:
    """Note down what each line at the top has to do with the next one, with those before it and with those below."""
    keys = np.empty((min(top + 1, len(lines)), 2), np.int64)
    for number in range(len(keys)):
        keys[number] = _key_span(codes, int64(lines[number, START]), int64(lines[number, END]), flags)
    for number in range(min(top, len(lines))):
        start, end = keys[number]
        for earlier in range(number):
            if _is_same(codes, start, end, keys[earlier, 0], keys[earlier, 1]):
                count = _note(pairs, count, number, REPEATS_EARLIER)
                break
        if number + 1 == len(lines):
            break
        if _is_cut_short(codes, int64(lines[number, START]), int64(lines[number, END])):
            while end > start and codes[end - 1] == _ELLIPSIS:
                end -= 1
            if _begins_later(codes, keys, number, start, end):
                count = _note(pairs, count, number, CUT_SHORT)
        if _starts_with_later(codes, keys, number):
            count = _note(pairs, count, number, STARTS_WITH_LATER)
        first, last = keys[number + 1]
        if first == last or _is_same(codes, start, end, first, last):
            continue
        if _ends_with(codes, start, end, first, last):
            count = _note(pairs, count, number, ENDS_WITH_NEXT)
        if _starts_with(codes, start, end, first, last):
            count = _note(pairs, count, number, STARTS_WITH_NEXT)
    return count


@kernel
def _note(pairs: Numbers, count: int, line: int, number: int) -> int:
    """Note down a pair if there is room for it, and count it in any case."""
    if count < len(pairs):
        pairs[count, 0] = line
        pairs[count, 1] = number
    return count + 1


@kernel
def _find_keys(
    codes: Points,
    lines: Numbers,
    flags: Flags,
    heads: Flags,
    hashes: Hashes,
    numbers: Numbers,
    key_codes: Points,
    key_from: Numbers,
    pairs: Numbers,
    count: int,
) -> int:
    """Note down the lines that are whole lines that are looked for."""
    for line in range(len(lines)):
        if lines[line, END] - lines[line, START] > _LIMIT:
            continue
        start, end = _key_span(codes, int64(lines[line, START]), int64(lines[line, END]), flags)
        if start == end or not heads[spread(hash_key(codes, start, end, KEY_HEAD), len(heads))]:
            continue
        value = hash_key(codes, start, end, -1)
        slot = slot_of(value, len(hashes))
        while hashes[slot] != _NONE:
            number = numbers[slot]
            if hashes[slot] == value and _is_key(codes, start, end, key_codes, key_from[number], key_from[number + 1]):
                count = _note(pairs, count, line, number)
            slot = (slot + np.uint64(1)) & np.uint64(len(hashes) - 1)
    return count


@kernel
def _is_key(codes: Points, start: int, end: int, key: Points, first: int, last: int) -> bool:
    """Whether a span is a key, spaces aside."""
    for place in range(start, end):
        if codes[place] == _SPACE:
            continue
        if first == last or codes[place] != key[first]:
            return False
        first += 1
    return first == last


@kernel
def _is_open(
    gates: Numbers, probe: int, line: int, length: int, n_lines: int, head: int, foot: int, page_chars: int
) -> bool:
    """Whether a probe is for a line of a length at a place in a page."""
    if length > gates[probe, MAX_CHARS] or page_chars > gates[probe, PAGE_CHARS]:
        return False
    first, last = gates[probe, FIRST], gates[probe, LAST]
    if first == 0 and last == 0:
        return True
    return bool((first > 0 and line < max(first, head)) or (last > 0 and line >= min(n_lines - last, foot)))


@kernel
def _classes_of(classes: Numbers, line: int, length: int, n_lines: int, head: int, foot: int, page_chars: int) -> int:
    """The classes of probes that a line is for, a bit each."""
    bits = 0
    for number in range(len(classes)):
        bits |= int64(_is_open(classes, number, line, length, n_lines, head, foot, page_chars)) << number
    return bits


@kernel
def _is_anchored(codes: Points, start: int, end: int, step: int, anchors: Flags, bits: int) -> bool:
    """Whether a literal may stand at the start of a line (step 1) or at its end (step -1)."""
    place = start if step > 0 else end - 1
    begun, length = np.uint64(0), 0
    while length < HEAD and start <= place < end:
        if codes[place] != _SPACE:
            begun = (begun << _HEAD_BITS) | (np.uint64(codes[place]) & _HEAD_CODE)
            length += 1
            if anchors[spread(begun, len(anchors))] & bits:
                return True
        place += step
    return False


@kernel
def _node_of(head: np.uint64, head_codes: Hashes, head_nodes: Numbers) -> int:
    """The node that the first characters of a literal lead to; 0 where no literal begins so."""
    slot = slot_of(head, len(head_codes))
    while head_codes[slot] != _NONE and head_codes[slot] != head:
        slot = (slot + np.uint64(1)) & np.uint64(len(head_codes) - 1)
    return int64(head_nodes[slot])


@kernel
def _begin(tasks: Numbers, count: int, line: int, node: int, place: int) -> int:
    """Note down that a walk begins if there is room for it, and count it in any case."""
    if count < len(tasks):
        tasks[count, 0] = line
        tasks[count, 1] = node
        tasks[count, 2] = place
    return count + 1


@kernel
def _find_tasks(
    codes: Points, lines: Numbers, flags: Flags, head: int, foot: int, page_chars: int, probes: Probes, tasks: Numbers
) -> int:
    """Find where walks begin: their line, node and place; those of a line together, the lines in order."""
    # Taking an array out of a tuple within a loop would count references, which is dearer than the work.
    classes, roots, anchors, heads, lasts = probes.classes, probes.roots, probes.anchors, probes.heads, probes.lasts
    head_codes, head_nodes = probes.head_codes, probes.head_nodes
    count = 0
    for line in range(len(lines)):
        start, end = int64(lines[line, START]), int64(lines[line, END])
        bits = _classes_of(classes, line, end - start, len(lines), head, foot, page_chars)
        if roots[BLIND] & bits:
            count = _begin(tasks, count, line, BLIND, end)
        if roots[BLIND_NO_LETTER] & bits and not _has(codes, start, flags, LETTER):
            count = _begin(tasks, count, line, BLIND_NO_LETTER, end)
        if roots[AT_START] & bits and _is_anchored(codes, start, end, 1, anchors, bits):
            count = _begin(tasks, count, line, AT_START, start)
        if roots[AT_END] & bits and _is_anchored(codes, start, end, -1, anchors, bits):
            count = _begin(tasks, count, line, AT_END, end - 1)
        begun = np.uint64(0)
        for place in range(start, end):
            code = codes[np.uint64(place)]
            # Without a branch, which a processor could not foresee: at a space, what stands before it is looked up again.
            begun = begun if code == _SPACE else (begun << _HEAD_BITS) | (np.uint64(code) & _HEAD_CODE)
            if heads[spread(begun, len(heads))] & bits:
                node = _node_of(begun, head_codes, head_nodes)
                if node and code != _SPACE:  # which the compiler turns into that branch if it is asked any earlier
                    count = _begin(tasks, count, line, node, place + 1)
            if lasts[code & np.uint32(_HEAD_CODE)] & bits:
                for mask in _SHORTER_HEADS:
                    if heads[spread(begun & mask, len(heads))] & bits:
                        node = _node_of(begun & mask, head_codes, head_nodes)
                        if node:
                            count = _begin(tasks, count, line, node, place + 1)
    return count


@kernel
def _walk(
    codes: Points,
    lines: Numbers,
    head: int,
    foot: int,
    page_chars: int,
    probes: Probes,
    tasks: Numbers,
    pairs: Numbers,
    count: int,
) -> tuple[int, int]:
    """Walk down the trie from where walks begin, and note down the probes of the literals that are met.

    A walk is as long as the longest literal at most, so all of them take time linear in the page.

    Returns:
        The number of pairs, and that of the edges that were asked for.
    """
    gates, edges, found_from, found = probes.gates, probes.edges, probes.found_from, probes.found
    mask = np.uint64(len(edges) - 1)
    noted = np.full(len(gates), -1, np.int32)  # the last line for which each probe was noted
    n_lines = len(lines)
    asked = 0
    for task in range(len(tasks)):
        line, node, place = tasks[task, 0], np.uint64(tasks[task, 1]), int64(tasks[task, 2])
        start, end = int64(lines[line, START]), int64(lines[line, END])
        step = -1 if node == AT_END else 1
        while node:
            for item in range(found_from[node], found_from[node + 1]):
                probe = found[item]
                if noted[probe] != line and _is_open(gates, probe, line, end - start, n_lines, head, foot, page_chars):
                    noted[probe] = line
                    count = _note(pairs, count, line, probe)
            while start <= place < end and codes[place] == _SPACE:
                place += step
            if not start <= place < end or codes[place] >= FLAGGED:
                break
            asked += 1
            edge = edge_of(node, codes[place])
            slot = slot_of(edge, len(edges))
            while edges[slot] != _NONE and edges[slot] >> _TARGET_SHIFT != edge:
                slot = (slot + np.uint64(1)) & mask
            node = edges[slot] & _TARGET
            place += step
    return count, asked


@kernel
def encode(codes: Points, start: int, end: int, text: Flags, length: int) -> int:
    """Append characters to a text in UTF-8.

    Args:
        codes: Code points.
        start, end: The span of them to append.
        text: The text, with room for :data:`MOST_BYTES` a character.
        length: Its bytes so far.

    Returns:
        Its bytes then.
    """
    # Without a sign: an index that could be below zero costs a test each time.
    to, one, two, three = np.uint64(length), np.uint64(1), np.uint64(2), np.uint64(3)
    for place in range(np.uint64(start), np.uint64(end)):
        code = codes[place]
        last = np.uint8(_NEXT | code & _LOW)
        if code < _THREE_BYTES:  # without a branch between the two, which a processor could not foresee
            is_two = code >= _NEXT
            text[to] = np.uint8(np.uint32(0xC0) | code >> _SIX) if is_two else np.uint8(code)
            text[to + one] = last
            to += one + np.uint64(is_two)
        elif code < _FOUR_BYTES:
            text[to] = np.uint8(np.uint32(0xE0) | code >> np.uint32(12))
            text[to + one] = np.uint8(_NEXT | code >> _SIX & _LOW)
            text[to + two] = last
            to += three
        else:
            text[to] = np.uint8(np.uint32(0xF0) | code >> np.uint32(18))
            text[to + one] = np.uint8(_NEXT | code >> np.uint32(12) & _LOW)
            text[to + two] = np.uint8(_NEXT | code >> _SIX & _LOW)
            text[to + three] = last
            to += np.uint64(4)
    return int64(to)


@kernel
def _encode_lines(codes: Points, lines: Numbers, pairs: Numbers) -> Flags:
    """Encode the lines of pairs in UTF-8, each once, and add to the pairs where they stand in that."""
    room, last = 0, -1
    for pair in range(len(pairs)):
        line = pairs[pair, 0]
        room += MOST_BYTES * int64(lines[line, END] - lines[line, START]) * (line != last)
        last = line
    text = np.empty(room + 1, np.uint8)
    length, begin, last = 0, 0, -1
    for pair in range(len(pairs)):
        line = pairs[pair, 0]
        if line != last:
            begin, last = length, line
            length = encode(codes, int64(lines[line, START]), int64(lines[line, END]), text, length)
        pairs[pair, 2], pairs[pair, 3] = begin, length
    return text[:length]


@kernel
def count_characters(text: Flags, start: int, end: int) -> int:
    """How many characters a span of a text in UTF-8 holds."""
    count = 0
    for place in range(start, end):
        count += text[place] & 0xC0 != 0x80
    return count


@kernel
def scan(
    codes: Points, lines: Numbers, flags: Flags, frame: tuple[int, int], page_chars: int, probes: Probes
) -> tuple[Numbers, Numbers, Flags, int, int]:
    """Find for each line the probes that may match in it, and the whole lines that it is.

    Args:
        codes: The folded text.
        lines: Its lines, as :func:`find_lines` gives them.
        flags: Flags of characters.
        frame: Which lines stand at the top and at the bottom however many they are, as :func:`find_frame` gives it.
        page_chars: Raw characters of the page.
        probes: What is looked for.

    Returns:
        A row for each pair of a line and a probe: the number of the line, that of the probe, and where the line stands
        in the text that is returned; those of a line together, the lines in order; and rows, of which the first two
        columns count, for pairs of a line and a whole line or a relation. Then the lines of the first in UTF-8, one after the other;
        the characters of all lines; and how many edges of the trie were asked for, which tells the work.
    """
    head, foot = frame
    tasks = np.empty((_TASKS, 3), np.int32)
    n_tasks = _find_tasks(codes, lines, flags, head, foot, page_chars, probes, tasks)
    if n_tasks > len(tasks):
        tasks = np.empty((n_tasks, 3), np.int32)
        _find_tasks(codes, lines, flags, head, foot, page_chars, probes, tasks)
    pairs = np.empty((_PAIRS, 4), np.int32)
    count, asked = _walk(codes, lines, head, foot, page_chars, probes, tasks[:n_tasks], pairs, 0)
    if count > len(pairs):
        pairs = np.empty((count, 4), np.int32)
        _walk(codes, lines, head, foot, page_chars, probes, tasks[:n_tasks], pairs, 0)
    n_chars = int64(lines[:, END].sum() - lines[:, START].sum())
    top = max(_TOP, head)
    others = np.empty((5 * top + len(lines), 2), np.int32)  # each line is one whole line at most
    n_others = _relate(codes, lines, flags, top, others, 0)
    n_others = _find_keys(
        codes,
        lines,
        flags,
        probes.key_heads,
        probes.key_hashes,
        probes.key_numbers,
        probes.key_codes,
        probes.key_from,
        others,
        n_others,
    )
    return pairs[:count], others[:n_others], _encode_lines(codes, lines, pairs[:count]), n_chars, asked
