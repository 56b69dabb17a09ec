"""ONNX Runtime's own quantizers, file to file: `python quantize.py KIND MODEL OUT`. Prints JSON: seconds, CPU seconds, peak bytes."""
import json
import logging
import resource
import sys
import time

import onnx
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer
from onnxruntime.transformers.float16 import convert_float_to_float16

kind, model, out = sys.argv[1:]
logging.disable(logging.INFO)
start, cpu = time.perf_counter(), time.process_time()
if kind == "quantize-dynamic":
    quantize_dynamic(model, out, weight_type=QuantType.QInt8)
elif kind == "quantize-blocks":
    quantizer = MatMulNBitsQuantizer(onnx.load(model), bits=4, block_size=32, is_symmetric=True)
    quantizer.process()
    quantizer.model.save_model_to_file(out, False)
else:
    onnx.save(convert_float_to_float16(onnx.load(model), keep_io_types=True), out)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps({"seconds": time.perf_counter() - start, "cpu": time.process_time() - cpu, "peak": peak}))
