"""Texts for redact: the cases of its vectors, and random ones out of what looks like a match or nearly so."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

CARDS = (b"4111111111111111", b"378282246310005", b"4222222222222", b"6304000000000000000", b"30569309025904")
GROUPED_CARD = b"5555-5555-5555-4444"
JWT = b"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
GITHUB = b"ghp_" + b"a1B2c3D4e5" * 3 + b"f6G7h8"
#: Not a literal in one piece, so that no scanner of repositories takes it for a live key.
AWS = b"AKIA" + b"IOSFODNN7EXAMPLE"
GOOGLE = b"AIza" + b"SyA1234567890abcdefghijklmnopqrstuv"
SLACK = b"xoxb" + b"-123456789012-abcdefGHIJ"
STRIPE = b"sk_live" + b"_4eC39HqLyjWDarjtT1zdp7dc"
OPENAI = b"sk-" + b"proj-abcdefghij0123456789"

TEXTS: dict[str, bytes] = {
    "empty": b"",
    "one_byte": b"@",
    "nothing_to_mask": b"2026-11-23T13:48:38.123456Z INFO server started in 12.5 ms on port 8080\n",
    "every_byte": bytes(range(256)),
    "invalid_utf8_around": b"\xff\xfea@b.co\xff \xc310.1.2.3\x80 \xe4\xb8",
    "crlf_and_no_final_newline": b"from 10.1.2.3\r\nto alice@example.com\r\nend ::1",
    "several_scripts": "联系bob@example.com谢谢 от 10.1.2.3 до ::1، بريد a@b.org".encode(),
    "nul_bytes_around": b"\x0010.1.2.3\x00a@b.co\x00",
    # email
    "email": b"mail alice@example.com now",
    "email_whole_text": b"alice.b+tag@mail.example.com",
    "email_ends_a_sentence": b"write to bob@example.com. Or not.",
    "email_with_hyphens_behind": b"bob@example.com--",
    "email_host_without_dot": b"root@localhost bob@x.c bob@.com bob@x.1a",
    "email_dot_and_letters_at_the_start_only": b"a@.com a@.com.x",
    "email_version_is_none": b"react@18.2.0 pkg@1.2.3-rc.1",
    "email_digits_behind_the_domain": b"bob@example.com.5 bob@example.com-2026.log",
    "email_two_signs": b"a@b@c.org a@@b.org @c.org",
    "email_chain": b"a@b.org@c.net@d.com",
    "email_in_brackets": b"<alice@example.com>,(bob@example.com);'eve@example.com'",
    "email_key_value": b"user=alice@example.com&next=/",
    "email_of_punycode": b"x@xn--80ak6aa92e.xn--p1ai",
    "email_starts_with_an_address": b"10.1.2.3@example.com 4111111111111111@example.com",
    "email_odd_local_part": b"%+-._@a.bc ..@a.bc",
    "email_local_run_of_100": b"x" * 100 + b"@example.com",
    "email_truncated": b"alice@example.",
    # ipv4
    "ipv4": b"GET from 192.168.1.10 ok",
    "ipv4_with_port_and_mask": b"10.1.2.3:8080 10.1.2.0/24 /10.1.2.3:9092 host/10.1.2.3",
    "ipv4_edges_of_octets": b"255.255.255.255 256.1.1.1 1.256.1.1 1.1.1.256 0.0.0.1",
    "ipv4_leading_zeros": b"010.001.002.003 0010.1.2.3 1.2.3.0004",
    "ipv4_zeros_are_a_version": b"Chrome/120.0.0.0 10.0.0.0 10.0.0.00 0.0.0.0 10.0.0.1",
    "ipv4_of_five_parts": b"1.2.3.4.5 1.2.3.4.5.6.7.8 .1.2.3.4",
    "ipv4_ends_a_sentence": b"lost 10.1.2.3. Then 10.1.2.3.. and 10.1.2.3.x",
    "ipv4_inside_words": b"v1.2.3.4 1.2.3.4v _1.2.3.4 1.2.3.4_ x-1.2.3.4-y",
    "ipv4_truncated": b"1.2.3. 1.2.3 1.2. 1..2.3 10.1.2.",
    "ipv4_at_the_end": b"10.1.2.3",
    "ipv4_adjacent": b"10.1.2.3,10.1.2.4,10.1.2.5 10.1.2.6-10.1.2.7",
    # ipv6
    "ipv6": b"peer 2001:db8:85a3::8a2e:370:7334 up",
    "ipv6_of_eight_groups": b"2001:0db8:0000:0000:0000:ff00:0042:8329",
    "ipv6_of_nine_groups": b"1:2:3:4:5:6:7:8:9",
    "ipv6_of_seven_groups": b"1:2:3:4:5:6:7",
    "ipv6_in_brackets": b"[2001:db8::1]:443 [::1]:80",
    "ipv6_with_zone": b"fe80::1%eth0 fe80::/10",
    "ipv6_followed_by_a_colon": b"fe80::1: refused; 1:2:3:4:5:6:7:8: refused",
    "ipv6_behind_a_label": b"client:2001:db8::1 node:fe80::1 addr:::1",
    "ipv6_with_octets": b"::ffff:10.1.2.3 64:ff9b::192.0.2.33 1:2:3:4:5:6:7.8.9.10",
    "ipv6_with_wrong_octets": b"::ffff:999.1.1.1 ::ffff:1.2.3.4.5 1:2:3:4:5:6:7:1.2.3.4 ::ffff:1.2.3",
    "ipv6_compressed_at_the_end": b"1:2:3:4:5:6:7:: fe80:: fe80::: fe80::g",
    "ipv6_compressed_eight": b"1:2:3:4::5:6:7:8 1:2:3::5:6:7:8",
    "ipv6_twice_compressed": b"1::2::3",
    "ipv6_alone_is_no_address": b":: ::: :::: a :: b",
    "ipv6_of_five_hex_digits": b"12345::1 ::12345 ::1:12345",
    "ipv6_is_no_path": b"std::vec a::b Foo::Bar foo::abad bad::foo core::ops::function::FnOnce",
    "ipv6_is_no_time": b"12:34:56 2026-11-23T12:34:56 [23/Nov/2026:13:48:38 +0000]",
    "ipv6_upper_case": b"FE80::ABCD:1 Fe80::aBcD",
    "ipv6_hardware_addresses": b"00:1a:2b:3c:4d:5e 50:06:01:60:3b:a0:1c:2d",
    "ipv6_then_email": b"1::2@example.org fe80::bob@example.org",
    # card
    **{f"card_of_{len(card)}_digits": b"pan=" + card + b";" for card in CARDS},
    "card_in_groups": b"4111 1111 1111 1111, 5555-5555-5555-4444, 3782 822463 10005",
    "card_with_mixed_separators": b"4111 1111-1111 1111 4111  1111  1111  1111",
    "card_with_wrong_check_digit": b"4111111111111112 4111-1111-1111-1112",
    "card_before_a_number": b"4111 1111 1111 1111 200 4111111111111111 1234",
    "card_behind_a_date": b"2026-11-23 4111111111111111 23 4111 1111 1111 1111",
    "card_behind_a_number": b"200 4111111111111111 1234-4111 1111 1111 1111",
    "card_too_long_or_short": b"411111111111 42222222222222222222 41111111111111111111111111",
    "card_starts_with_0_or_1": b"1763905718123456784 0000000000000000 1111111111111117",
    "card_inside_words": b"x4111111111111111 4111111111111111x _4111111111111111 4111111111111111_",
    "card_as_part_of_a_number": b"0.4111111111111111 4111111111111111.25 4111111111111111.",
    "card_short_groups": b"41 11 11 11 11 11 11 11 411 1111 1111 1111 1",
    "card_long_run_of_numbers": b"4444 " * 40,
    # bearer
    "bearer": b"Authorization: Bearer " + JWT,
    "bearer_any_case": b"bearer abcdefgh BEARER abcdefgh bEaReR abcdefgh",
    "bearer_padding": b"Bearer YWJjZGVmZ2g== Bearer abcdefgh=x Bearer =abcdefgh",
    "bearer_of_7_and_8_bytes": b"Bearer abcdefg Bearer abcdefgh Bearer abcdefg=",
    "bearer_spaces": b"Bearer   abcdefgh Bearer\tabcdefgh Bearerabcdefgh Bearer\nabcdefgh",
    "bearer_inside_words": b"xbearer abcdefgh _bearer abcdefgh -bearer abcdefgh bearers abcdefgh",
    "bearer_of_email": b"Bearer abcdefgh@example.com",
    "bearer_twice": b"Bearer bearer abcdefgh Bearer abcdefgh,Bearer abcdefgh",
    "bearer_truncated": b"Authorization: Bearer ",
    # key
    "key_aws": AWS + b" x" + AWS + b" " + AWS[:-1] + b" " + AWS + b"TAIL",
    "key_github": GITHUB + b" gho_x github_pat_" + b"A1" * 11 + b" ghx_" + b"a" * 40,
    "key_google": GOOGLE + b" " + GOOGLE[:-1],
    "key_slack": SLACK + b" xoxz-1234567890 xoxp-123456789",
    "key_stripe": STRIPE + b" rk_test_" + b"0" * 16 + b" sk_dead_" + b"0" * 16 + b" pk_live_" + b"0" * 16,
    "key_openai": OPENAI + b" task-list-of-a-very-long-name disk-abcdefghij0123456789",
    "key_gitlab": b"glpat-" + b"abcdefghij-123456789" + b" glpat_abcdefghij-123456789",
    "key_behind_punctuation": b"token=" + STRIPE + b"&a=1 (" + AWS + b") -" + GITHUB + b".",
    "key_in_an_email": AWS + b"@example.com",
    "key_truncated": b"AKIA sk- xoxb ghp_ AIz",
    # named
    "named": b"GET /v1/items?api_key=0123456789abcdef&limit=10",
    "named_spellings": b"apikey=abcdefgh ApiKey: abcdefgh API-KEY=abcdefgh X_API_KEY='abcdefgh' myApi_Key = abcdefgh",
    "named_json": b'{"api_key":"abcdefgh","apiKey" : "abcdefgh==", \\"api-key\\":\\"abcdefgh\\"}',
    "named_short_value": b"api_key=abcdefg api_key= api_key abcdefgh",
    "named_other_names": b"api__key=abcdefgh api key=abcdefgh keyapi=abcdefgh api_keys=abcdefgh key=abcdefgh",
    "named_two_signs": b"api_key==abcdefgh api_key:=abcdefgh api_key=>abcdefgh",
    "named_kelvin_sign": "api_\u212aey=abcdefgh".encode(),
    "named_value_holds_a_key": b"api_key=" + STRIPE + b" apikey=10.1.2.3 api_key=a@b.co",
    "named_truncated": b'api_key="',
    # together
    "all_hits": b"a@b.co 10.1.2.3 ::1 4111111111111111 Bearer abcdefgh " + AWS + b" api_key=abcdefgh",
    "one_match_ends_where_the_next_starts": b"10.1.2.3::1 ::1:10.1.2.3 4111111111111111-10.1.2.3",
    "leftmost_wins": b"Bearer 10.1.2.3.bearer api_key=Bearer abcdefgh",
    "candidates_hide_a_match": b"1.2.3.4111111111111111 2001:4111111111111111 1:2:3:10.1.2.3",
}

FRAGMENTS: tuple[bytes, ...] = (
    *(b"0", b"1", b"4", b"9", b"10", b"25", b"255", b"256", b"999", b"1111", b"4111", b"0000", b"5555"),
    *(
        b".",
        b".",
        b".",
        b":",
        b":",
        b"::",
        b"-",
        b"-",
        b" ",
        b" ",
        b"=",
        b"@",
        b"_",
        b"%",
        b"+",
        b"/",
        b"\\",
        b'"',
        b"'",
    ),
    *(b"a", b"f", b"g", b"x", b"z", b"fe80", b"ffff", b"com", b"example", b"bob", b".com", b"@example.com"),
    *(b"bearer ", b"Bearer ", b"BEARER", b"api", b"key", b"api_key", b"apiKey=", b"Api-Key: ", b"abcdefgh", b"abcdefg"),
    *(b"sk-", b"sk_live_", b"AKIA", b"ASIA", b"AIza", b"ghp_", b"glpat-", b"xoxb-", b"rk", b"github_pat_", b"A" * 16),
    *(b"10.1.2.3", b"1.2.3.4", b"0.0.0", b"::1", b"1:2:3:4", b"2001:db8", b"b" * 20, b"c" * 36, AWS, STRIPE, SLACK),
    *(
        *CARDS,
        GROUPED_CARD,
        b"4111 1111 1111 1111",
        b"a@b.co",
        b"\r\n",
        b"\n",
        b"\t",
        b"\x00",
        b"\xff",
        b"\xc3\xa9",
        b"\xe4",
    ),
)

WORDS: tuple[bytes, ...] = (
    *(
        b"GET",
        b"POST",
        b"/api/v1/users/17",
        b"/index.html",
        b"HTTP/1.1",
        b"200",
        b"404",
        b"5321",
        b'"-"',
        b"INFO",
        b"WARN",
    ),
    *(b"Mozilla/5.0", b"(X11; Linux x86_64)", b"AppleWebKit/537.36", b"Chrome/120.0.0.0", b"took 12.7 ms", b"retry=3"),
    *(b"id=550e8400-e29b-41d4-a716-446655440000", b"core::ops::call", b"k8s.io/api", b"cache miss for key user:17"),
    *("日本語のログ".encode(), "ошибка".encode(), b"\xff\xfe", b"[23/Nov/2026:13:48:38 +0000]", b"at=1763905718123"),
)

PERSONAL: tuple[bytes, ...] = (
    *(b"alice@example.com", b"2001:db8::17", b"4111 1111 1111 1111", b"Bearer " + JWT, AWS, STRIPE),
    *(b"api_key=0123456789abcdef", b"192.0.2.77", b"5555-5555-5555-4444"),
)


def random_text(rng: random.Random, longest: int) -> bytes:
    """Up to so many fragments side by side: matches, near misses, and the boundaries between them."""
    return b"".join(rng.choice(FRAGMENTS) for _ in range(rng.randrange(longest)))


def access_log(rng: random.Random, size: int) -> bytes:
    """So many bytes of log lines; one in twenty has personal data, some end in CRLF, the last may be cut."""
    text = bytearray()
    while len(text) < size:
        words = rng.choices(WORDS, k=rng.randrange(4, 16))
        if rng.random() < 0.05:
            words.insert(rng.randrange(len(words)), rng.choice(PERSONAL))
        address = b"203.0.113.%d - - " % rng.randrange(256) if rng.random() < 0.5 else b""
        text += address + b" ".join(words) + (b"\r\n" if rng.random() < 0.1 else b"\n")
    return bytes(text[:size])
