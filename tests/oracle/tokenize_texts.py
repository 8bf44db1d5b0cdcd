"""Texts for the kernel tokenize that tokenizers get wrong, bytes that are no UTF-8, and random texts."""

# ruff: noqa: RUF001 (ambiguous characters are what is tested)

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"

TEXTS: dict[str, str] = {
    "empty": "",
    "one_letter": "a",
    "one_space": " ",
    "one_line_feed": "\n",
    "nul": "\0",
    "controls": "".join(map(chr, range(0x20))) + "\x7f\x80\x9f",
    "english": "The quick brown fox doesn't jump over the lazy dog; it's 12345678 years old.",
    "contractions": "I'm you're he'll she'd we've it's can't 'twas rock'n'roll don''t '' 'x 's's 'S'T'RE'VE'M'LL'D",
    "contractions_of_other_apostrophes": "it\u2019s we\u2018re can\u02bct o\u00b4clock",
    "contraction_with_long_s": "it'\u017f 'I'\u017fe'\u017f\u017f a'\u017ft",
    "kelvin_sign": "273'\u212a \u212aelvin i'\u212a",
    "contractions_of_dotted_letters": "'\u0130 '\u0131 '\u1e9e '\ufb05 'v\u0301e 'r\u00e9",
    "contraction_cut_short": "we'r we'v we'l 'r",
    "contraction_before_letters": "'sam 'tis 'really 'llama 'Mary o'dear",
    "upper_and_title_case": "HTTPServer iOS eBay McDonald's XMLHTTPRequest \u01c5 \u1f88",
    "spaces_between": "a  b   c    d",
    "spaces_at_the_end": "done   ",
    "spaces_at_the_start": "   start",
    "spaces_alone": "     ",
    "spaces_of_83": " " * 83,
    "tabs": "\tone\t\ttwo \t three\t \tfour\t",
    "line_feeds": "a\nb\n\nc\n\n\nd",
    "crlf": "a\r\nb\r\n\r\nc\r\r\n\nd\r",
    "spaces_before_line_ends": "a \nb  \r\n  c\t\n\t\nd \n \n ",
    "spaces_behind_line_ends": "a\n b\n  c\n\n   d",
    "line_ends_behind_punctuation": "x!\n\ny.\r\n z;\n;\n\n!!\r\n\r\n",
    "other_spaces": "a\u00a0b\u2003c\u3000d\u1680e\u202ff\u205f\u205fg\u2028h\u2029i\x85j\x0bk\x0cl",
    "other_spaces_repeated": "\u3000\u3000a \u00a0 b\u2003\u2003\n\u2003c\u00a0",
    "no_spaces": "a\u200bb\ufeffc\u2060d\u180ee\u200cf\u00adg",
    "file_separators": "a\x1cb\x1d\x1ec\x1f\x1fd",
    "digits": "0 12 123 1234 12345 1234567 3.14159 1,000,000 1e-9 0x1F",
    "digits_of_other_scripts": "١٢٣٤ १२३४ １２３４ ๑๒๓๔ 𝟎𝟏𝟐𝟑",
    "numbers_that_are_no_digits": "\u00bd\u00b2\u00b3\u2460\u2167\u3007\u0bf0\u2189 x\u00b2y\u2083 \u5341\u4e8c",
    "digits_and_letters": "a1b22c333d4444 v1.2.3rc4 2nd 3D 5G",
    "composed": "\u00e9\u00e8 na\u00efve caf\u00e9 \u00c5ngstr\u00f6m \ud55c\uad6d\uc5b4",
    "decomposed": unicodedata.normalize(
        "NFD", "\u00e9\u00e8 na\u00efve caf\u00e9 \u00c5ngstr\u00f6m \ud55c\uad6d\uc5b4"
    ),
    "marks_alone": "\u0301\u0301 \u0301a \u0308\u0327 a\u0301\u0302\u0303\u0304b \u20dd\u0488",
    "emoji": "\U0001f600\U0001f680 ok\U0001f44d\U0001f3fd! \U0001f1e9\U0001f1ea\U0001f1eb\U0001f1f7 \u2764\ufe0f",
    "emoji_joined": f"{FAMILY} {FAMILY}{FAMILY} \U0001f3f3\ufe0f\u200d\U0001f308 \U0001f469\U0001f3ff\u200d\U0001f4bb",
    "thai": "สวัสดีครับ ขอบคุณมาก น้ำ",
    "chinese": "今天天气很好，我们去公园吧。你好世界！",
    "japanese": "東京タワーに行きました。ｶﾞｷﾞ ん゛",
    "korean": "\uc548\ub155\ud558\uc138\uc694 \uc138\uacc4 \u1100\u1161\u11a8",
    "arabic": "السلام عليكم، مُحَمَّدٌ ؟ ـــ",
    "hebrew": "שלום עולם ש\u05b8\u05c1לו\u05b9ם ׳״",
    "hindi": "नमस्ते दुनिया क्षत्रिय",
    "russian_and_greek": "Привет, мир! Γειά σου κόσμε Σς",
    "mixed_scripts": "abc\u0434\u0435\u0444\u4e2d\u6587\u3042\u0e01\u05d0\u0905 x\u0434 \u0434x",
    "right_to_left_marks": "a\u200fb\u202ec\u2066d\u2069",
    "private_and_unassigned": "\ue000\uf8ff \U000f0000 \u0378 \ufffe\uffff \U0010ffff",
    "letters_newer_than_unicode_15": "x\u1c89y \ua7cb\ua7cb \U00010d40\U00010d41 \U00016d40z \U0002ebf0\U0002ebf1",
    "letters_of_unicode_15": "\U0001e4d0\U0001e4d1\U00011f04x \U000323a0\U00031350 \U0001d2c0\U0001d2c1",
    "replacement_character": "\ufffd\ufffd a\ufffdb",
    "mathematics": "∀x∈ℝ: ∑∫√ 𝓐𝓑 ℂℕ µμ ªº",
    "ligatures": "\ufb01\ufb02\ufb03 \u0133 \u01c6 \u00c6 \u00df",
    "modifier_letters": "\u02b0\u02b2 \u1d2c\u1d43 \u10fc \ua78a \u02c8a\u02d0",
    "punctuation_runs": "!!! ... ??!? --- === ***  (((x)))  {}[]<> ,,, a,b.c;d",
    "symbols": "\u20ac5 $5 \u00a35 \u00a55 \u20bf1 50% \u00a9\u00ae\u2122 \u00b1\u00d7\u00f7 ^`~|",
    "special_tokens_are_text": "<|endoftext|> <|fim_prefix|><|fim_middle|><|fim_suffix|> <|endofprompt|>",
    "code": 'func main() {\n\tfmt.Println("hello, \\u4e16")\n\tfor i := 0; i < 10; i++ {\n\t\tx[i] = i*i\n\t}\n}\n',
    "json": '{"a": [1, 2.50, -3e+7, true, null], "b\\n": {"": "\\u00e9"}}',
    "html": '<a href="https://example.com/?q=1&r=%20#x">x&nbsp;y</a><br/>\r\n',
    "access_log": '203.0.113.9 - - [23/Nov/2026:08:00:01] "GET /api/v2/items?id=42 HTTP/1.1" 200 53 "-" "curl/8"\r\n',
    "base64": "SGVsbG8sIFdvcmxkIQ== aGVsbG8gd29ybGQ gh4F/+kQzzXyA9Tt",
    "uuid": "550e8400-e29b-41d4-a716-446655440000",
    "snake_and_camel": "snake_case_name camelCaseName kebab-case SCREAMING_SNAKE __init__",
    "letter_before_every_space": "".join(
        f"a{space}" for space in "\t\n\v\f\r \x85\xa0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000"
    ),
    "four_bytes_each": "\U00020000\U0002a6d6\U0001f9ff\U00010348\U0001f600" * 6,
    "long_run_of_one_letter": "a" * 3000,
    "long_run_of_two_letters": "ab" * 1500,
    "long_word_of_20000": "incomprehensibilities" * 952 + "incomprx",
    "long_run_of_punctuation": "=" * 2000 + "-" * 1001 + "*",
    "long_run_of_spaces": " " * 4000 + "x" + "\n" * 3000,
    "long_run_of_digits": "9876543210" * 300,
    "long_run_of_chinese": "\u6c38" * 2000,
    "long_run_of_marks": "a" + "\u0301" * 2000,
    "long_text": "It was the best of times, it was the worst of times \u2014 caf\u00e9 n\u00ba 7.\r\n" * 100,
}

