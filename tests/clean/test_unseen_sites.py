"""What pages of sites that nobody wrote rules for carry: it goes by the language packs alone, and prose like it stays.

Every line is put under the title, between paragraphs and at the foot of a page that is nothing but an article. Lines
that look like boilerplate and are none must stay in all three places.
"""

from functools import cache

import pytest
from tests.shared import ROOT

from saaf.clean import Cleaner
from saaf.clean.spans import remainder
from saaf.config import CleanConfig

TITLE = "شہر میں نئے پل کا افتتاح ہو گیا"
BODY = (
    "شہر کے پرانے حصے میں نیا پل کھل گیا ہے جس سے دریا کے پار جانا آسان ہو گیا ہے۔",
    "پل پر کئی سال سے کام جاری تھا اور لوگ کشتی سے دریا پار کرتے تھے۔",
    "افتتاح کے موقع پر بڑی تعداد میں لوگ جمع ہوئے اور بچوں نے پھول پیش کیے۔",
    "میئر نے کہا کہ پل کی تعمیر پر مقامی مزدوروں نے دن رات کام کیا۔",
    "شہریوں کا کہنا تھا کہ اب انہیں منڈی تک پہنچنے میں صرف چند منٹ لگیں گے۔",
    "آخر میں میئر نے سب کا شکریہ ادا کیا اور لوگ گھروں کو لوٹ گئے۔",
)

