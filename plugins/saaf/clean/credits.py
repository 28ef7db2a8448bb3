"""Names and labels with which pages credit agencies, authors and sections.

Spelled as they are; :mod:`saaf.clean.metadata` folds them. ``_`` stands for a space.
"""

from __future__ import annotations

AGENCIES = """
اے_ایف_پی روئٹرز رائٹرز رویٹرز اے_پی ایسوسی_ایٹڈ_پریس اے_پی_پی پی_پی_آئی این_این_آئی آئی_این_پی آن_لائن ثنا_نیوز ثناء_نیوز صباح_نیوز کے_پی_آئی
یو_این_آئی اے_این_آئی آئی_اے_این_ایس ہ_س ہندوستھان_سماچار یو_این_اے ڈی_پی_اے شنہوا ژنہوا شینہوا سنہوا تاس ریا_نووستی سپوتنک اناطولیہ انادولو
ارنا تسنیم کے_سی_این_اے بی_این_اے وام بلومبرگ سی_این_این الجزیرہ ایجنسیاں ایجنسیز
رويترز أ_ف_ب ا_ف_ب د_ب_أ د_ب_ا أ_ب أ_ش_أ وكالات واس سانا سبأ بترا وفا كونا قنا شينخوا سبوتنيك الأناضول وام_الإماراتية
رویترز خبرگزاری_فرانسه آسوشیتدپرس ایرنا ایسنا مهر فارس
پژواک باختر_آژانس پژواک_خبری_آژانس
afp reuters ap app ani pti ians upi dpa xinhua tass cnn bloomberg anadolu agencies the_associated_press associated_press
"""
"""Names of agencies, as datelines print them in brackets."""

DESKS = """
ڈیسک ڈسک رپورٹ رپورٹر رپورٹس بیورورپورٹ نامہ_نگار نمائندہ نمائندے نمائندگان بیورو ایجنسی ایجنسیاں ایجنسیز مانیٹرنگ نیوز_سروس خبر_نگار وقائع_نگار
desk bureau report reporter correspondent agency ڊيسڪ رپورٽ رپورٽر خبرگزاری آژانس مراسل
"""
"""How the name of a paper's own desk or correspondent ends, or begins: it is credited in an agency's place."""

LONE_DESKS = "ڈیسک ڈسک desk ڊيسڪ"
"""How the name of a desk ends, where no brackets show that it is one."""

LONE_CREDITS = """
اسٹاف_رپورٹر سٹاف_رپورٹر اسٹاف_رپورٹ سٹاف_رپورٹ نمائندہ_خصوصی نامہ_نگار_خصوصی خصوصی_نامہ_نگار خصوصی_نمائندہ نیوز_رپورٹر خصوصی_رپورٹر
کامرس_رپورٹر کرائم_رپورٹر اسپورٹس_رپورٹر سپورٹس_رپورٹر لیڈی_رپورٹر جنرل_رپورٹر کورٹ_رپورٹر وقائع_نگار_خصوصی وقائع_نگار بیورو_رپورٹ
مانیٹرنگ_رپورٹ نیوز_ایجنسیاں نیوز_ایجنسیز staff_reporter staff_report bureau_report monitoring_report our_correspondent news_agencies
"""
"""Credits of a paper's own people and of no agency by name, as they stand alone on a line."""

OUTLETS = """
بی_بی_سی بی_بی_سی_اردو وائس_آف_امریکہ ڈی_ڈبلیو جنگ جیو ایکسپریس سماء سما_ٹی_وی ڈان نوائے_وقت ڈیلی_پاکستان روزنامہ_پاکستان روزنامہ_جنگ
روزنامہ_ایکسپریس روزنامہ_دنیا اے_آر_وائی ہم_نیوز سٹی_42 سٹی42 اردو_پوائنٹ اردوپوائنٹ قومی_آواز
"""
"""Papers and stations that datelines name in brackets after a place."""

OUTLET_ENDS = "ڈاٹ_کام ڈاٹ_نیٹ نیوز ٹی_وی ٹائمز آن_لائن اخبار نیوز_سروس نیٹ_ورک news times"
"""How the name of a paper or a station ends, in brackets after a place."""

NO_OUTLETS = "بریکنگ_نیوز فیک_نیوز تازہ_نیوز breaking_news fake_news"
"""What ends as the name of a station does, and is none."""

AFTER_NAMES = "کے کا کی کو نے سے میں پر"
"""Words that go on with a sentence: brackets before them do not end a dateline."""

PORTALS = "اردو_پوائنٹ اردوپوائنٹ"
"""Portals whose datelines name themselves, an agency and a date in one pair of brackets."""