INVALID: dict[str, bytes] = {
    "byte_ff": b"\xff",
    "byte_fe": b"abc \xfe",
    "byte_c0": b"\xc0\x80",
    "byte_c1": b"\xc1\xbf",
    "byte_f5": b"\xf5\x80\x80\x80",
    "continuation_alone": b"\x80",
    "continuation_behind_text": b"abc\xbf",
    "two_bytes_cut": b"a\xc3",
    "three_bytes_cut_after_one": b"a\xe2",
    "three_bytes_cut_after_two": b"a\xe2\x82",
    "four_bytes_cut_after_two": b"a\xf0\x9f",
    "four_bytes_cut_after_three": b"a\xf0\x9f\x98",
    "two_bytes_with_a_letter": b"\xc3(",
    "three_bytes_with_a_letter": b"\xe2\x82x",
    "four_bytes_with_a_letter": b"\xf0\x9f\x98x",
    "overlong_slash_of_two": b"\xc0\xaf",
    "overlong_slash_of_three": b"\xe0\x80\xaf",
    "overlong_slash_of_four": b"\xf0\x80\x80\xaf",
    "overlong_of_three_at_the_edge": b"\xe0\x9f\xbf",
    "overlong_of_four_at_the_edge": b"\xf0\x8f\xbf\xbf",
    "first_surrogate": b"\xed\xa0\x80",
    "last_surrogate": b"\xed\xbf\xbf",
    "pair_of_surrogates": b"\xed\xa0\xbd\xed\xb8\x80",
    "over_10ffff": b"\xf4\x90\x80\x80",
    "five_bytes": b"\xf8\x88\x80\x80\x80",
    "utf16": "abc".encode("utf-16"),
    "latin1": "caf\u00e9 noir".encode("latin-1"),
    "at_the_end_of_a_long_text": b"valid text " * 2000 + b"\xe2\x82",
}

