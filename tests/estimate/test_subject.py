"""Which Go functions can be estimated, and how the others are refused, each in a line that names what it is."""

from pathlib import Path

import pytest

from gateway.errors import Refusal
from gateway.estimate import subject
from tests.estimate import user_module


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return user_module.write(tmp_path_factory.mktemp("module"))


@pytest.mark.parametrize(
    ("name", "taken", "given", "fails"),
    [
        ("Bytes", "[]byte", "[]byte", False),
        ("BytesFails", "[]byte", "[]byte", True),
        ("Text", "string", "string", False),
        ("TextFails", "string", "string", True),
        ("ToText", "[]byte", "string", False),
        ("ToBytes", "string", "[]byte", True),
        ("hidden", "[]byte", "[]byte", False),
    ],
)
def test_bytes_and_text_with_or_without_an_error_can_be_called_also_unexported_in_an_internal_package(
    module: Path, name: str, taken: str, given: str, fails: bool
):
    found = subject.find(f"./internal/words.{name}", module)
    assert (found.taken, found.given, found.fails) == (taken, given, fails)
    assert found.title == f"example.com/shop/internal/words.{name}"


def test_a_function_of_a_program_can_be_called_and_a_profile_names_it_main(module: Path):
    assert subject.find("./cmd/shop.F", module).symbol == "main.F"


WORDS = "./internal/words"
REFUSALS = [
    (f"{WORDS}.Two", r"Two is declared as func Two\(a, b \[\]byte\) \[\]byte: possible is func\(\[\]byte\) \[\]byte"),
    (f"{WORDS}.Number", r"Number is declared as func Number\(in \[\]byte\) int"),
    (f"{WORDS}.Generic", r"Generic is generic, declared as func Generic\[T"),
    (f"{WORDS}.Kind.Method", r"Kind.Method is a method, declared as func \(k \*Kind\) Method"),
    (f"{WORDS}.(*Kind).Method", r"Kind.Method is a method"),
    (f"{WORDS}.Kind", r"Kind is no function but a type"),
    (f"{WORDS}.Variable", r"Variable is no function but a var"),
    (f"{WORDS}.Byte", r"has no function Byte: did you mean Bytes"),
    (f"{WORDS}.bytes", r"has no function bytes: did you mean"),
    ("./nowhere.F", r"Go finds no ./nowhere"),
    ("example.com/shop/....F", r"example.com/shop/... names several packages"),
    ("Bytes", r"Bytes names no function"),
    ("strings.ToUpper", r"strings is not of the module"),
]


@pytest.mark.parametrize(("reference", "told"), REFUSALS, ids=[reference for reference, _ in REFUSALS])
def test_what_cannot_be_called_is_refused_with_its_declaration_and_what_is_possible(
    module: Path, reference: str, told: str
):
    with pytest.raises(Refusal, match=told) as refused:
        subject.find(reference, module)
    assert "\n" not in str(refused.value)
