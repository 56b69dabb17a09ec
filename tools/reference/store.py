"""Runs quantizers and sessions, and writes what they gave."""

import json
import os
import re
from pathlib import Path

import numpy as np
import onnx
import onnxruntime as ort

import graphs
from build import rng

ROOT = Path(__file__).parent / "fixtures"
SAMPLES = 4


class Store:
    """Collects cases; models are stored once and shared by the cases that use them."""

    def __init__(self):
        self.cases, self.models = [], {}
        for folder in ("models", "cases"):
            (ROOT / folder).mkdir(parents=True, exist_ok=True)
            for old in (ROOT / folder).iterdir():
                old.unlink()

    def model(self, graph, opset):
        """(path, feeds) of a float model; feeds[0] is the test input, the rest calibrate."""
        key = f"{graph}_{opset}"
        if key not in self.models:
            proto, feed = getattr(graphs, graph)(opset)
            path = ROOT / "models" / f"{key}.onnx"
            onnx.save(proto, path)
            r = rng("feed", graph)
            feeds = [feed(r) for _ in range(SAMPLES + 1)]
            arrays = {f"input/{k}": v for k, v in feeds[0].items()}
            for i, f in enumerate(feeds[1:]):
                arrays.update({f"calibration/{i}/{k}": v for k, v in f.items()})
            arrays.update({f"output/{k}": v for k, v in run(path, feeds[0], False).items()})
            np.savez(ROOT / "models" / f"{key}.npz", **arrays)
            self.models[key] = (path, feeds)
        return self.models[key]

    def add(self, case_id, rows, method, graph, opset, config, quantize, exception=None, **extra):
        """Quantizes with `quantize(path, out, feeds) -> calibration | None` and records the result or the error."""
        assert not any(c["id"] == case_id for c in self.cases), case_id
        path, feeds = self.model(graph, opset)
        out = ROOT / "cases" / f"{case_id}.onnx"
        entry = {
            "id": case_id,
            "rows": rows,
            "method": method,
            "float": f"models/{graph}_{opset}.onnx",
            "data": f"models/{graph}_{opset}.npz",
            "opset": opset,
            "config": config,
        }
        calibration, arrays = None, {}
        try:
            calibration, arrays = quantize(path, out, feeds) or (None, {})
            entry["quantized"] = f"cases/{case_id}.onnx"
        except Exception as e:  # the reference's failures are part of the reference
            if exception is None:
                raise
            entry["error"] = {"type": type(e).__name__, "message": tidy(str(e))[:300]}
        if calibration is not None:
            entry["calibration"] = calibration
        if "quantized" in entry:
            entry["runs"] = {}
            for level, optimized in (("disabled", False), ("all", True)):
                try:
                    got = run(out, feeds[0], optimized)
                    arrays.update({f"{level}/{k}": v for k, v in got.items()})
                    entry["runs"][level] = "ok"
                except Exception as e:
                    if exception is None:
                        raise
                    entry["runs"][level] = tidy(str(e))[:300]
        if arrays:
            np.savez(ROOT / "cases" / f"{case_id}.npz", **arrays)
            entry["results"] = f"cases/{case_id}.npz"
        if exception:
            entry["exception"] = exception
        entry.update(extra)
        self.cases.append(entry)

    def write(self):
        head = {
            "reference": {"onnxruntime": ort.__version__, "onnx": onnx.__version__, "numpy": np.__version__},
            "cases": self.cases,
        }
        (ROOT / "index.json").write_text(to_json(head))


def tidy(message):
    """Error text without paths and addresses, so that two runs write the same file."""
    message = re.sub(r"(/[\w.+-]+)+/", "", message)
    return re.sub(r"0x[0-9a-f]+", "0x…", message)


def to_json(value, depth=3):
    """JSON with one line per row of a table: small files, readable differences."""
    if depth and isinstance(value, dict) and value:
        body = ",\n".join(f"{json.dumps(k, ensure_ascii=False)}: {to_json(v, depth - 1)}" for k, v in value.items())
        return "{\n" + body + "\n}"
    if depth and isinstance(value, list) and value and isinstance(value[0], dict):
        return "[\n" + ",\n".join(to_json(v, 0) for v in value) + "\n]"
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def run(path, feed, optimized):
    """Outputs of a model on the CPU, one thread."""
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    levels = ort.GraphOptimizationLevel
    options.graph_optimization_level = levels.ORT_ENABLE_ALL if optimized else levels.ORT_DISABLE_ALL
    session = ort.InferenceSession(os.fspath(path), options, providers=["CPUExecutionProvider"])
    dtypes = {"tensor(float16)": np.float16, "tensor(float)": np.float32}
    feed = {
        i.name: feed[i.name].astype(dtypes[i.type]) if i.type in dtypes else feed[i.name] for i in session.get_inputs()
    }
    names = [o.name for o in session.get_outputs()]
    return {n: np.asarray(v) for n, v in zip(names, session.run(None, feed))}