AT_THE_FOOT = (
    "Tagged under پل دریا لاہور",
    "by ThemeMaker. Powered by",
    "Comments are closed on this story.",
    "نوٹ: یہ مضمون طبی جریدے کی تفصیلات پر مبنی ہے، قارئین اپنے معالج سے بھی ضرور مشورہ کریں۔",
    "علی رضا کے دیگر کالم پڑھیں",
    # the outlet about itself
    "About Shehr News HD:\nShehr News HD is a private television channel.\nIts chairman is Ali Raza.",
    "Shehr Nama is the first digital news channel of the region.",
    "Shehr Times is your news, entertainment and music website. We bring you the latest videos.",
    "Registered with the Press Council of Pakistan.",
    "We are committed to bringing you accurate and timely news.",
    "We invite you to join us. We welcome your comments.",
    "If you would like to write for us, please contact us at: blog@example.com",
    "For feedback and queries contact us at info@example.com",
    "Visit our website for latest Urdu news.",
    "Head Office: 12 Garden Road, Lahore, Pakistan",
    "Chief Editor: Ali Raza",
    "The views expressed in this article are those of the writer and not necessarily of the paper.",
    "The writer can be reached at ali@example.com",
    "شہر نامہ ایک اردو نیوز پورٹل ہے جو اپنے قارئین کو تازہ ترین خبریں فراہم کرتا ہے۔",
    "پاکستان کا سب سے بڑا اردو نیوز نیٹ ورک",
    "شہر نامہ | سچ کی آواز",
    "شہر نیوز",
    "روزنامہ شہر نامہ لاہور",
    "Latest Urdu News | شہر نامہ",
    # notices, subscriptions, applications
    "تازہ ترین خبریں حاصل کرنے کیلئے فوری اطلاع کی اجازت دیں",
    "تازہ خبروں کے نوٹیفکیشن حاصل کرنے کے لیے اجازت دیں",
    "آپ کسی بھی وقت بيل آئيكن پر كلك كر كے سبسكرائب كر سكتے ہيں",
    "ہمارا چینل ضرور سبسکرائب کریں",
    "Would you like to receive push notifications?",
    "Please turn off your ad blocker to continue.",
    "iOS app Android app",
    "Download on the App Store",
    "اینڈرائیڈ ایپ | آئی او ایس ایپ",
    # texts for search engines
    "In Kitchen Tips section you can find Chai Ka Tarika in easiest way. Find Chai Ka Tarika in urdu only at Example.",
    "At this page you can find all recipes in Urdu.",
    "نوٹ: یہ تحریر عام معلومات کے لیے ہے، عمل سے پہلے معالج سے مشورہ کریں۔",
    # polls, comments, sharing
    "رائے شماری\nکیا آپ نئے پل سے خوش ہیں؟\nہاں\nنہیں",
    "آن لائن پول: کیا آپ نئے پل سے خوش ہیں؟",
    "کیا نئے پل سے عوام کو فائدہ ہوگا۔\nView Results",
    "Leave a Reply جواب منسوخ کریں",
    "آپ کو تبصرہ کرنے کے لیے لاگ ان ہونا چاہیے۔",
    "3 Comments on شہر میں نئے پل کا افتتاح",
    "اپنے دوستوں سے شئیر کریں",
    "Tweet 0",
    "Shares\n12",
    # sections and keywords
    "پاکستانسیاستقومی",
    "پاکستان تازہ ترین",
    "Posted in پاکستان, تازہ ترین",
    "Previous پل کی تاریخ کیا ہے",
    "bridge, river, Lahore, mayor",
    "Courtesy: Example Urdu",
    "Trending\n- پل کب کھلے گا\n- A bridge is built",
    "دریا کا پانی بڑھ گیا »",
    "پچھلا مضمون دریا کا پانی بڑھ گیا",
    "علی رضا پشاور میں مقیم صحافی ہیں۔",
    "یہ سائٹ اسپام کو کم کرنے کیلئے Akismet کا استعمال کرتی ہے۔",
    "مزید خبروں کے لیے ہماری ویب سائٹ دیکھیں",
    "ہمارا واٹس ایپ نمبر: 03001234567",
    "Designed & Developed by Example Tech",
    "Newer Post Older Post Home",
    # who may comment, and how
    "براہ کرم تبصرہ اردو میں لکھیں۔",
    "ناشائستہ اور اخلاق سے گرے ہوئے تبصرے حذف کر دیے جائیں گے۔",
    "اگر ممکن ہے تو اپنا تبصرہ تحریر کریں",
    "سب سے پہلے تبصرہ کریں",
    "Comments powered by Disqus",
    "ضروری خانوں کو * سے نشان زد کیا گیا ہے",
    # credits, corrections, letters
    "نیوز ایجنسی (یو این آئی ان پٹ کے ساتھ)",
    "اس مضمون میں بیان کردہ خیالات مصنف کے اپنے ہیں",
    "ان سے رابطہ کیا جا سکتا ہے: ali@example.com",
    "اس خبر میں غلطی کی اطلاع دیں",
    "Originally published at example.org",
    "Read the full article here",
    "Check your inbox or spam folder to confirm your subscription.",
    "Get real time updates directly on your device, subscribe now.",
    "FB.com/ali.raza.official",
    # counts and scores
    "59 total views, 3 views today",
    "12,345 Fans Like",
    "1 2 3 … 10 Next",
    "Recently Finished\nExample Stars won by 111 runs\nResult\nES\n179/2\n20 Overs\nOS\n68/10\n14.2 Overs",
    "send to WhatsApp send to Telegram",
    "کیٹاگری میں : اہم خبریں، تعلیم",
)
AT_THE_HEAD = (
    "بدھ14؍شوال المکرم 1442ھ26؍مئی 2021ء",
    "۲۶؍مئی ۲۰۲۱ء",
    "ہفتہ 15 مئی 2021ء بمطابق 2 شوال 1442ھ",
    "On مئی 26, 2021 Last updated مئی 27, 2021",
    "مئی 26, 2021 ویب ڈیسک پاکستان, تازہ ترین 0",
    "in پاکستان, تازہ ترین",
    "Breaking News, Pakistan",
    "مین سٹوری",
    "0 SHARES 12 VIEWS",
    "Shehr News HD",
    "Published 2 years ago on مئی 26, 2021 By Web Desk",
    "مئی 26, 20210 تبصرے",
    "شہر نیوز نیٹ ورک، 12 دسمبر",
    "shehrnama.com.pk",
    "Submitted by admin on Mon, 05/03/2021 - 10:15",
    "May 3, 2021 Ali Raza Pakistan 0",
    "آج : 26, May 2021",
    "26 جون ، 2021۔",
    "📅2026-03-11",
    "صبح 7:45 بجے",
    "You are here: Home",
    "آپ یہاں ہیں: ہوم",
    "~4 منٹ مطالعہ",
    "1541 Words",
    "User Rating: 0 / 5",
    "Photo Credit : https://example.org/2021/05/bridge-1024x600.jpg",
)
ANYWHERE = (
    "اکتوبر 14, 2023",
    "[متعلقہ: شہر کے باغ میں پھولوں کا میلہ لگا]",
    "[علی رضا خان]",
    "1500 / 1500",
    '<script async src=”https://example.org/widgets.js” charset="utf-8"></script>',
    'style="display:none;">',
    "<!-- wp:paragraph -->",
    "@media (max-width: 600px) { .box { width: 100% } }",
    "[embedyt] https://example.org/watch?v=abc[/embedyt]",
    "p.p1 {margin: 0.0px 0.0px 0.0px 0.0px; text-align: right; color: #454545}",
    "table td { width: 50%",
    "٭…٭…٭",
    "…………….",
    "Español",
    "中文",
    "spot_imgspot_img",
)
PROSE = (
    "عدالت نے کہا کہ یہ مصنف کی ذاتی رائے تھی، ادارے کی نہیں۔",
    "اکتوبر 14, 2023 کو پل کا سنگ بنیاد رکھا گیا تھا۔",
    "علی رضا کے مزید کالم پڑھیں تو پل کی کہانی معلوم ہوگی۔",
    "اس نے کہا۔ [وہ ہنس پڑے] پھر سب چپ ہو گئے۔",
    "لوگ کہتے ہیں کہ اس ویب سائٹ کے مضامین اچھے ہیں۔",
    "ان کی نظم Tagged under rain کے نام سے چھپی تھی۔",
    # what people say in English
    "We believe in the rule of law and will fight for it till the end.",
    '"We are providing all facilities to the people," he wrote.',
    "We do not comment on media reports.",
    "Our aim is to win the World Cup.",
    "Our mission is peace.",
    "If you are not with us, you are against us.",
    "Please contact the nearest police station if you see the child.",
    "Call 1122 in an emergency",
    "Thank you all for the love.",
    "The website is down again, what is going on?",
    "Lahore is the city of gardens.",
    "Example News reported that the case is one of the largest in the media group",
    "To be, or not to be, that is the question",
    "Ali, Ahmed, Raza, Khan and Bilal were there.",
    "bread, butter, jam",
    "Ali Raza",
    "Professor of History, University of the Punjab",
    "Source of pride",
    "From Karachi to Khyber",
    "Happy birthday legend",
    "Follow your dreams",
    "Find your way home",
    "You can find peace in prayer",
    "The author of the book is unknown.",
    "Pakistan Cricket Board",
    "About time they did something",
    "Breaking barriers: women in science",
    "100 years of solitude",
    "2 years ago they built it",
    "Follow the river to the sea",
    "Design by committee fails.",
    "Report of the commission",
    # polls, bells, permissions
    "رائے شماری میں حصہ لینے والوں کی تعداد کم رہی",
    "کیا رائے شماری سے مسئلہ حل ہوگا؟",
    "آج کا سوال یہ ہے کہ ہم کہاں کھڑے ہیں؟",
    "پہلا سوال: کیا پل محفوظ ہے؟",
    "جی ہاں",
    "سروے کے مطابق نصف لوگ خوش ہیں",
    "شہری فوری طور پر ریسکیو کو اطلاع دیں",
    "عدالت نے ملاقات کی اجازت دے دی",
    "حکومت نے نوٹیفکیشن جاری کر دیا",
    "بلی کے گلے میں گھنٹی کون باندھے گا؟",
    "اسکول کی گھنٹی کا بٹن دبا کر وہ بھاگ گیا۔",
    "بیل کے نشان پر مہر لگائیں، امیدوار نے کہا",
    "صارفین اب چینل کو سبسکرائب کر سکتے ہیں۔",
    "کمپنی کی نئی ایپ پلے سٹور پر دستیاب ہے۔",
    "ایپ ڈاؤن لوڈ کرنے والوں کی تعداد بڑھ گئی",
    # the outlet's words in others' mouths
    "ہم آپ کو یہ بتانا چاہتے ہیں کہ خبر درست نہیں تھی",
    "ہماری ویب سائٹ ہیک کر لی گئی، وزارت نے کہا",
    "پاکستان کی پہلی خاتون پائلٹ",
    "ملک کا سب سے بڑا ڈیم",
    "سچ کی آواز دبائی نہیں جا سکتی",
    "شاعر - حق کا ترجمان",
    "روزنامہ مشرق سے گفتگو کرتے ہوئے کہا",
    "نوٹ: میں نے یہ بات پہلے بھی لکھی تھی۔",
    "احتیاط: علاج سے بہتر ہے",
    "یہ مضمون میں نے دس سال پہلے لکھا تھا۔",
    "دوستوں کے ساتھ وقت گزاریں",
    "اپنے خیالات کا اظہار کرنا سب کا حق ہے",
    "جواب دیں تو کیا دیں",
    "تبصرہ کرنے کے لیے لفظ نہیں",
    "وہ لاہور میں مقیم ہیں۔",
    "ان کے والد بھی صحافی ہیں۔",
    "«دریا کا پانی» ایک کتاب ہے۔",
    "پچھلا مضمون غلط تھا۔",
    "کمپنی اسپام کو کم کرنے کا دعویٰ کرتی ہے۔",
    "مزید خبروں کے لیے وہ بازار گئے۔",
    # dates, sections, code
    "شہر نیوز نیٹ ورک، 12 دسمبر کو بند ہوا",
    "آج بدھ 26 مئی 2021 کو چھٹی ہوگی",
    "12 رجب کو جلوس نکلا",
    "پاکستان ایران",
    "خواتین کرکٹ",
    "کھیل اور صحت",
    "in ایکشن",
    "5 < 7 اور 9 > 3",
    'class="9" کا پرچہ',
    "@media نے یہ خبر دی",
    # comments, agencies, scores, letters of the alphabet
    "وزیر نے کہا کہ تبصرے شائع ہوں گے۔",
    "اس نے کتاب پر اپنا تبصرہ تحریر کیا۔",
    "ایجنسیوں کے تعاون سے پل کھل گیا۔",
    "Result of the match",
    "Test of faith",
    "20 Overs were bowled",
    "پاکستان نے 20 اوورز میں 179 رنز بنائے",
    "انگریزی میں پڑھیں تو لطف آتا ہے",
    "سرخیاں لگانے والے اخبار",
    "صبح 7 بجے میلہ شروع ہوا",
    "درجہ حرارت 32 ڈگری رہا",
    "Details of the plan",
    "p {the first letter of the word}",
    "May 3, 2021 the toll rose to 45",
    "آپ یہاں ہیں تو بتائیں",
    # sentences that speak of rights, opinions, cookies and channels
    "شہریوں نے کہا کہ وہ اپنی رائے حکومت کو ارسال کریں گے۔",
    "وزیر نے کہا کہ عوام اپنی رائے دیں۔ واٹس ایپ پر افواہیں پھیلتی ہیں۔",
    "اس نے اپنی تحریر ایک دوست کو ای میل کی تھی۔",
    "چین کے ڈیزائن کردہ طیارے کی قیمت کم ہے۔",
    "یہ پل ایک مقامی انجینئر کا ڈیزائن کردہ ہے۔",
    "آئین میں اقلیتوں کے تمام حقوق محفوظ ہیں۔",
    "انہوں نے کہا کہ تمام حقوق آئین کے تحت محفوظ ہیں۔",
    "آپ کا میری رائے سے متفق ہونا ضروری نہیں، لیکن سوچیے ضرور۔",
    "ہر ایک کا ہر بات سے متفق ہونا ضروری نہیں ہوتا۔",
    "کمپنی نے کاپی رائٹ 2023 میں حاصل کیا تھا۔",
    "مصنف نے جملہ حقوق بیچ دیے تھے۔",
    "پبلشر کے پاس جملہ حقوق تھے۔",
    "بلا اجازت نقل کرنے پر طالب علم کو سزا ہوئی۔",
    "مواد کی نقل بغیر اجازت شائع کی گئی تھی، پولیس نے بتایا۔",
    "انہوں نے مضمون کی اجازت کے بغیر اشاعت کو جرم کہا۔",
    "ادارے کا مصنف کی رائے پر اعتراض عدالت میں مسترد ہوا۔",
    "ادارے کے ساتھ رابطہ ای میل پر ہوا تھا۔",
    "کالم نگار کو عدالت نے ای میل پر نوٹس بھیجا۔",
    "یہ خبر مقامی اخبار میں شائع ہوئی تھی۔",
    "یہ رپورٹ گزشتہ ہفتے ایک جریدے میں شائع ہوئی۔",
    "ہم کوکیز استعمال کرتے ہیں، بیکری کے مالک نے کہا۔",
    "حکومت نے کہا کہ شہری واٹس ایپ چینل سے معلومات حاصل کریں۔",
    "ہسپتال کو آپ کے تعاون کی ضرورت ہے، وزیر نے کہا، لوگ عطیہ دیں۔",
    "نوٹ: نئے کرنسی نوٹ عید پر جاری ہوں گے۔",
    # what labels beside other labels say
    "شیئر کریں یا نہ کریں، یہ فیصلہ صارف کا ہے۔",
    "انہوں نے لکھا کہ یہ ویڈیو شیئر کریں تاکہ سب جان سکیں۔",
    "یہ بھی پڑھیں گے اور وہ بھی، طالب علموں نے وعدہ کیا۔",
    "مزید پڑھیں تو معلوم ہوگا کہ مصنف نے کیا کہا۔",
    "فائل فوٹو میں وہ لوگوں کے ساتھ کھڑے ہیں۔",
    "اشتہار بازی کے ذریعے لوگوں کو متاثر کیا گیا۔",
    "نوجوان ان کے یوٹیوب چینل کو سبسکرائب کریں تو علم بڑھے گا۔",
    "پولیس نے کہا کہ شہری اس واٹس ایپ چینل کو جوائن کریں اور افواہوں سے بچیں۔",
    "کمپنی نے صارفین سے کہا کہ ایپ ڈاؤن لوڈ کرنے کے لیے یہاں کلک کریں کے پیغام سے ہوشیار رہیں۔",
    "خبر کے بارے میں اپنی رائے کا اظہار کرتے ہوئے وزیر نے کہا کہ یہ غلط ہے۔",
    "کیا آپ بھی بلاگ لکھنا چاہتے ہیں؟ یہ سوال آج ہر نوجوان سے پوچھا جا رہا ہے۔",
    "اپنے مضمون کو واٹس ایپ پر بھیجنے والے صحافی نے بتایا کہ پیغام لیک ہو گیا۔",
    "صفحہ اول پر چھپنے والی خبر نے ہلچل مچا دی۔",
    "روزنامہ شہر، لاہور سے شائع ہونے والا سب سے بڑا اردو اخبار ہے۔",
    "یہ مضمون روزنامہ شہر میں 12 مارچ 2020 کو شائع ہوا تو ہنگامہ کھڑا ہو گیا۔",
    "شہر نامہ پاکستان میں اردو کی بڑی ویب سائٹس میں سے ایک ہے۔ اس کے صحافیوں کو خبروں پر انعام ملے۔",
    "ہم ایک آزاد قوم ہیں۔ ہمیں تعاون کی ضرورت ہے، وزیر اعظم نے کہا۔",
    "ڈاکٹر سے رابطہ کریں یا ہیلپ لائن نمبر 1166 پر کال کریں، وزارت صحت نے کہا۔",
)


