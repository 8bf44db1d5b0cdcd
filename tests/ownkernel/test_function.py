"""`gateway new`: which Go functions can become a kernel, and how the others are refused."""

from pathlib import Path

import pytest

from gateway.errors import Refusal
from gateway.new import function

GO = """// Package text has functions of every kind.
package text

import "errors"

func Bytes(in []byte) (out []byte) { return in }

func Fails(in []byte) ([]byte, error) { return in, errors.New("no") }

func Text(in string) string { return in }

func TextFails(in string) (out string, err error) { return in, nil }

func Two(a, b []byte) []byte { return a }

func Mixed(in []byte) string { return string(in) }

type Kind struct{}
"""


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("module")
    (folder / "go.mod").write_text("module example.com/words\n\ngo 1.24\n")
    for package in ("text", "internal/deep"):
        (folder / package).mkdir(parents=True)
        (folder / package / "text.go").write_text(GO.replace("package text", f"package {Path(package).name}"))
    (folder / "cmd").mkdir()
    (folder / "cmd" / "main.go").write_text(
        "package main\n\nfunc main() {}\n\nfunc F(in []byte) []byte { return in }\n"
    )
    return folder


@pytest.mark.parametrize(
    ("name", "adapter"),
    [
        ("Bytes", "client.Infallible(text.Bytes)"),
        ("Fails", "text.Fails"),
        ("Text", "client.Text(text.Text)"),
        ("TextFails", "client.TextWithError(text.TextFails)"),
    ],
)
def test_four_signatures_can_become_a_kernel(module: Path, name: str, adapter: str):
    found = function.find(f"./text.{name}", module)
    assert found.adapter == adapter
    assert (found.package, found.module.folder) == ("example.com/words/text", module)


def test_a_function_of_an_internal_package_gets_a_project_that_may_import_it(module: Path):
    found = function.find("example.com/words/internal/deep.Bytes", module)
    assert found.parent == "example.com/words"


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("./text.Two", r"Two is declared as func Two\(a, b \[\]byte\) \[\]byte: a kernel is func\(\[\]byte\) \[\]byte"),
        ("./text.Mixed", "Mixed is declared as func Mixed"),
        ("./text.Kind", "Kind is declared as type Kind struct"),
        ("./text.Missing", "has no exported function Missing"),
        ("./nowhere.Bytes", "Go finds no ./nowhere"),
        ("./cmd.F", "is a program"),
        ("strings.ToUpper", "strings belongs to no module"),
        ("Bytes", "names no function"),
        ("./text.", "names no function"),
    ],
)
def test_what_cannot_become_a_kernel_is_refused_by_name(module: Path, reference: str, told: str):
    with pytest.raises(Refusal, match=told):
        function.find(reference, module)
