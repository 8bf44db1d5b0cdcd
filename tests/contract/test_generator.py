"""What the generator refuses, and how it names drift."""

from __future__ import annotations

from pathlib import Path

import pytest

from protos.generator import GO_MODULE, descriptors, lists, outputs, protoc
from protos.generator.golang.names import camel
from protos.generator.python.stubs import rewritten

ROOT = Path(__file__).resolve().parents[2]


def messages(folder: Path, body: str) -> tuple[descriptors.Message, ...]:
    """The messages of a proto with that body."""
    path = folder / "protos" / "odd" / "v1" / "odd.proto"
    path.parent.mkdir(parents=True)
    path.write_text(f'syntax = "proto3";\npackage odd.v1;\n{body}\n', encoding="utf-8")
    files = protoc.proto_files(folder)
    return descriptors.messages_of(protoc.descriptor_set(folder, files, folder, source_info=True), "odd.v1")


@pytest.mark.parametrize(
    ("field", "problem"),
    [
        ("string text = 1;", "odd.v1.Odd.text is of type string"),
        ("Other other = 1;", "odd.v1.Odd.other is of type message"),
        ("Kind kind = 1;", "odd.v1.Odd.kind is of type enum"),
        ("oneof either { uint32 a = 1; }", "odd.v1.Odd has a nested type, map, oneof or optional"),
        ("optional uint32 a = 1;", "odd.v1.Odd has a nested type, map, oneof or optional"),
        ("map<uint32, uint32> a = 1;", "odd.v1.Odd has a nested type, map, oneof or optional"),
        ("message Inner {}", "odd.v1.Odd has a nested type, map, oneof or optional"),
        ("repeated bytes a = 1;", "odd.v1.Odd.a is of type repeated bytes"),
        ("repeated uint64 a = 1;", "odd.v1.Odd.a is of type repeated uint64"),
        ("repeated fixed32 a = 1 [packed = false];", "odd.v1.Odd.a is not packed"),
    ],
)
def test_a_message_that_is_not_flat_is_refused_by_name(tmp_path: Path, field: str, problem: str) -> None:
    body = f"message Other {{}}\nenum Kind {{ KIND_UNSPECIFIED = 0; }}\nmessage Odd {{ {field} }}"
    with pytest.raises(descriptors.NotFlatError) as refusal:
        messages(tmp_path, body)
    assert problem in str(refusal.value)
    assert "CODEC.md" in str(refusal.value)


def test_fields_come_in_the_order_of_their_numbers_with_their_comments(tmp_path: Path) -> None:
    (message,) = messages(tmp_path, "// Two\n// lines.\nmessage Odd {\n// The b.\nbytes b = 7;\nuint32 a = 2;\n}")
    assert [(field.name, field.number, field.doc) for field in message.fields] == [("a", 2, ""), ("b", 7, "The b.")]
    assert message.doc == "Two lines."


def test_a_proto_that_protoc_refuses_is_named(tmp_path: Path) -> None:
    with pytest.raises(protoc.ToolError, match=r"odd/v1/odd\.proto:3"):
        messages(tmp_path, "message Odd { nonsense }")


@pytest.mark.parametrize(
    ("name", "go_name"),
    [
        ("steps", "Steps"),
        ("max_message_bytes", "MaxMessageBytes"),
        ("fixed32s", "Fixed32S"),
        ("t10_ns", "T10Ns"),
        ("a_1", "A_1"),
        ("native/original", "NativeOriginal"),
        ("grpc-uds", "GrpcUds"),
    ],
)
def test_go_names_are_those_of_protoc_gen_go(name: str, go_name: str) -> None:
    assert camel(name) == go_name


def test_only_imports_of_our_stubs_are_rewritten() -> None:
    stub = "from google.protobuf import descriptor\nfrom kernels.v1 import echo_pb2 as echo\nimport grpc\n"
    assert rewritten(stub) == stub.replace("from kernels", "from gateway.gen.kernels")


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('name = "DRAINING"\nnumber = 2', 'name = "DRAINING"\nnumber = 1', "1 stands twice in reasons"),
        ('name = "msgpack"', 'name = "raw"', "'raw' stands twice in codecs"),
        ('status = "INTERNAL"', 'status = "ODD"', "unknown status 'ODD'"),
        ('executed = "no"', 'executed = "maybe"', "unknown executed 'maybe'"),
        ('to = "t10"', 'to = "t11"', "unknown stamp 't11'"),
        ('placement = "inproc"', 'placement = "moon"', "unknown placement 'moon'"),
        ('codecs = ["protobuf"]', 'codecs = ["json"]', "unknown codec 'json'"),
        ('comparer = "bytes"', 'comparer = "eye"', "unknown comparer 'eye'"),
    ],
)
def test_a_list_that_contradicts_itself_is_refused_by_name(tmp_path: Path, old: str, new: str, problem: str) -> None:
    text = (ROOT / "protos" / "lists.toml").read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "lists.toml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(lists.ListError) as refusal:
        lists.load(path)
    assert problem in str(refusal.value)


def test_drift_names_changed_missing_and_stale_files_and_writing_mends_them(tmp_path: Path) -> None:
    files = {"gateway/gen/a.py": b"a\n", "gateway/gen/b.py": b"b\n", "elsewhere.rs": b"c\n"}
    assert outputs.write(tmp_path, files) == sorted(files)
    assert outputs.differences(tmp_path, files) == []
    (tmp_path / "gateway/gen/a.py").write_bytes(b"changed\n")
    (tmp_path / "elsewhere.rs").unlink()
    (tmp_path / "gateway/gen/stale.py").write_bytes(b"")
    assert outputs.differences(tmp_path, files) == ["elsewhere.rs", "gateway/gen/a.py", "gateway/gen/stale.py"]
    outputs.write(tmp_path, files)
    assert outputs.differences(tmp_path, files) == []
    assert not (tmp_path / "gateway/gen/stale.py").exists()


def test_the_generated_files_of_the_repository_are_those_of_the_protos() -> None:
    files = outputs.generate(ROOT)
    assert outputs.differences(ROOT, files) == []
    assert f"{GO_MODULE.rsplit('/', 1)[-1]}/gen/kernels/v1/spin_codec_generated.go" in files