BEHIND_THE_LAST_SENTENCE = (
    "شیئر کریں فیس بک ٹوئٹر واٹس ایپ",
    "Facebook Twitter WhatsApp",
    "Share this:",
    "مناظر: 120",
    "Tags: پل، شہر",
    "مزید پڑھیں",
    "Read more...",
    "(جاری ہے)",
    "بشکریہ بی بی سی",
    "سورس: اے ایف پی",
    "(اے پی پی)",
    "(اے ایف پی، روئٹرز)",
    "| ہمارا واٹس ایپ چینل جوائن کریں",
    "اس خبر پر اپنی رائے دیں",
    "ادارے کا مضمون نگار کی رائے سے متفق ہونا ضروری نہیں",
    "12 مارچ 2024",
    "Updated: 12 March 2024",
    "Leave a Reply",
    "Your email address will not be published. Required fields are marked *",
    "All rights reserved.",
    "© Shehr Nama 2024. All Rights Reserved.",
    "جملہ حقوق محفوظ ہیں",
)
"""Labels at the end of a text that has lost its line breaks."""
BEFORE_THE_FIRST_WORD = (
    "شائع 12 مارچ 2024 10:30am",
    "ویب ڈیسک منگل 12 مارچ 2024",
    "آخری اپ ڈیٹ 12 مارچ 2024",
    "Published On 12 March,2024 10:30 am",
    "By Web Desk | March 12, 2024",
    "12/03/2024 10:30",
    "(فائل فوٹو)",
    "Photo: AFP",
    "فیس بک ٹویٹر واٹس ایپ",
    "Share on Facebook Share on Twitter",
    "پڑھنے کا وقت: 2 منٹ",
    "120 مناظر",
)
"""Labels at its beginning."""
BETWEEN_SENTENCES = (
    "علی رضا کا یوٹیوب چینل سبسکرائب کریں",
    "خود کو اپ ڈیٹ رکھنے کے لیے شہر نامہ کو گوگل نیوز پر فالو کریں",
    "Engagement: 0",
    "To view this video please enable JavaScript, and consider upgrading to a web browser that supports HTML5 video",
    "لازمی پڑھیں۔ دریا کے کنارے نئے باغ کی تعمیر کا اعلان",
    "یہ تحریر بھی پڑھیں: دریا کے کنارے نئے باغ کی تعمیر کا اعلان",
    "(یہ بھی پڑھیں: دریا کے کنارے نئے باغ کی تعمیر کا اعلان)",
    "پڑھیں: دریا کے کنارے نئے باغ کی تعمیر کا اعلان",
    "تصویر بشکریہ اے ایف پی",
    "(Photo Credit- @example/Instagram)",
    "واٹس ایپ چینل فالو کریں",
    "ہمیں گوگل نیوز پر فالو کریں",
    "ویڈیو دیکھنے کے لیے یہاں کلک کریں",
    "اس خبر کو شیئر کریں",
    "اشتہار کے بعد خبر جاری ہے",
    "شہر کی مزید خبروں کے لیے شہر نیوز وٹس ایپ گروپ جوائن کریں",
    "شہر نیوز کے یوٹیوب چینل کو سبسکرائب کریں",
    "شہر نامہ کو فیس بک، ٹوئٹر اور انسٹاگرام پر فالو کریں",
    "شہر نامہ کی موبائل ایپ ڈاؤن لوڈ کرنے کے لیے یہاں کلک کریں۔",
    "یہ بھی پڑھیں: نئے باغ میں فوارہ نصب، شہریوں کی بڑی مشکل آسان",
    "مزید پڑھیں: دریا میں کشتی ڈوبنے سے متعدد مزدور لاپتہ",
    "مزید پڑھیں: میئر نے استعفے کا الزام مسترد کردیا",
    "خبر کے بارے میں اپنی رائے کا اظہار کمنٹس میں کریں، مذکورہ معلومات کو سوشل میڈیا پر شیئر کریں۔",
    "(adsbygoogle = window.adsbygoogle || []).push({});",
    "Adsence Ads 300X250",
    "The code has been copied to your clipboard.",
    "https://p.dw.com/p/4ABcd",
    "- Advertisement -",
    "[email protected]",
)
"""Labels in the middle of it."""
BESIDE_A_DATE = (
    "فائل فوٹو",
    "فوٹو: اسکرین گریب/انسٹاگرام",
    "شیئر کریں:",
    "Follow Us",
    "Share on Facebook",
    "| Shehr News Network | Lahore",
    "100% Font Size",
)
"""Labels that only what stands beside them makes labels."""