HOME = "ہوم صفحہ_اول صفحۂ_اول سرورق مرکزی_صفحہ ہوم_پیج home homepage الرئيسية الصفحة_الرئيسية خانه صفحه_نخست صفحه_اصلی کور_پاڼه کورپاڼه مک_صفحو"
"""The first step of a breadcrumb."""

SECTIONS = """
پاکستان دنیا بین_الاقوامی عالمی_خبریں کھیل شوبز انٹرٹینمنٹ تفریح کاروبار تجارت معیشت صحت سائنس ٹیکنالوجی سائنس_و_ٹیکنالوجی
سائنس_اور_ٹیکنالوجی قومی قومی_خبریں بلاگ بلاگز کالم کالمز دلچسپ_و_عجیب تعلیم ادب مذہب اسلام خواتین فن_و_ثقافت فن_فنکار
جرائم_و_انصاف انڈیا ہندوستان جنوبی_ایشیا مشرق_وسطیٰ ایشیا یورپ امریکہ کشمیر ویڈیو ویڈیوز تصاویر آس_پاس تازہ_ترین اہم_خبریں
عالمی انٹرنیشنل بین_الاقوامی_خبریں عالمی_خبر قومی_خبر ملکی ملکی_خبریں علاقائی علاقائی_خبریں شہر_شہر_سے بزنس سپورٹس اسپورٹس کھیلوں_کی_خبریں
شوبز_کی_خبریں فیچر فیچرز جرائم عالم_اسلام گلگت_بلتستان آزاد_کشمیر بھارت کاروباری_خبریں سائنس_ٹیکنالوجی نقطۂ_نظر
کراچی لاہور پنجاب سندھ بلوچستان خیبر_پختونخوا اسلام_آباد موسم خصوصی_رپورٹ فیکٹ_چیک ملٹی_میڈیا کرکٹ سیاست ماحولیات اداریہ
world international pakistan sports business politics health technology science entertainment opinion national
العالم سياسة اقتصاد رياضة ثقافة صحة تكنولوجيا فن منوعات أخبار محليات
جهان ایران سیاسی اقتصادی ورزشی فرهنگی اجتماعی بین‌الملل حوادث علمی
نړۍ افغانستان سپورټ سياست
"""
"""Sections by name, for breadcrumbs that run together with what follows."""

NO_LONE_SECTIONS = "تازہ_ترین اہم_خبریں ویڈیو ویڈیوز تصاویر خصوصی_رپورٹ ملٹی_میڈیا موسم کالم بلاگ اداریہ"
"""Sections whose names, alone on a line, may say what a line or a page is instead."""

BYLINE_LABELS = """
مصنف مصنفہ تحریر رپورٹ بقلم قلم_کار کالم_نگار نامہ_نگار تحریر_و_تحقیق رپورٹر مضمون_نگار خصوصی_تحریر رپورٹنگ بلاگر فیچر_نگار اسٹاف_رپورٹر سٹاف_رپورٹر
by author written_by reported_by story_by
بقلم كتب كتبه الكاتب كتبت إعداد تقرير نویسنده به_قلم از_قلم ازقلم گزارش_از گزارشگر خبرنگار ليکوال لیکوال ليکوونکی ليکڪ ليکندڙ از
"""
"""Labels that stand before an author's name, on a line of their own or with it."""

SOURCE_LABELS = "بشکریہ ماخذ سورس ذریعہ source المصدر مصدر منبع سرچينه سرچینه ذريعو"
"""Labels that stand before the name of an agency, on a line of its own."""

ROLES = """
بی_بی_سی ڈاٹ_کام وائس_آف_امریکہ ڈی_ڈبلیو روزنامہ نیوز اردو ٹی_وی نامہ_نگار صحافی رپورٹر کالم_نگار ایڈیٹر تجزیہ_کار مصنف مصنفہ مدیر پروفیسر مراسل صحفي كاتب نویسنده روزنامه‌نگار
editor correspondent reporter columnist journalist
"""
"""What the line under an author's name says: what the author is, or of which outlet."""

NO_NAMES_AFTER_FROM = "سر سرنو حد رو روئے راہ بس طرف"
"""Words with which ``از`` makes an adverb, as in ``از سر نو``: no name follows it."""

JOBS = """
نامہ_نگار صحافی رپورٹر کالم_نگار ایڈیٹر تجزیہ_کار مدیر نمائندہ نمائندہ_خصوصی بیورو_چیف اسٹاف_رپورٹر سٹاف_رپورٹر نیوز_رپورٹر سینئر_صحافی
خصوصی_نامہ_نگار بی_بی_سی وائس_آف_امریکہ ڈی_ڈبلیو انڈپینڈنٹ_اردو
"""
"""What stands behind an author's name and a comma, on the same line."""

