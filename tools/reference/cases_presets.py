"""What the files model_quantized, model_int8, … of transformers.js are: requirement 6.

Its script calls the same quantizers; it also slims the float16 models with onnxslim, which is left out here."""

import onnx
from onnxruntime.quantization import QuantFormat, QuantType, quantize_dynamic
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer
from onnxruntime.transformers.float16 import convert_float_to_float16

UNSIGNED_IF = {"Conv", "GroupQueryAttention", "MultiHeadAttention"}


def add(store, preset, graph, opset):
    def quantize(path, out, feeds):
        model = onnx.load(path)
        if preset in ("quantized", "int8", "uint8"):
            unsigned = any(n.op_type in UNSIGNED_IF for n in model.graph.node)
            kind = "QUInt8" if preset == "uint8" or (preset == "quantized" and unsigned) else "QInt8"
            options = {"EnableSubgraph": True, "MatMulConstBOnly": True}
            quantize_dynamic(path, out, weight_type=QuantType[kind], extra_options=options)
            return
        if preset.startswith("q4"):
            quantizer = MatMulNBitsQuantizer(
                model, block_size=32, is_symmetric=True, quant_format=QuantFormat.QOperator
            )
            quantizer.process()
            model = quantizer.model.model
        if preset.endswith("f16") or preset == "fp16":
            model = convert_float_to_float16(model, keep_io_types=True)
        onnx.save(model, out)

    store.add(f"preset_{graph}_{preset}", [f"6.model_{preset}"], "preset", graph, opset, {"preset": preset}, quantize)


def cases(store):
    for graph, opset in (("attention", 14), ("cnn", 18), ("branch", 16), ("linear", 20)):
        for preset in ("quantized", "int8", "uint8", "q4", "q4f16", "fp16"):
            add(store, preset, graph, opset)