@cache
def cleaner() -> Cleaner:
    """Packs take seconds to load."""
    return Cleaner.load(CleanConfig(), ROOT)


def left_of(page: str) -> list[str]:
    left = remainder(page, cleaner().removed(page, language="ur", site="shehrnama.example"))
    return [line for line in left.split("\n") if line.strip()]


def page_with(line: str, below: int) -> str:
    """A page with a line under its title and so many paragraphs."""
    return "\n".join([TITLE, *BODY[:below], line, *BODY[below:]])


def words_left(page: str) -> list[str]:
    return remainder(page, cleaner().removed(page, language="ur", site="shehrnama.example")).split()


@pytest.mark.parametrize("label", BEHIND_THE_LAST_SENTENCE)
def test_what_stands_behind_a_text_without_line_breaks_goes(label: str) -> None:
    assert words_left(" ".join([*BODY, label])) == " ".join(BODY).split()


@pytest.mark.parametrize("label", BEFORE_THE_FIRST_WORD)
def test_what_stands_before_a_text_without_line_breaks_goes(label: str) -> None:
    assert words_left(" ".join([label, *BODY])) == " ".join(BODY).split()


@pytest.mark.parametrize("label", BETWEEN_SENTENCES)
def test_what_stands_between_its_sentences_goes(label: str) -> None:
    assert words_left(" ".join([*BODY[:3], label, *BODY[3:]])) == " ".join(BODY).split()


