"""Tables of the reference's pure arithmetic, so that each formula can be tested without a graph.

Arrays are {dtype, shape, base64 of the little-endian bytes}; a failure is {error}."""

import base64

import numpy as np
import onnx
import torch
from onnx import TensorProto, numpy_helper
from onnxruntime.capi._pybind_state import (
    quantize_matmul_2bits,
    quantize_matmul_4bits,
    quantize_matmul_8bits,
    quantize_qdq_matmul_4bits,
)
from onnxruntime.quantization import QuantType
from onnxruntime.quantization.calibrate import HistogramCollector
from onnxruntime.quantization.matmul_nbits_quantizer import (
    DefaultWeightOnlyQuantizer,
    HQQWeightOnlyQuantConfig,
    HQQWeightOnlyQuantizer,
)
from onnxruntime.quantization.neural_compressor.weight_only import quant_tensor, quant_tensor_k_quant_cpu
from onnxruntime.quantization.quant_utils import (
    compute_data_quant_params,
    compute_scale_zp,
    compute_scale_zp_blocked,
    get_qmin_qmax_for_qType,
    quantize_data,
    quantize_onnx_initializer,
    snap_zero_point_to_uint8,
)
from onnxruntime.transformers.float16 import convert_np_to_float16

from build import plain, rng, ugly

TYPES = ["QInt8", "QUInt8", "QInt16", "QUInt16", "QInt4", "QUInt4"]
FLAGS = [(s, r) for s in (False, True) for r in (False, True)]


def pack(array):
    array = np.ascontiguousarray(np.asarray(array))
    return {
        "dtype": array.dtype.name,
        "shape": list(np.shape(array)),
        "base64": base64.b64encode(array.tobytes()).decode(),
    }


def attempt(call):
    try:
        with np.errstate(all="ignore"):
            return call()
    except Exception as e:
        return {"error": f"{type(e).__name__}: {e}"}


def arrays():
    """Named float32 arrays: random, one-sided, constant, tiny, huge, half-way ties, and not finite."""
    r = rng("arith")
    f32 = np.float32
    tiny = np.finfo(f32).tiny
    return {
        "normal": r.normal(0, 1, 33).astype(f32),
        "wide": (r.normal(0, 1, 31) * 10 ** r.uniform(-6, 6, 31)).astype(f32),
        "positive": r.uniform(1, 3, 17).astype(f32),
        "negative": -r.uniform(1, 3, 17).astype(f32),
        "zeros": np.zeros(5, f32),
        "negative_zero": np.array([-0.0, 0.0], f32),
        "constant": np.full(4, 0.3, f32),
        "single": np.array([-2.5], f32),
        "ties": (np.arange(-12, 13) * 0.5).astype(f32),
        "ties_255": np.concatenate([np.arange(0, 256, 15) + 0.5, [0, 255]]).astype(f32),
        "denormal": np.array([1e-40, -3e-41, 0], f32),
        "just_below_tiny_scale": np.array([tiny * 254, -tiny], f32),
        "just_above_tiny_scale": np.array([tiny * 300, 0, tiny * 7], f32),
        "huge": np.array([3e38, 1e30, 5], f32),
        "overflowing_range": np.array([3e38, -3e38, 1], f32),
        "infinite": np.array([np.inf, 1, -1], f32),
        "nan": np.array([np.nan, 1, -1], f32),
        "empty": np.zeros(0, f32),
    }


def scale_zp():
    """compute_scale_zp on ranges; half of them with min_real_range."""
    r = rng("scale_zp")
    ranges = [(-1.0, 1.0), (0.0, 6.0), (-3.0, 0.0), (2.0, 5.0), (-5.0, -2.0), (0.0, 0.0), (-0.0, 1e-39), (-1e-5, 1e-5)]
    ranges += [tuple(np.sort(r.normal(0, 1, 2) * 10 ** r.uniform(-4, 4))) for _ in range(12)]
    rows = []
    for i, (low, high) in enumerate(ranges):
        for dtype in (np.float32, np.float16) if i % 4 == 0 else (np.float32,):
            rmin, rmax = np.array(low, dtype), np.array(high, dtype)
            minimum = [None, 1e-4, 0.5][i % 3]
            for name in TYPES:
                for symmetric, reduce_range in FLAGS:
                    qmin, qmax = get_qmin_qmax_for_qType(QuantType[name].tensor_type, reduce_range, symmetric)
                    zp, scale = compute_scale_zp(rmin, rmax, qmin, qmax, symmetric, minimum)
                    row = {"rmin": float(rmin), "rmax": float(rmax), "dtype": np.dtype(dtype).name, "type": name}
                    row |= {"symmetric": symmetric, "reduce_range": reduce_range, "min_real_range": minimum}
                    rows.append(row | {"zero_point": int(zp), "scale": float(scale)})
    return rows


