"""Function words: what prose of a language is full of, and lists of names, tags or numbers are not.

Compared with marks and joiners left out and ASCII letters in lower case, so each word stands here once. None holds
punctuation, nor a symbol: Sindhi's ۽ (and) and ۾ (in) are symbols to Unicode.
"""

from __future__ import annotations

_LISTS = {
    "ur": """
        کے کی کا کو سے میں نے پر تک اور یا کہ جو تو بھی ہی نہیں نہ اس ان یہ وہ ہے ہیں ہو تھا تھی تھے گا گی گے ایک
        کر کیا گیا رہے رہا رہی جس جب لیے بعد ساتھ اپنے اپنی مگر لیکن بلکہ کوئی ہم وہاں یہاں انہوں انھوں دیا ہوئے ہوا ہوئی
    """,
    "pnb": """
        دا دے دی دیاں نوں نے وچ تے توں نال لئی تک پر ایہ ایہہ اوہ اوس اوہناں ایس اے نیں سی سن سان ہے ہن جے جو جیہڑا جیہڑے
        جیہڑی کہ نہیں نئیں وی ای اک کر کیتا گیا گئی رہیا ہویا ہوئی ہوندا جدوں بعد والے والا والی اپنے اتے مگر کجھ کوئی
    """,
    "fa": """
        و در به از که این آن را با برای تا هم یا نیز اما اگر چون پس بر بی هر همه خود شد شده شود می است بود باشد هست نیست
        کرد کرده کند ها های یک دیگر بین پیش باید ما او وی آنها چه بوده دارد داشت ای
    """,
    "ar": """
        في من على إلى عن مع أن إن ان ما لا لم لن هذا هذه ذلك تلك التي الذي الذين هو هي هم كان كانت قد كما أو ثم بعد قبل بين
        كل عند حتى إذا منذ خلال غير أي لكن بل ولا وقد وكان وفي ومن وهو وهي وأن به بها له لها فيه فيها عليه عنه منه الى او
    """,
    "ps": """
        د په چې او ته کې سره له نه یې دی ده دي يې هم به یا خو پر تر وو وه شو شوی شوې کړ کړی کړې کړي شي شوي دغه هغه هغې دا دې
        څخه ترڅو لپاره چا یو یوه کوي وي ول ځکه نو مې وروسته کله باندې لري خپل خپله خپلو
    """,
    "sd": """
        جو جي جا جون کي تي سان کان مان لاء ته به نه آهي آهن هو هئي هئا هيو ٿو ٿي ٿا ٿيو ٿئي ان هن اهو اها اهي هي هڪ جيڪو
        جيڪي جيڪا پر يا وارو واري وارا پنهنجي پنهنجو ڪري ڪيو ڪئي ڪرڻ وٽ بعد جڏهن تنهن اتي ئي ويو وئي رهيو رهي
    """,
    "en": """
        the a an and or but of to in on at by for from with as is are was were be been has have had it its this that these
        those he she they we you i his her their not no which who what when will would can could if there than then so
    """,
}
_APART = {
    "ur": "کے کی کا ہے ہیں میں اور سے کو یہ اس وہ تھا تھی تھے رہے رہا رہی کیا گیا جو نہیں انہوں ایک لیے",
    "pnb": """
        دے دی دا دیاں نوں وچ تے توں نال ایہ ایہہ اوہ اوس ایس اے نیں سی سن سان جیہڑا جیہڑے جیہڑی ہن کیتا ہویا اک کوں اتے وی
    """,
}
_LISTS["skr"] = _LISTS["pnb"] + " کوں دیں تھی تھیندا سبھ ہوی"

STOPWORDS: dict[str, frozenset[str]] = {language: frozenset(words.split()) for language, words in _LISTS.items()}
"""Stopwords by ISO 639 code."""

FINEWEB2_STOPWORDS: dict[str, frozenset[str]] = {
    "ur": frozenset(["کے", "میں", "،", "کی", "اور", "ہے", "سے", "کا", "نے", "اس", "پر", "کو", "ایک"])
}
"""The stopwords of which FineWeb-2 asks for two; the comma is its own choice."""

URDU_NOT_PUNJABI = frozenset(_APART["ur"].split())
"""Small words of Urdu that Punjabi does not have, or seldom: the letters of both are the same."""
PUNJABI_NOT_URDU = frozenset(_APART["pnb"].split())
"""Small words of Punjabi and Saraiki that Urdu does not have, or seldom."""