_ALPHABETS: tuple[str, ...] = (
    "etaoin shrdlu",
    "   \t\n\r",
    "'sStTmMdDrReEvVlL\u017f\u212a",
    "0123456789\u0661\u0967\u00bd\u2167",
    ".,;:!?-_=+*/\\|()[]{}<>@#$%^&~`\"'",
    "\u00e9\u00fc\u00df\u00c5\u0131\u0130\u01c5",
    "\u0301\u0308\u0327\u200d\ufe0f\u200b\u00ad",
    "\u4e2d\u6587\u5b57\u3042\u30a2\u30fc\uac00\u1100",
    "\u0e01\u0e33\u0e49\u0905\u093f\u094d\u05d0\u0627\u0651",
    "\u00a0\u2003\u3000\u2028\u0085\x0b\x0c\x1c\x1f\0",
    "\U0001f600\U0001f3fd\U00020000\U0001d7ce\U0001f1e9",
)
_WORDS: tuple[str, ...] = (
    "the", " of", " and", "ing", "tion", "it's", "we're", "HTTP", "\r\n", "\n\n", "   ", "http://", "café", "naïve",
    "Привет", "世界", "ありがとう", "สวัสดี", "नमस्ते", "مرحبا", "1234", "<|endoftext|>", "\t\t", "...", "//", "====",
)  # fmt: skip


def random_text(rng: random.Random, most: int) -> str:
    """A text of some runs of one alphabet, known words and characters from anywhere."""
    return "".join(_random_part(rng) for _ in range(rng.randrange(most)))


def _random_part(rng: random.Random) -> str:
    kind = rng.randrange(4)
    if kind == 0:
        return rng.choice(_WORDS)
    if kind == 1:
        return random_character(rng) * rng.choice((1, 1, 2, 3, 9))
    return "".join(rng.choices(rng.choice(_ALPHABETS), k=rng.randrange(1, 7)))


def random_character(rng: random.Random) -> str:
    """Any scalar value, low ones more often."""
    number = rng.randrange(rng.choice((0x100, 0x3000, 0x10000, 0x110000)))
    return "\ufffd" if 0xD800 <= number < 0xE000 else chr(number)