@pytest.mark.parametrize("label", BESIDE_A_DATE)
@pytest.mark.parametrize("order", ["{date} {label}", "{label} {date}"])
def test_what_stands_beside_the_date_under_the_title_goes(label: str, order: str) -> None:
    beside = order.format(label=label, date="Updated: March 12, 2024 10:30 AM")
    assert words_left(" ".join([TITLE, beside, *BODY])) == " ".join([TITLE, *BODY]).split()


def test_the_title_in_the_trail_goes() -> None:
    page = " ".join([f"ہوم » پاکستان » {TITLE}", TITLE, *BODY])
    assert words_left(page) == " ".join([TITLE, *BODY]).split()


@pytest.mark.parametrize("line", PROSE)
@pytest.mark.parametrize("below", [0, 3, len(BODY)])
def test_prose_stays_in_a_text_without_line_breaks(line: str, below: int) -> None:
    page = page_with(line, below).replace("\n", " ")
    assert words_left(page) == page.split()


@pytest.mark.parametrize("line", AT_THE_FOOT)
def test_what_stands_under_the_text_goes(line: str) -> None:
    assert left_of(page_with(line, len(BODY))) == [TITLE, *BODY]


@pytest.mark.parametrize("line", AT_THE_HEAD)
def test_what_stands_under_the_title_goes(line: str) -> None:
    assert left_of(page_with(line, 0)) == [TITLE, *BODY]


@pytest.mark.parametrize("line", ANYWHERE)
@pytest.mark.parametrize("below", [0, 3, len(BODY)])
def test_what_no_reader_should_see_goes_everywhere(line: str, below: int) -> None:
    assert left_of(page_with(line, below)) == [TITLE, *BODY]


@pytest.mark.parametrize("line", PROSE)
@pytest.mark.parametrize("below", [0, 3, len(BODY)])
def test_prose_that_sounds_like_it_stays_everywhere(line: str, below: int) -> None:
    assert left_of(page_with(line, below)) == page_with(line, below).split("\n")


def test_the_text_of_an_embedded_tweet_stays() -> None:
    tweet = '<blockquote class=”twitter-tweet”><p lang=”en”>What a bridge!</p>— Ali (@ali) <a href="https://example.org/1">May 3, 2021</a></blockquote>'
    assert "What a bridge!" in [line.strip() for line in left_of(page_with(tweet, 3))]


def test_english_prose_on_an_english_page_is_nobodys_self_praise() -> None:
    page = "A bridge opens\nWe bring you the latest in fashion, said the mayor.\nDawn is a newspaper of the city."
    assert cleaner().removed(page, language="en") == ()
