"""ONNX Runtime's own quantizers on a model of any size: `python large.py int8|int4 MODEL OUT`. Prints JSON: seconds, and peak memory in bytes."""
import json
import logging
import resource
import sys
import time

import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer

kind, model, out = sys.argv[1:]
logging.disable(logging.INFO)
start = time.perf_counter()
if kind == "int8":
    quantize_dynamic(model, out, per_channel=True, weight_type=QuantType.QInt8, use_external_data_format=True)
else:
    quantizer = MatMulNBitsQuantizer(onnx.load(model), block_size=32, is_symmetric=True)
    quantizer.process()
    quantizer.model.save_model_to_file(out, True)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps({"seconds": time.perf_counter() - start, "peak": peak}))