def snap():
    """snap_zero_point_to_uint8, the option ActivationRestrictedAsymmetric."""
    rows = []
    for low, high in [(-1, 2), (0, 6), (1, 2), (-3, 0), (-2, -1), (0, 0), (-1e-3, 1e-6), (-0.1, 7.3)]:
        for minimum in (None, 0.01, 10.0):
            zp, scale = snap_zero_point_to_uint8(np.float32(low), np.float32(high), min_real_range=minimum)
            row = {"rmin": float(np.float32(low)), "rmax": float(np.float32(high)), "min_real_range": minimum}
            rows.append(row | {"zero_point": int(zp), "scale": float(scale)})
    return rows


def quantized():
    """compute_data_quant_params and quantize_data on every array, type and flag."""
    rows = []
    for name, data in arrays().items():
        for dtype in (np.float32, np.float16):
            if dtype == np.float16 and name not in ("normal", "positive", "wide", "constant", "denormal"):
                continue
            with np.errstate(over="ignore"):
                values = data.astype(dtype)
            for kind in TYPES:
                for symmetric, reduce_range in FLAGS:

                    def call():
                        zp, scale, q = quantize_data(values, QuantType[kind].tensor_type, symmetric, reduce_range)
                        return {"zero_point": int(zp), "scale": pack(scale), "quantized": pack(q.astype(np.int32))}

                    row = {"array": name, "dtype": np.dtype(dtype).name, "type": kind}
                    rows.append(row | {"symmetric": symmetric, "reduce_range": reduce_range} | attempt(call))
    return rows


def initializers():
    """quantize_onnx_initializer per tensor, per channel and per block, with the packed bytes of 4-bit types."""
    rows = []
    w = ugly("arith.initializer", (5, 7), 0)
    proto = numpy_helper.from_array(w, "w")
    for kind in TYPES:
        qtype = QuantType[kind].tensor_type
        for axis in (None, 0, 1):
            if axis is None:
                zp, scale = compute_data_quant_params(w.ravel(), qtype, kind.startswith("QI"))
            else:
                pairs = [
                    compute_data_quant_params(w.take(i, axis).ravel(), qtype, True) for i in range(w.shape[axis])
                ]
                zp, scale = (np.asarray([p[i] for p in pairs]) for i in (0, 1))
            tensor = quantize_onnx_initializer(proto, qtype, zp, scale, axis)
            row = {"type": kind, "axis": axis, "block_size": 0, "zero_points": pack(zp.astype(np.int32))}
            rows.append(row | {"scales": pack(scale), "raw": pack(np.frombuffer(tensor.raw_data, np.uint8))})
        for axis in (0, 1):
            zp, scale = compute_scale_zp_blocked(w, qtype, axis, 3, kind.startswith("QI"))
            tensor = quantize_onnx_initializer(proto, qtype, zp, scale, axis, block_size=3)
            row = {"type": kind, "axis": axis, "block_size": 3, "zero_points": pack(zp.astype(np.int32))}
            rows.append(row | {"scales": pack(scale), "raw": pack(np.frombuffer(tensor.raw_data, np.uint8))})
    return {"weights": pack(w), "rows": rows}


