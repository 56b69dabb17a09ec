"""Quantizes a model with onnxruntime's own package, by the options of one step of a recipe of Pare's (JSON on stdin).

Run by tools/parity.ts: python parity.py MODEL OUT"""

import json
import logging
import re
import sys

import onnx

logging.disable(logging.CRITICAL)


def snake(name):
    return re.sub(r"([A-Z])", lambda m: "_" + m[1].lower(), name)


def dynamic(path, out, step):
    from onnxruntime.quantization import QuantType, quantize_dynamic

    extra = {
        "matMulConstBOnly": "MatMulConstBOnly",
        "enableSubgraph": "EnableSubgraph",
        "weightSymmetric": "WeightSymmetric",
        "activationSymmetric": "ActivationSymmetric",
        "forceQuantizeNoInputCheck": "ForceQuantizeNoInputCheck",
        "minimumRealRange": "MinimumRealRange",
    }
    options = {extra[k]: v for k, v in step.items() if k in extra}
    rest = {snake(k): v for k, v in step.items() if k not in extra and k != "weightType"}
    quantize_dynamic(path, out, weight_type=QuantType[step["weightType"]], extra_options=options, **rest)


def blocks(path, out, step):
    from onnxruntime.quantization import QuantFormat
    from onnxruntime.quantization import matmul_nbits_quantizer as q

    options = {snake(k): v for k, v in step.items()}
    algorithm = options.pop("algorithm")
    custom = options.pop("customized_weight_config") or None
    options["quant_format"] = QuantFormat[options["quant_format"]]
    options["quant_axes"] = tuple(options["quant_axes"].items()) or None
    options["op_types_to_quantize"] = tuple(options["op_types_to_quantize"])
    if algorithm in ("RTN", "k_quant"):
        if custom:
            custom = {n: {snake(k): v for k, v in c.items()} for n, c in custom.items()}
        kind = q.RTNWeightOnlyQuantConfig if algorithm == "RTN" else q.KQuantWeightOnlyQuantConfig
        options["algo_config"] = kind(customized_weight_config=custom)
    elif algorithm == "HQQ":
        options["algo_config"] = q.HQQWeightOnlyQuantConfig(options["block_size"], options["bits"])
    quantizer = q.MatMulNBitsQuantizer(onnx.load(path), **options)
    quantizer.process()
    quantizer.model.save_model_to_file(out)


def float16(path, out, step):
    from onnxruntime.transformers.float16 import convert_float_to_float16

    if step.pop("dtype") != "float16":
        raise ValueError("the reference has no bfloat16 weights")
    step.pop("referenceTraps")
    onnx.save(convert_float_to_float16(onnx.load(path), **{snake(k): v for k, v in step.items()}), out)


def main():
    path, out = sys.argv[1:3]
    step = json.load(sys.stdin)
    if step.pop("layers", None):
        raise ValueError("the reference has no options by tensor")
    method = step.pop("method")
    {"quantize-dynamic": dynamic, "quantize-blocks": blocks, "float16": float16}[method](path, out, step)


main()
