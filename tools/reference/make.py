"""Writes tools/reference/fixtures with the real onnxruntime.quantization. Run: python tools/reference/make.py

The quantizer iterates over Python sets, so the hash seed is fixed before anything else."""

import os
import sys

if os.environ.get("PYTHONHASHSEED") != "0":
    os.environ["PYTHONHASHSEED"] = "0"
    os.execv(sys.executable, [sys.executable, *sys.argv])

import logging

logging.disable(logging.CRITICAL)

import arith
import cases_blocks
import cases_dynamic
import cases_float16
import cases_presets
import cases_static
from store import ROOT, Store, to_json


def main():
    store = Store()
    for module in (cases_dynamic, cases_static, cases_blocks, cases_float16, cases_presets):
        module.cases(store)
    store.write()
    (ROOT / "arith.json").write_text(to_json(arith.tables()))
    size = sum(f.stat().st_size for f in ROOT.rglob("*") if f.is_file())
    print(f"{len(store.cases)} cases, {size / 1e6:.2f} MB")


main()