def float16():
    """convert_np_to_float16 (clamped) and the plain cast, on the edges of the format and at random."""
    r = rng("float16")
    bits = r.integers(0, 2**32, 2000, dtype=np.uint32)
    edges = [0.0, -0.0, np.inf, -np.inf, np.nan, 5.96e-8, 2.0**-24, 2.0**-25, 2.0**-26, 6.1035156e-5, 6.0975552e-5]
    edges += [65504, 65519.996, 65520, 65536, 1e38, 1e-38, 1e-45, 1.0009766, 1.0004883, 1.0014648, 2049, 2051, 1e-7]
    edges = np.array(edges + [-v for v in edges], np.float32)
    nans = np.array([0x7F800001, 0x7F802000, 0x7FC00000, 0xFFC01234, 0xFF900000], np.uint32)
    values = np.concatenate([edges, bits.view(np.float32), nans.view(np.float32)])
    with np.errstate(all="ignore"):
        rows = [
            {"min_positive_val": low, "max_finite_val": high, "half": pack(convert_np_to_float16(values, low, high))}
            for low, high in ((5.96e-8, 65504.0), (1e-7, 1e4), (6.104e-5, 1000.0))
        ]
        return {"values": pack(values), "cast": pack(values.astype(np.float16)), "clamped": rows}


def blocks():
    """The compiled block quantizers behind MatMulNBits and QDQ, and the numpy ones behind GatherBlockQuantized."""
    kernels = {2: quantize_matmul_2bits, 4: quantize_matmul_4bits, 8: quantize_matmul_8bits}
    weights = {
        "ugly": ugly("arith.blocks", (70, 9), 1),
        "plain": plain("arith.blocks2", (64, 4)),
        "odd": plain("arith.blocks3", (33, 3)),
        "half": plain("arith.blocks4", (40, 4)).astype(np.float16),
    }
    rows = []
    for name, w in weights.items():
        for size in (16, 32, 64, 128, 256):
            for symmetric in (False, True):
                for bits, kernel in kernels.items():
                    rows.append({"weights": name, "bits": bits, "block_size": size, "symmetric": symmetric})
                    rows[-1] |= attempt(lambda: matmul_nbits(kernel, w, bits, size, symmetric))
                rows.append({"weights": name, "format": "QDQ", "bits": 4, "block_size": size, "symmetric": symmetric})
                rows[-1] |= attempt(lambda: qdq_4bits(w, size, symmetric))
                if w.dtype == np.float32:
                    rows.append({"weights": name, "format": "gather", "bits": 4, "block_size": size})
                    q, s, z = DefaultWeightOnlyQuantizer.quantize_ndarray(w, 0, size, symmetric)
                    rows[-1] |= {"symmetric": symmetric, "quantized": pack(q), "scales": pack(s)}
                    rows[-1] |= {"zero_points": pack(z)} if z is not None else {}
    return {"weights": {k: pack(v) for k, v in weights.items()}, "rows": rows}