CAPTION_LABELS = "تصویر_کا_کیپشن تصویر_کا_ذریعہ ویڈیو_کیپشن فوٹو_کیپشن image_caption photo_caption caption عنوان_تصویر التعليق_على_الصورة"
"""Labels that stand before a caption."""

NOTE_LABELS = "نوٹ انتباہ تنبیہ وضاحت تصحیح note warning correction editor's_note تنبيه ملاحظة تحذير توجه هشدار یادداشت"
"""Labels that stand before a note to the reader."""

PLACES = """
اسلام_آباد راولپنڈی کراچی لاہور پشاور کوئٹہ فیصل_آباد ملتان حیدرآباد گوجرانوالہ سیالکوٹ سرگودھا بہاولپور سکھر لاڑکانہ نوابشاہ میرپور
میرپور_خاص مظفر_آباد گلگت سکردو مردان سوات مینگورہ ایبٹ_آباد بنوں کوہاٹ ڈیرہ_اسماعیل_خان ڈیرہ_غازی_خان رحیم_یار_خان ساہیوال جھنگ شیخوپورہ قصور گجرات
گوادر خضدار تربت چمن ژوب سبی وزیرستان میران_شاہ پاراچنار اٹک جہلم چکوال خیرپور ٹھٹہ جیکب_آباد
دہلی نئی_دہلی ممبئی کولکاتا کلکتہ چنئی بنگلور حیدر_آباد لکھنؤ سری_نگر سرینگر جموں احمد_آباد پٹنہ بھوپال جے_پور علی_گڑھ دیوبند
کابل قندھار ہرات جلال_آباد مزار_شریف تہران مشہد اصفہان ریاض جدہ مکہ مکہ_مکرمہ مدینہ مدینہ_منورہ دبئی دوحہ ابوظہبی مسقط کویت_سٹی منامہ
بغداد دمشق بیروت عمان قاہرہ صنعا عدن انقرہ استنبول یروشلم مقبوضہ_بیت_المقدس بیت_المقدس تل_ابیب غزہ رام_اللہ
واشنگٹن نیویارک لندن پیرس برلن برسلز ماسکو کیف بیجنگ ٹوکیو سیول پیانگ_یانگ پیونگ_یانگ ڈھاکہ کولمبو کھٹمنڈو جنیوا روم میڈرڈ ویانا اقوام_متحدہ سڈنی کینبرا اوٹاوا
ٹورنٹو نیروبی خرطوم تیونس طرابلس کوالالمپور جکارتہ بنکاک سنگاپور
الرياض جدة مكة_المكرمة القاهرة بغداد دمشق بيروت عمّان الدوحة دبي أبوظبي الكويت المنامة مسقط صنعاء عدن الخرطوم تونس الجزائر الرباط طرابلس القدس
غزة رام_الله واشنطن لندن باريس موسكو بكين نيويورك أنقرة إسطنبول طهران
تهران مشهد اصفهان شیراز تبریز قم اهواز کابل هرات واشنگتن نیویورک پاریس مسکو پکن آنکارا استانبول بغداد دمشق بیروت
کندهار ننګرهار جلال_اباد پېښور کوټه ڪراچي حيدرآباد سکر لاڙڪاڻو اسلام_آباد ڄامشورو خيرپور
islamabad karachi lahore peshawar quetta rawalpindi faisalabad multan hyderabad new_delhi delhi mumbai srinagar kabul kandahar tehran riyadh jeddah
dubai abu_dhabi doha baghdad damascus beirut amman cairo ankara istanbul jerusalem gaza washington new_york london paris berlin brussels moscow kyiv
beijing tokyo seoul dhaka colombo kathmandu geneva united_nations
بنگلورو میرٹھ کانپور وارانسی رانچی گوہاٹی امرتسر چندی_گڑھ کولہاپور اورنگ_آباد ناگپور پونے گلبرگہ بیدر نظام_آباد مرادآباد سہارنپور بریلی
اوکاڑہ پاکپتن وہاڑی خانیوال بھکر میانوالی خوشاب چنیوٹ ٹوبہ_ٹیک_سنگھ نارووال حافظ_آباد منڈی_بہاؤالدین مظفرگڑھ لودھراں گوجر_خان ٹیکسلا
صوابی چارسدہ نوشہرہ ہنگو لکی_مروت چترال ہری_پور مانسہرہ بدین شکارپور گھوٹکی ٹنڈو_آدم سانگھڑ تھرپارکر لسبیلہ قلات مستونگ نصیر_آباد
"""
"""Cities that stories are filed from."""
