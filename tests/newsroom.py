"""A made-up newsroom: Urdu stories written for these tests, with the furniture of a page around them."""

from __future__ import annotations

import random
from collections.abc import Iterator

CITIES = "لاہور کراچی پشاور کوئٹہ ملتان سکھر گلگت مظفرآباد حیدرآباد سیالکوٹ بہاولپور چترال".split()
OFFICES = ("محکمہ آبپاشی", "ضلعی انتظامیہ", "بلدیہ", "محکمہ تعلیم", "محکمہ صحت", "محکمہ موسمیات", "ریلوے", "واپڈا")
PEOPLE = ("ترجمان", "ڈپٹی کمشنر", "نگران انجینئر", "صدر معلمہ", "مقامی کونسلر", "تاجر یونین کے صدر", "ڈاکٹر", "کپتان")
THEMES = (
    ("پانی کی نئی لائن", "پرانی پائپ لائن کئی جگہ سے ٹوٹ چکی تھی اور گلیوں میں پانی کھڑا رہتا تھا۔"),
    ("کتب خانے کی نئی عمارت", "کتب خانے میں بچوں کے لیے الگ کمرہ اور نابینا قارئین کے لیے آڈیو کتابیں ہوں گی۔"),
    ("آم کی برآمد", "باغبانوں کا کہنا ہے کہ اس سال گرمی دیر سے آئی اس لیے فصل تاخیر سے تیار ہوئی۔"),
    ("بس سروس کا آغاز", "بسیں صبح چھ بجے سے رات دس بجے تک ہر پندرہ منٹ بعد چلا کریں گی۔"),
    ("بارش کا نیا سلسلہ", "پہاڑی علاقوں میں برف باری اور میدانوں میں تیز ہواؤں کا امکان ہے۔"),
    ("دیہی ہسپتال کی مرمت", "مریضوں کو اب معمولی علاج کے لیے شہر کا رخ نہیں کرنا پڑے گا۔"),
    ("سکولوں میں شجرکاری", "ہر طالب علم ایک پودا لگائے گا اور سال بھر اس کی دیکھ بھال کرے گا۔"),
    ("خواتین کی کرکٹ لیگ", "فائنل میچ دیکھنے کے لیے شائقین کی بڑی تعداد میدان میں موجود تھی۔"),
    ("دستکاری کی نمائش", "نمائش میں چار صوبوں کے ہنر مندوں نے اپنے ہاتھ کا کام پیش کیا۔"),
    ("ریلوے پل کی بحالی", "پل کے ستونوں کو سیلاب میں نقصان پہنچا تھا اور گاڑیاں متبادل راستے سے جا رہی تھیں۔"),
)
FRAMES = (
    "{city} میں {office} نے {theme} کا منصوبہ {number} دن میں مکمل کرنے کا اعلان کیا ہے۔",
    "{person} نے صحافیوں کو بتایا کہ اس پر {number} کروڑ روپے خرچ ہوں گے۔",
    "{detail}",
    "شہریوں نے اس فیصلے کا خیرمقدم کیا مگر کہا کہ کام کی رفتار پر نظر رکھنا بھی ضروری ہے۔",
    "گزشتہ برس اسی نوعیت کا ایک منصوبہ {number} ماہ کی تاخیر سے مکمل ہوا تھا۔",
    "{person} کے مطابق {city} کے بعد یہی کام قریبی قصبوں میں بھی شروع کیا جائے گا۔",
    "ایک مقامی دکاندار نے کہا کہ برسوں بعد اس علاقے کی طرف کسی نے توجہ دی ہے۔",
    "ماہرین کا خیال ہے کہ اصل امتحان دیکھ بھال کا ہو گا، افتتاح کا نہیں۔",
    "{office} نے شکایات کے لیے ایک فون نمبر اور دفتر کے اوقات بھی جاری کیے ہیں۔",
    "منصوبے کی نگرانی کے لیے {number} رکنی کمیٹی بنائی گئی ہے جو ہر ماہ رپورٹ دے گی۔",
    "تقریب میں طلبہ نے ملی نغمے پیش کیے اور بزرگوں نے پرانے دنوں کی یادیں تازہ کیں۔",
    "مخالف جماعت کے ارکان نے مطالبہ کیا کہ اخراجات کی تفصیل ایوان میں رکھی جائے۔",
    "{person} نے کہا کہ بارشوں سے پہلے کم از کم {number} فیصد کام ہر حال میں نمٹا لیا جائے گا۔",
    "کام کے دوران بازار کی ایک سڑک بند رہے گی اور ٹریفک کو دوسرے راستے سے گزارا جائے گا۔",
    "{city} یونیورسٹی کے {number} طلبہ رضاکارانہ طور پر اس مہم میں حصہ لے رہے ہیں۔",
    "تاجروں نے خبردار کیا کہ عید سے پہلے دکانیں بند رہیں تو ان کا نقصان کون پورا کرے گا۔",
    "ایک بزرگ شہری نے یاد دلایا کہ ایسا ہی وعدہ {number} برس پہلے بھی کیا گیا تھا۔",
    "{office} کے دفتر میں نقشے عوام کے دیکھنے کے لیے رکھ دیے گئے ہیں۔",
    "مزدوروں کی یومیہ اجرت میں {number} روپے کا اضافہ بھی منظور کر لیا گیا ہے۔",
    "{person} نے سوشل میڈیا پر گردش کرنے والی خبروں کو بے بنیاد قرار دیا۔",
    "رات گئے تک لوگ چھتوں پر کھڑے یہ منظر دیکھتے رہے اور بچوں نے پٹاخے چھوڑے۔",
    "عدالت نے گزشتہ سماعت پر حکام سے پیش رفت کی تحریری تفصیل طلب کر رکھی ہے۔",
    "پہلے مرحلے میں {number} گھرانوں کو فائدہ ہو گا، دوسرے مرحلے کی تاریخ ابھی طے نہیں ہوئی۔",
    "اس موقع پر {city} سے آئے ہوئے فنکاروں نے لوک گیت سنا کر خوب داد سمیٹی۔",
)
ENGLISH = "The council met on Monday and talked about the new water line for three hours. "
READ_MORE = "مزید پڑھیں"
MOST_READ = "مقبول مضامین"


