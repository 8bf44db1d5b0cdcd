"""Access and application logs as services write them, the same for the same seed.

Names and messages repeat with the skew of Zipf's law (the r-th most common has a weight of 1/r), a few per cent of the
lines hold personal data or secrets, texts are in several scripts, some lines end in CRLF, and a few hold a byte that is
no UTF-8. All persons, keys and cards are made up; the cards pass Luhn's test.
"""

import random
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SENSITIVE_SHARE = 0.04
CRLF_SHARE = 0.03
INVALID_SHARE = 0.004
ACCESS_SHARE = 0.6
START_S = 8 * 3600

NAMES = ("anna", "wei", "olu", "maria", "jonas", "priya", "ivan", "fatima", "chloe", "kenji", "lucia", "tomasz")
DOMAINS = ("example.com", "mail.example.org", "corp.example.net", "example.co.uk")
AGENTS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0",
    "okhttp/4.12.0",
    "Go-http-client/2.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Version/18.1 Mobile/15E148 Safari/604.1",
    "python-requests/2.32.3",
    "kube-probe/1.31",
    "curl/8.5.0",
)
RESOURCES = ("orders", "items", "users", "carts", "search", "sessions", "invoices", "media", "reviews", "stock")
LOGGERS = ("http", "db.pool", "cache", "auth", "billing", "worker", "mail", "search.index", "scheduler")
LEVELS = ("INFO", "DEBUG", "WARN", "ERROR")
MESSAGES = (
    "request handled",
    "cache miss, loading from database",
    "connection returned to pool",
    "retrying after timeout",
    "user logged in",
    "payment accepted",
    "Bestellung für Zürich übernommen",
    "запрос обработан, ответ отправлен",
    "注文を受け付けました",
    "用户已登录",
    "تم تسجيل الدخول",
    "commande expédiée à Besançon 🚚",
    "job finished",
    "slow query: SELECT id, state FROM orders WHERE state = $1 ORDER BY id LIMIT 50",
    "circuit breaker half open",
)


def generate(seed: int, size: int) -> bytes:
    """Whole lines of at least `size` bytes together."""
    writer = _Writer(random.Random(seed))
    lines: list[bytes] = []
    length = 0
    while length < size:
        lines.append(writer.line())
        length += len(lines[-1])
    return b"".join(lines)


class _Skewed:
    """Draws from a list whose items get rarer by Zipf's law."""

    def __init__(self, draw: random.Random, items: "Sequence[str]") -> None:
        self._draw = draw
        self._items = items
        self._weights = list(accumulate(1 / rank for rank in range(1, len(items) + 1)))

    def __call__(self) -> str:
        return self._draw.choices(self._items, cum_weights=self._weights)[0]


class _Writer:
    """Writes one line after another; time goes on between them."""

    def __init__(self, draw: random.Random) -> None:
        self._draw = draw
        self._seconds = float(START_S)
        self._path = _Skewed(draw, [f"/api/v1/{draw.choice(RESOURCES)}/{draw.randrange(10_000)}" for _ in range(300)])
        self._host = _Skewed(draw, [f"edge-{number:02}.fra" for number in range(24)])
        self._agent = _Skewed(draw, AGENTS)
        self._logger = _Skewed(draw, LOGGERS)
        self._level = _Skewed(draw, LEVELS)
        self._message = _Skewed(draw, MESSAGES)
        self._secrets: tuple[Callable[[], str], ...] = (
            self._email,
            self._ipv4,
            self._ipv6,
            self._card,
            self._bearer,
            self._key,
        )

    def line(self) -> bytes:
        """The next line with its end."""
        self._seconds += self._draw.expovariate(50.0)
        sensitive = self._draw.random() < SENSITIVE_SHARE
        text = self._access(sensitive) if self._draw.random() < ACCESS_SHARE else self._application(sensitive)
        end = b"\r\n" if self._draw.random() < CRLF_SHARE else b"\n"
        return self._spoilt(text.encode()) + end

    def _access(self, sensitive: bool) -> str:
        draw = self._draw
        client = draw.choice((self._ipv4, self._ipv6))() if sensitive else self._host()
        status = draw.choices(("200", "204", "304", "404", "500"), cum_weights=(80, 88, 94, 99, 100))[0]
        size, method = int(draw.paretovariate(1.2) * 180), draw.choice(("GET", "GET", "GET", "POST", "PUT"))
        clock = f"02/Mar/2026:{self._clock(self._seconds)} +0000"
        return f'{client} - - [{clock}] "{method} {self._path()} HTTP/1.1" {status} {size} "-" "{self._agent()}"'

    def _application(self, sensitive: bool) -> str:
        draw = self._draw
        detail = f" {draw.choice(self._secrets)()}" if sensitive else ""
        stamp = f"2026-03-02T{self._clock(self._seconds)}.{int(self._seconds % 1 * 1000):03}Z"
        trace, took = f"{draw.getrandbits(64):016x}", f"{draw.lognormvariate(1.5, 1.0):.2f}ms"
        if draw.random() < 0.5:
            return f"{stamp} {self._level()} [{self._logger()}] {self._message()}{detail} trace={trace} took={took}"
        return (
            f'{{"ts":"{stamp}","level":"{self._level()}","logger":"{self._logger()}",'
            f'"msg":"{self._message()}{detail}","trace":"{trace}","took":"{took}"}}'
        )

    def _spoilt(self, line: bytes) -> bytes:
        """A few lines get a byte that no UTF-8 text has, as a log cut within a character does."""
        if self._draw.random() >= INVALID_SHARE:
            return line
        at = self._draw.randrange(len(line))
        return line[:at] + self._draw.choice((b"\xff", b"\xc3", b"\x80", b"\xf0\x9f")) + line[at:]

    @staticmethod
    def _clock(seconds: float) -> str:
        whole = int(seconds) % 86_400
        return f"{whole // 3600:02}:{whole // 60 % 60:02}:{whole % 60:02}"

    def _email(self) -> str:
        draw = self._draw
        return f"{draw.choice(NAMES)}.{draw.choice(NAMES)}{draw.randrange(100)}@{draw.choice(DOMAINS)}"

    def _ipv4(self) -> str:
        return ".".join(str(self._draw.randrange(1, 255)) for _ in range(4))

    def _ipv6(self) -> str:
        return "2001:db8:" + ":".join(f"{self._draw.getrandbits(16):x}" for _ in range(6))

    def _card(self) -> str:
        digits = "4" + "".join(str(self._draw.randrange(10)) for _ in range(14))
        digits += str(luhn_digit(digits))
        separator = self._draw.choice(("", " ", "-"))
        return separator.join(digits[at : at + 4] for at in range(0, 16, 4))

    def _bearer(self) -> str:
        return f"Authorization: Bearer {self._word(40)}"

    def _key(self) -> str:
        name = self._draw.choice(("api_key=", "x-api-key: ", "ghp_", "sk_live_", "AKIA"))
        return f"{name}{self._word(16).upper() if name == 'AKIA' else self._word(32)}"

    def _word(self, length: int) -> str:
        return "".join(self._draw.choices("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", k=length))


def luhn_digit(digits: str) -> int:
    """The check digit that makes `digits` pass (ISO/IEC 7812-1, annex B)."""
    doubled = (2 * int(digit) if place % 2 == 0 else int(digit) for place, digit in enumerate(reversed(digits)))
    return -sum(value - 9 if value > 9 else value for value in doubled) % 10