def matmul_nbits(kernel, w, bits, size, symmetric):
    k, n = w.shape
    per_byte, k_blocks = 8 // bits, (k + size - 1) // size
    padded = np.pad(w, ((0, k_blocks * size - k), (0, 0)))
    packed = np.zeros((n, k_blocks, size // per_byte), np.uint8)
    scales = np.zeros((n, k_blocks), w.dtype)
    zero_points = np.zeros((n, (k_blocks + per_byte - 1) // per_byte), np.uint8)
    kernel(packed, padded, scales, zero_points, size, n, k, symmetric)
    result = {"quantized": pack(packed), "scales": pack(scales)}
    return result if symmetric else result | {"zero_points": pack(zero_points)}


def qdq_4bits(w, size, symmetric):
    k, n = w.shape
    k_blocks = (k + size - 1) // size
    packed = np.zeros((k * n + 1) // 2, np.uint8)
    scales = np.zeros((k_blocks, n), w.dtype)
    zero_points = np.zeros((n * k_blocks + 1) // 2, np.uint8)
    quantize_qdq_matmul_4bits(packed, w, scales, zero_points, size, n, k, symmetric)
    result = {"quantized": pack(packed), "scales": pack(scales)}
    return result if symmetric else result | {"zero_points": pack(zero_points)}


def searched():
    """RTN, k-quant and HQQ on groups (rows), before packing."""
    groups = {
        "plain": plain("arith.groups", (12, 32)),
        "shifted": plain("arith.groups2", (12, 32), 0.3, 1.0),
        "long": plain("arith.groups3", (3, 256)),
        "constant": np.concatenate([np.zeros((1, 32)), np.full((1, 32), 0.7), np.full((1, 32), -0.7)]).astype(np.float32),
    }
    rows = []
    for name, g in groups.items():
        for bits in (4, 8):
            for scheme in ("asym", "sym"):
                q, s, z = quant_tensor(g.copy(), bits, g.shape[1], scheme, "uint")
                row = {"groups": name, "algorithm": "RTN", "bits": bits, "scheme": scheme}
                row |= {"quantized": pack(q.astype(np.uint8)), "scales": pack(s)}
                rows.append(row | {"zero_points": pack(np.asarray(z).astype(np.uint8))})
            with np.errstate(all="ignore"):
                q, s, z = quant_tensor_k_quant_cpu(g.copy(), bits, g.shape[1])
            row = {"groups": name, "algorithm": "k_quant", "bits": bits, "scheme": "asym"}
            row |= {"quantized": pack(q.astype(np.uint8)), "scales": pack(s), "zero_points": pack(z)}
            rows.append(row)
        hqq = HQQWeightOnlyQuantizer(HQQWeightOnlyQuantConfig(g.shape[1], 4))
        q, s, z = hqq.quantize_internal(torch.from_numpy(g.copy()), bits=4, group_size=g.shape[1])
        row = {"groups": name, "algorithm": "HQQ", "bits": 4, "quantized": pack(q.numpy().astype(np.uint8))}
        rows.append(row | {"scales": pack(s.numpy()), "zero_points": pack(z.numpy())})
    return {"groups": {k: pack(v) for k, v in groups.items()}, "rows": rows}


def histograms():
    """HistogramCollector over three batches: merged histograms and the thresholds drawn from them."""
    r = rng("histograms")
    batches = {
        "growing": [(r.normal(0, 1, 400) * s).astype(np.float32) for s in (1, 0.4, 2.5)],
        "positive": [np.abs(r.normal(0, 1, 300)).astype(np.float32) * s for s in (np.float32(1), np.float32(3), np.float32(2))],
        "zero_first": [np.zeros(64, np.float32), r.normal(0, 1, 200).astype(np.float32)],
        "heavy": [r.standard_t(2, 3000).astype(np.float32)],
    }
    rows = []
    for name, data in batches.items():
        for method, bins, extra in (
            ("entropy", 128, {"num_quantized_bins": 128}),
            ("entropy", 512, {"num_quantized_bins": 64}),
            ("percentile", 256, {"percentile": 99.9, "symmetric": True}),
            ("percentile", 1000, {"percentile": 99.0, "symmetric": False}),
            ("distribution", 512, {}),
        ):
            options = {"symmetric": False, "num_quantized_bins": 128, "percentile": 99.999, "scenario": "same"} | extra
            row = {"data": name, "method": method, "num_bins": bins} | extra

            def call():
                collector = HistogramCollector(method, num_bins=bins, **options)
                for batch in data:
                    collector.collect({"t": [batch]})
                kept = collector.histogram_dict["t"]
                result = collector.compute_collection_result()["t"]
                low, high = (result.lowest, result.highest) if method == "distribution" else result[:2]
                out = {"hist": pack(kept[0].astype(np.int32)), "edges": pack(kept[1])}
                out |= {"lowest": pack(np.float32(low)), "highest": pack(np.float32(high))}
                return out

            rows.append(row | attempt(call))
    return {"data": {k: [pack(b) for b in v] for k, v in batches.items()}, "rows": rows}


def tables():
    return {
        "about": "See tools/reference/SPEC.md. Arrays: dtype, shape, base64 of little-endian bytes.",
        "arrays": {k: pack(v) for k, v in arrays().items()},
        "scale_zp": scale_zp(),
        "snap_zero_point": snap(),
        "quantized": quantized(),
        "initializers": initializers(),
        "float16": float16(),
        "blocks": blocks(),
        "searched": searched(),
        "histograms": histograms(),
    }
