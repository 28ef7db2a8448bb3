"""Names of months, weekdays and the words around dates, as pages of the region print them.

The tables hold names as they are spelled; :mod:`saaf.clean.dates` folds them, so a name needs one line whatever the
keyboard, and Arabic ones no hamza variants.
"""

from __future__ import annotations

GREGORIAN: tuple[str, ...] = (
    "january jan جنوری يناير كانون_الثاني جانفي ژانویه ژانویۀ جنوري_میلادي جنورۍ",
    "february feb فروری فبروری فبراير شباط فيفري فوریه فبروري فيبروري فبرورۍ",
    "march mar مارچ مارس آذار",
    "april apr اپریل أبريل نيسان أفريل آوریل اپريل اپرېل",
    "may مئی مایو مايو أيار ماي مه می مۍ می_میلادی",
    "june jun جون يونيو يونيه حزيران جوان ژوئن",
    "july jul جولائی جولای يوليو يوليه تموز جويلية يوليوز ژوئیه جولاءِ جولائي جولايي جولای",
    "august aug اگست أغسطس آب أوت غشت اوت آگوست اگوست اګست آگسٽ",
    "september sep sept ستمبر سبتمبر أيلول شتنبر سپتامبر سپتمبر سيپٽمبر سپټمبر",
    "october oct اکتوبر أكتوبر تشرين_الأول اکتبر آڪٽوبر اکټوبر",
    "november nov نومبر نوفمبر تشرين_الثاني نونبر نوامبر",
    "december dec دسمبر ديسمبر كانون_الأول دجنبر دسامبر ڊسمبر ډسمبر",
)
"""Months of the Gregorian calendar: English, Urdu, Arabic of Egypt, the Levant and the Maghreb, Persian, Pashto, Sindhi."""

SOLAR: tuple[str, ...] = (
    "فروردین حمل وری",
    "اردیبهشت ثور غویی",
    "خرداد جوزا غبرګولی",
    "تیر سرطان چنګاښ",
    "مرداد امرداد اسد زمری",
    "شهریور سنبله وږی",
    "مهر میزان تله",
    "آبان عقرب لړم",
    "آذر قوس لیندۍ",
    "دی جدی مرغومی",
    "بهمن دلو سلواغه",
    "اسفند حوت کب",
)
"""Months of the solar Hijri calendar: Persian of Iran and of Afghanistan, Pashto."""

LUNAR: tuple[str, ...] = (
    "محرم محرم_الحرام المحرم",
    "صفر صفر_المظفر",
    "ربيع_الأول ربیع_الاولیٰ",
    "ربيع_الثاني ربيع_الآخر ربيع_الآخرة",
    "جمادى_الأولى جمادی_الاول",
    "جمادى_الثانية جمادی_الثانی جمادى_الآخرة جمادی_الاخری",
    "رجب رجب_المرجب",
    "شعبان شعبان_المعظم",
    "رمضان رمضان_المبارك",
    "شوال شوال_المكرم",
    "ذوالقعدہ ذو_القعدة ذي_القعدة ذیقعدہ ذیقعد",
    "ذوالحجہ ذو_الحجة ذي_الحجة ذی_الحج ذوالحج",
)
"""Months of the lunar Hijri calendar."""

WEEKDAYS = """
monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun
پیر سوموار منگل بدھ جمعرات جمعہ جمعۃ_المبارک ہفتہ اتوار
الاثنين الإثنين الثلاثاء الأربعاء الخميس الجمعة السبت الأحد
شنبه یکشنبه دوشنبه سه‌شنبه سه_شنبه چهارشنبه پنجشنبه پنج_شنبه جمعه یک_شنبه دو_شنبه چهار_شنبه
دوشنبې سېشنبې چهارشنبې پنجشنبې یکشنبې شنبې درېیمه دویمه
سومر اڱارو اربع خميس جمعو ڇنڇر آچر
"""

FIRST_OF_MONTH = "یکم اول"

YEAR_WORDS = "سنہ سن عام سنة سال کال ماه"
"""Words that may stand between month and year."""

PUBLISHED = """
شائع اشاعت پبلش شائع_شدہ published publish posted نشر النشر نشرت انتشار منتشر خپور خپاره خپره خپرېدو شايع شايع_ٿيل ڇپيل پوسٹ
"""
"""Words that say that a date is the publication's."""

UPDATED = """
اپ_ڈیٹ اپڈیٹ updated update modified edited تحديث التحديث حدثت به‌روزرسانی بروزرسانی به_روزرسانی به_روز تازه_شوی نوي_شوی ترمیم اپڊيٽ
"""
"""Words that say that a date is that of a later change."""

FILLERS = """
on at in the date time first last of by تاریخ بتاریخ کی کیا گئی گیا ہوا ہوئی شدہ وقت آخری بار پہلی مرتبہ بروز روز کو پر میں بوقت
في فی یوم يوم تم آخر تاريخ لأول مرة من بتاريخ در شد شده شده_است زمان نېټه نیټه د په شوی شوې وخت ۾ تي ٿيو ٿيل آخري ڀيرو دن ہے
بمطابق مطابق الموافق برابر با مصادف موافق سنہ سن عام سنة سال کال
"""
"""Words that may stand between such a word and its date, or fill up a line that holds nothing but a date."""

TIME_WORDS = """
am pm gmt utc pkt pst ist est edt bst cet z t
بجے بجکر منٹ گھنٹے شام صبح رات دوپہر سہ پہر پاکستانی معیاری مقامی جی ایم ٹی گرینچ
الساعة ساعت ساعة صباحا مساء ظهرا بتوقيت توقيت مكة غرينتش ص م ق ب ظ قبل بعد از ظهر وقت بجو بجي منجهند شپې سهار
"""
"""Words that belong to a time of day."""

THIS_TEXT = """
یہ_تحریر یہ_مضمون یہ_رپورٹ یہ_خبر یہ_کہانی یہ_آرٹیکل یہ_کالم یہ_فیچر یہ_بلاگ اس_مضمون اس_تحریر
this_article this_story this_report this_piece هذا_المقال هذا_التقرير هذا_الخبر این_مقاله این_گزارش این_مطلب دا_لیکنه هي_مضمون
"""
"""How a page speaks of itself: what it says was published, is the page."""