def story(dice: random.Random) -> tuple[str, list[str]]:
    """A headline and its sentences."""
    theme, detail = dice.choice(THEMES)
    city, office = dice.choice(CITIES), dice.choice(OFFICES)
    lines = [
        frame.format(
            city=city, office=office, theme=theme, detail=detail, person=dice.choice(PEOPLE), number=dice.randint(2, 90)
        )
        for frame in (FRAMES[0], *dice.sample(FRAMES[1:], 7))
    ]
    return f"{city}: {theme} پر {office} کا {dice.choice(('اعلان', 'فیصلہ', 'اجلاس', 'جائزہ'))}", lines


def page(headline: str, lines: list[str], *, furniture: bool = True) -> str:
    """A story as a scraper finds it."""
    body = list(lines)
    if furniture:
        body.insert(3, READ_MORE)
        body.append(MOST_READ)
    return "\n\n".join([headline, *body])


def day_of_news(dice: random.Random, stories: int) -> Iterator[tuple[str, str]]:
    """Files of a day: stories, copies of some as another desk wrote them, and a few that are no news."""
    kept: list[tuple[str, list[str]]] = []
    for number in range(stories):
        headline, lines = story(dice)
        kept.append((headline, lines))
        yield f"{number:03}.txt", page(headline, lines, furniture=number % 3 != 0)
    for number in range(stories // 5):
        headline, lines = kept[number // 3]
        changed = [*lines[:-1], f"{dice.choice(PEOPLE)} نے آخر میں سب کا شکریہ ادا کیا۔"]
        yield f"copy-{number:03}.txt", page(headline, lines if number % 3 == 0 else changed)
    yield "menu.txt", "\n".join(dice.sample(("صفحہ اول", "رابطہ", MOST_READ, READ_MORE), 4))
    yield "english.txt", ENGLISH.replace("three", str(dice.randint(2, 90))) * 4
    yield "blank.txt", " \n" * dice.randint(1, 90)


HOSTILE = (
    "<script>hacked=1;alert(1)</script>",
    "<img src=x onerror=hacked=1>",
    "</style><style>*{display:none}body{background:url(//hacked.invalid)}",
    "</bdi></td></tr></table></main><iframe src=//hacked.invalid>",
    "<svg onload=hacked=1><a xlink:href=javascript:hacked=1>",
    "<meta http-equiv=refresh content=0;url=//hacked.invalid>",
    "{{ hacked }}{% raw %}",
    "\u202e\u2066hacked\u202d",
    "hacked" + "ﷺ" * 4_000,
    "hacked" + "M" * 9_000,
)
"""What a page must show and never do; a script of these that runs sets ``hacked``."""


def hostile_story(dice: random.Random, payload: str) -> str:
    """A story with a payload wherever a page shows text: title, a removed line, a caption, its own words."""
    headline, lines = story(dice)
    lines[2] = f"{lines[2]} {payload} {lines[3]}"
    return page(f"{headline} {payload}", [*lines, f"{payload} (فوٹو: اے ایف پی)"])
