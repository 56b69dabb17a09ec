"""quantize_static: requirements 2 and 3."""

import copy
import json
import tempfile
from pathlib import Path

import numpy as np
from onnxruntime.quantization import CalibrationDataReader, CalibrationMethod, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.calibrate import create_calibrator, save_tensors_data
from onnxruntime.quantization.registry import QDQRegistry, QLinearOpsRegistry

NUMPY_TYPES = {"QInt8": "int8", "QUInt8": "uint8", "QInt16": "int16", "QUInt16": "uint16"}
NUMPY_TYPES |= {"QInt4": "int8", "QUInt4": "uint8"}


class Reader(CalibrationDataReader):
    """Yields the calibration feeds; `set_range` lets CalibStridedMinMax take a few at a time."""

    def __init__(self, feeds):
        self.feeds = feeds
        self.set_range(0, len(feeds))

    def __len__(self):
        return len(self.feeds)

    def set_range(self, start_index, end_index):
        self.rest = iter(self.feeds[start_index:end_index])

    def get_next(self):
        return next(self.rest, None)


def decode_override(o, default_type):
    """JSON → the objects the reference wants: QuantType, numpy scalars, and a set of node names."""
    o = dict(o)
    name = o.get("quant_type", default_type)
    if "quant_type" in o:
        o["quant_type"] = QuantType[o["quant_type"]]
    for key in ("scale", "rmin", "rmax"):
        if key in o:
            o[key] = np.array(o[key], np.float32)
    if "zero_point" in o:
        o["zero_point"] = np.array(o["zero_point"], NUMPY_TYPES[name])
    if "recv_nodes" in o:
        o["recv_nodes"] = set(o["recv_nodes"])
    if "convert" in o:
        o["convert"] = decode_override(o["convert"], name)
    return o


def decode(config):
    """The keyword arguments of quantize_static for a case's JSON configuration."""
    options = copy.deepcopy({k: v for k, v in config.items() if k != "calibrator"})
    for key in ("activation_type", "weight_type"):
        options[key] = QuantType[options[key]]
    options["quant_format"] = QuantFormat[options["quant_format"]]
    if "calibrate_method" in options:
        options["calibrate_method"] = CalibrationMethod[options["calibrate_method"]]
    overrides = options.get("extra_options", {}).get("TensorQuantOverrides", {})
    for name, rows in overrides.items():
        overrides[name] = [decode_override(o, config["activation_type"]) for o in rows]
    return options


def calibrate(path, feeds, config, cache, work):
    """The ranges of a calibrator with options that quantize_static cannot pass on (numbers of bins)."""
    types = config.get("op_types_to_quantize") or list({*QLinearOpsRegistry, *QDQRegistry})
    calibrator = create_calibrator(
        path,
        types,
        augmented_model_path=str(work / "augmented.onnx"),
        calibrate_method=CalibrationMethod[config["calibrate_method"]],
        extra_options=config["calibrator"],
    )
    calibrator.collect_data(Reader(feeds))
    save_tensors_data(calibrator.compute_data(), cache)


def ranges(cache):
    """({tensor: {lowest, highest, dtype}}, arrays): numbers with all their digits; histograms as arrays."""
    data = json.loads(cache.read_text())["data"]
    table, arrays = {}, {}
    for name in sorted(data):
        entry = {}
        for key in ("lowest", "highest"):
            value = data[name][key]
            if isinstance(value, dict):
                entry["dtype"] = value["dtype"]
                value = np.ravel(value["data"]).tolist()
                assert len(value) == 1
                value = value[0]
            entry[key] = value
        entry.setdefault("dtype", "float32")
        for key, kind in (("hist", np.int32), ("bins", None), ("hist_edges", None)):
            if isinstance(data[name].get(key), dict):
                array = np.array(data[name][key]["data"], data[name][key]["dtype"])
                arrays[f"calibration/{name}/{'edges' if kind is None else key}"] = array.astype(kind or array.dtype)
        table[name] = entry
    return table, arrays


def add(store, case_id, rows, graph, opset, exception=None, **config):
    defaults = {"quant_format": "QDQ", "activation_type": "QInt8", "weight_type": "QInt8"}
    config = defaults | config

    def quantize(path, out, feeds):
        options = decode(config)
        with tempfile.TemporaryDirectory() as folder:
            work = Path(folder)
            cache = work / "ranges.json"
            if "calibrator" in config:
                calibrate(path, feeds[1:], config, cache, work)
            try:
                quantize_static(path, out, Reader(feeds[1:]), calibration_cache_path=cache, **options)
            except Exception:
                out.unlink(missing_ok=True)
                raise
            return ranges(cache)

    store.add(case_id, rows, "quantize_static", graph, opset, config, quantize, exception)


U8S8 = {"activation_type": "QUInt8", "weight_type": "QInt8"}
U8U8 = {"activation_type": "QUInt8", "weight_type": "QUInt8"}
QOP = {"quant_format": "QOperator"}
SYMMETRIC = (
    "A trap: the calibrated range of a Relu's output is symmetric, yet the Relu is removed because activations are "
    "called asymmetric; negative values then pass. File and outputs are compared as they are; Pare warns."
)
RELU_OUTPUT = (
    "A trap: a Relu's input takes the range of the Relu's output also where that input is an output of the graph, which so "
    "loses its negative half. File and outputs are compared as they are; Pare leaves such a range as it is."
)
BLOCKED = (
    "The file is compared. ONNX Runtime refuses to run it optimized: a MatMul with a blocked weight is fused into "
    "QLinearMatMul, which has no blocks. It runs unoptimized."
)
BETA = (
    "A trap: with beta ≠ 1 the bias scale is multiplied by beta and beta is then dropped, so the reference's model "
    "computes alpha·A·B + C (QDQ) or alpha·(A·B + C / beta) (QOperator); and QOperator quantizes a shared bias once, with "
    "its first Gemm's scale. File and outputs are compared as they are; Pare warns and folds alpha and beta on request."
)


def cases(store):
    def case(case_id, rows, graph, opset, exception=None, **config):
        extra = config.get("extra_options")
        if extra:
            rows = [*rows, *(f"2.{k}" for k in extra if not k.startswith("Calib"))]
        add(store, case_id, rows, graph, opset, exception, **config)

    qdq(case)
    options(case)
    operators(case)
    calibrations(case)


def qdq(case):
    """Formats and types."""
    case("qdq_cnn13_s8s8", ["2.QDQ", "2.s8s8", "2.Relu/Clip removal", "3.MinMax"], "cnn", 13)
    case("qdq_cnn12_u8s8", ["2.QDQ", "2.u8s8"], "cnn", 12, **U8S8)
    case("qdq_cnn11_u8u8", ["2.QDQ", "2.u8u8"], "cnn", 11, **U8U8)
    case("qdq_cnn13_u8s8_pc", ["2.QDQ", "2.per channel"], "cnn", 13, per_channel=True, **U8S8)
    case("qdq_cnn15_u8u8_pc", ["2.QDQ", "2.per channel"], "cnn", 15, per_channel=True, **U8U8)
    case("qdq_cnn14_rr_pc", ["2.QDQ", "2.reduce_range"], "cnn", 14, per_channel=True, reduce_range=True, **U8S8)
    case("qdq_cnn21_u16s8", ["2.QDQ", "2.u16"], "cnn", 21, activation_type="QUInt16", weight_type="QInt8")
    case("qdq_cnn13_s16s16", ["2.QDQ", "2.s16", "2.opset raised to 21"], "cnn", 13, activation_type="QInt16", weight_type="QInt16")
    case("qdq_cnn21_u16u16", ["2.QDQ", "2.u16"], "cnn", 21, activation_type="QUInt16", weight_type="QUInt16")
    case("qdq_cnn21_u8s4", ["2.QDQ", "2.s4"], "cnn", 21, activation_type="QUInt8", weight_type="QInt4")
    case("qdq_mlp21_u8u4_pc", ["2.QDQ", "2.u4", "2.per channel"], "mlp", 21, activation_type="QUInt8", weight_type="QUInt4", per_channel=True)
    case("qdq_mlp17_s16s4", ["2.QDQ", "2.s4", "2.opset raised to 21"], "mlp", 17, activation_type="QInt16", weight_type="QInt4")
    case(
        "qdq_attention18_u8s4", ["2.QDQ", "2.s4", "2.Q/DQ in com.microsoft"], "attention", 18,
        activation_type="QUInt8", weight_type="QInt4", per_channel=True,
    )  # fmt: skip
    case("qdq_attention20", ["2.QDQ", "2.Softmax range"], "attention", 20, **U8S8)
    case("qdq_attention13_pc", ["2.QDQ", "2.per channel", "2.Softmax range"], "attention", 13, per_channel=True, **U8S8)
    case("qdq_attention14_include", ["2.QDQ", "2.nodes to include"], "attention", 14, nodes_to_quantize=["MatMul_mq", "Add_q", "Softmax_p"])
    case("qdq_cnn16_exclude", ["2.QDQ", "2.nodes to exclude"], "cnn", 16, nodes_to_exclude=["Clip_r2", "Conv_c1"])
    case("qdq_cnn13_optypes", ["2.QDQ", "2.op types"], "cnn", 13, op_types_to_quantize=["Conv"])
    case("qdq_shapes13", ["2.QDQ", "2.same scale"], "shapes", 13, **U8S8)
    case("qdq_shapes12", ["2.QDQ", "2.same scale"], "shapes", 12, **U8S8)
    case("qdq_shapes19", ["2.QDQ", "2.same scale"], "shapes", 19)
    case("qdq_picks15", ["2.QDQ", "2.same scale", "2.Gather/GatherElements/Slice/TopK/CumSum"], "picks", 15, **U8S8)
    case("qdq_acts13", ["2.QDQ", "2.LeakyRelu/Sigmoid/Mul/Add/ArgMax/Softmax"], "acts", 13, **U8S8)
    case("qdq_norms17", ["2.QDQ", "2.ConvTranspose", "2.normalizations"], "norms", 17, **U8S8)
    case("qdq_norms16_pc", ["2.QDQ", "2.ConvTranspose", "2.normalizations", "2.per channel"], "norms", 16, per_channel=True, **U8S8)
    case("qdq_embedding17", ["2.QDQ", "2.Gather"], "embedding", 17, **U8S8)
    case("qdq_residual13", ["2.QDQ", "2.shared bias", "2.shared weight"], "residual", 13, **U8S8)
    case("qdq_gemms13", ["2.QDQ", "2.Gemm"], "gemms", 13, exception=BETA, **U8S8)
    case("qdq_overflow13", ["2.QDQ", "2.int32 bias adjustment"], "overflow", 13)
    case("qdq_overflow13_pc", ["2.QDQ", "2.int32 bias adjustment", "2.per channel"], "overflow", 13, per_channel=True)
    case("qdq_half13", ["2.QDQ", "2.float16 model"], "half", 13, exception="Quantizes, and the file is compared; but QuantizeLinear takes float16 only from opset 19, so it does not load.", **U8S8)
    case("qdq_half21_pc", ["2.QDQ", "2.float16 model", "2.per channel"], "half", 21, per_channel=True, **U8S8)
    case("qdq_prequantized14", ["2.QDQ", "2.already quantized weight"], "prequantized", 14, **U8S8)
    case("qdq_where13", ["2.QDQ", "2.Where"], "where", 13, **U8S8)
    case("qdq_where_after13", ["2.QDQ", "2.Where"], "where_after", 13, **U8S8)
    case("qdq_ms_embed14", ["2.QDQ", "2.EmbedLayerNormalization"], "ms_embed", 14, **U8S8)
    case("qdq_collision13", ["2.QDQ", "2.names"], "collision", 13, exception="A trap: the reference does not add `h_scale` because an initializer of that name exists, and h is quantized with the wrong numbers. Pare picks a free name.", **U8S8)
    case("qdq_relu_output13", ["2.QDQ", "2.Relu removal"], "relu_output", 13, exception=RELU_OUTPUT, **U8S8)
    case("qdq_branch16", ["2.QDQ", "2.subgraphs"], "branch", 16, **U8S8)


def options(case):
    """Every extra option of quantize_static, in QDQ."""
    def extra(case_id, graph, opset, rows=(), exception=None, **values):
        config = {k: values.pop(k) for k in ("per_channel", "activation_type", "weight_type") if k in values}
        case(case_id, ["2.QDQ", *rows], graph, opset, exception, extra_options=values, **(U8S8 | config))

    extra("qdq_cnn13_actsym", "cnn", 13, ActivationSymmetric=True, activation_type="QInt8")
    extra("qdq_mlp13_actsym_u8", "mlp", 13, ActivationSymmetric=True, WeightSymmetric=True, weight_type="QUInt8")
    extra("qdq_mlp14_wasym", "mlp", 14, WeightSymmetric=False)
    extra("qdq_mlp14_wasym_pc", "mlp", 14, WeightSymmetric=False, per_channel=True)
    extra("qdq_cnn13_floatbias", "cnn", 13, QuantizeBias=False)
    extra("qdq_cnn13_pairs", "cnn", 13, AddQDQPairToWeight=True, per_channel=True)
    extra("qdq_attention13_dedicated", "attention", 13, DedicatedQDQPair=True)
    extra("qdq_residual15_dedicated", "residual", 15, DedicatedQDQPair=True)
    extra("qdq_where13_force", "where", 13, ForceQuantizeNoInputCheck=True)
    extra("qdq_shapes13_force", "shapes", 13, ForceQuantizeNoInputCheck=True)
    extra("qdq_cnn13_noout", "cnn", 13, OpTypesToExcludeOutputQuantization=["Conv", "Gemm", "MaxPool"])
    extra("qdq_mlp13_minrange", "mlp", 13, MinimumRealRange=0.75)
    extra("qdq_cnn13_keep", "cnn", 13, QDQKeepRemovableActivations=True)
    extra("qdq_overflow13_noadjust", "overflow", 13, QDQDisableWeightAdjustForInt32Bias=True, activation_type="QInt8")
    extra("qdq_attention13_axis", "attention", 13, QDQOpTypePerChannelSupportToAxis={"MatMul": 0}, per_channel=True, exception="The file is compared. ONNX Runtime refuses to run it optimized: MatMul weights quantized along K cannot be fused into QLinearMatMul.")
    extra("qdq_mlp13_contrib", "mlp", 13, UseQDQContribOps=True)
    extra("qdq_cnn13_restricted", "cnn", 13, ActivationRestrictedAsymmetric=True)
    extra("qdq_attention21_blocked", "attention", 21, BlockSize=8, exception=BLOCKED)
    extra("qdq_attention13_blocked", "attention", 13, BlockSize=5, rows=["2.opset raised to 21"], per_channel=True, exception=BLOCKED)
    extra("qdq_mlp21_blocked", "mlp", 21, BlockSize=8, exception="A trap: a bias next to a blocked weight cannot be scaled, and the reference crashes. Pare refuses, and says to set QuantizeBias=false.")
    extra("qdq_mlp21_blocked_floatbias", "mlp", 21, BlockSize=8, QuantizeBias=False, exception=BLOCKED)
    extra(
        "qdq_cnn13_overrides", "cnn", 13,
        TensorQuantOverrides={
            "w1": [{"quant_type": "QUInt8", "symmetric": False}],
            "c1": [{"symmetric": True}],
            "p1": [{"rmin": -0.5, "rmax": 3.0}],
            "x": [{"scale": 0.03125, "zero_point": 120}],
            "w3": [{"axis": 0, "reduce_range": True}],
        },
    )  # fmt: skip
    extra(
        "qdq_mlp13_overrides_scale", "mlp", 13,
        TensorQuantOverrides={
            "w3": [{"axis": 1, "scale": s, "zero_point": 0} for s in (0.01, 0.02, 0.03, 0.04, 0.05, 0.06)],
            "b1": [{"quant_type": "QInt8"}],
            "w2": [{"scale": 0.3, "zero_point": 4}],
        },
    )  # fmt: skip
    extra(
        "qdq_mlp21_mixed", "mlp", 21, rows=["2.mixed precision"],
        TensorQuantOverrides={
            "h1": [{"quant_type": "QUInt8", "convert": {"quant_type": "QUInt16"}}],
            "a2": [{"quant_type": "QUInt16"}],
            "y": [{"quant_type": "QUInt16"}],
        },
    )  # fmt: skip
    extra(
        "qdq_residual13_mixed", "residual", 13, rows=["2.mixed precision", "2.opset raised to 21"],
        TensorQuantOverrides={
            "c1": [{"convert": {"quant_type": "QUInt16", "recv_nodes": ["Add_sum"]}}],
            "sum": [{"quant_type": "QUInt16", "convert": {"quant_type": "QUInt8"}}],
        },
    )  # fmt: skip
    extra(
        "qdq_shapes21_mixed", "shapes", 21, rows=["2.mixed precision", "2.same scale"],
        TensorQuantOverrides={
            "c": [{"convert": {"quant_type": "QUInt16", "recv_nodes": ["Transpose_t"]}}],
            "r": [{"convert": {"quant_type": "QUInt8"}}],
        },
    )  # fmt: skip


def operators(case):
    """The QOperator format and its registry."""
    case("qop_cnn13_u8s8", ["2.QOperator", "2.Relu/Clip removal"], "cnn", 13, **U8S8, **QOP)
    case("qop_cnn12_u8u8", ["2.QOperator", "2.u8u8"], "cnn", 12, **U8U8, **QOP)
    case("qop_cnn11_u8u8", ["2.QOperator", "2.MaxPool before opset 12"], "cnn", 11, **U8U8, **QOP)
    case("qop_cnn14_s8s8", ["2.QOperator", "2.s8s8"], "cnn", 14, **QOP)
    case("qop_cnn15_pc", ["2.QOperator", "2.per channel"], "cnn", 15, per_channel=True, **U8S8, **QOP)
    case("qop_cnn15_pc_u8", ["2.QOperator", "2.per channel"], "cnn", 15, per_channel=True, reduce_range=True, **U8U8, **QOP)
    case("qop_cnn13_actsym", ["2.QOperator"], "cnn", 13, **QOP, extra_options={"ActivationSymmetric": True})
    case("qop_mlp17", ["2.QOperator", "2.Gemm"], "mlp", 17, **U8S8, **QOP)
    case("qop_mlp19_pc", ["2.QOperator", "2.Gemm", "2.per channel"], "mlp", 19, per_channel=True, **U8S8, **QOP)
    case("qop_gemms13", ["2.QOperator", "2.Gemm"], "gemms", 13, exception=BETA, **U8U8, **QOP)
    case("qop_attention13", ["2.QOperator", "2.Softmax range", "2.MatMul"], "attention", 13, **U8U8, **QOP)
    case("qop_attention16_constB", ["2.QOperator"], "attention", 16, **U8S8, **QOP, extra_options={"MatMulConstBOnly": True})
    case("qop_acts13", ["2.QOperator", "2.LeakyRelu/Sigmoid/Mul/Add/ArgMax/Softmax"], "acts", 13, **U8S8, **QOP)
    case("qop_acts14_s8", ["2.QOperator", "2.LeakyRelu/Sigmoid/Mul/Add/ArgMax/Softmax"], "acts", 14, **QOP)
    case("qop_acts13_nnapi", ["2.QOperator"], "acts", 13, **U8S8, **QOP, extra_options={"extra.Sigmoid.nnapi": True})
    case("qop_shapes13", ["2.QOperator", "2.same scale", "2.Pad/Split/Concat/Resize/AveragePool"], "shapes", 13, **U8S8, **QOP)
    case("qop_shapes12", ["2.QOperator", "2.same scale"], "shapes", 12, **U8U8, **QOP)
    case("qop_where13_force", ["2.QOperator", "2.Where"], "where", 13, **U8S8, **QOP, extra_options={"ForceQuantizeNoInputCheck": True})
    case("qop_where_after13", ["2.QOperator", "2.Where"], "where_after", 13, **U8S8, **QOP, exception="A trap: Where is kept as it was, but nobody dequantizes its inputs, so the quantizer itself fails.")
    case("qop_residual13", ["2.QOperator", "2.shared bias", "2.shared weight"], "residual", 13, **U8S8, **QOP, exception="A trap: a weight a MatMul shares with an Add is quantized as int8 for the MatMul and reused by QLinearAdd beside a uint8 operand; the model does not load. The file is compared.")
    case("qop_relu_output13", ["2.QOperator", "2.Relu removal"], "relu_output", 13, exception=RELU_OUTPUT, **U8S8, **QOP)
    case("qop_residual14_u8", ["2.QOperator", "2.shared bias", "2.shared weight"], "residual", 14, **U8U8, **QOP, exception="A trap: a bias shared by two Convs is quantized once, with the first Conv's scale, so the second Conv is wrong. File and outputs are compared as they are.")
    case("qop_overflow13", ["2.QOperator", "2.int32 bias adjustment"], "overflow", 13, **U8S8, **QOP)
    case("qop_overflow13_pc", ["2.QOperator", "2.int32 bias adjustment", "2.per channel"], "overflow", 13, per_channel=True, **U8S8, **QOP)
    case("qop_embedding17", ["2.QOperator", "2.Gather"], "embedding", 17, **U8S8, **QOP)
    case("qop_ms_embed14", ["2.QOperator", "2.EmbedLayerNormalization"], "ms_embed", 14, **U8S8, **QOP, exception="A trap: shape inference does not know the fused operator, its output is never calibrated, and the MatMul rule crashes on it.")
    case("qop_cnn21_s4", ["2.QOperator", "2.s4"], "cnn", 21, activation_type="QUInt8", weight_type="QInt4", **QOP, exception="The reference refuses 4-bit weights in this format, with an internal error.")
    case("qop_cnn21_u16", ["2.QOperator", "2.u16"], "cnn", 21, activation_type="QUInt16", weight_type="QInt8", **QOP, exception="The reference refuses 16-bit types in this format.")
    case("qop_cnn13_s8u8", ["2.QOperator", "2.s8u8"], "cnn", 13, activation_type="QInt8", weight_type="QUInt8", **QOP, exception="The reference refuses int8 activations with uint8 weights, in both formats.")


def calibrations(case):
    """Calibration: requirement 3. `calibrator` holds options that only create_calibrator takes."""
    calib = {"CalibTensorRangeSymmetric": True}
    case("cal_minmax_symmetric", ["3.MinMax", "3.symmetric"], "cnn", 13, **U8S8, extra_options=calib, exception=SYMMETRIC)
    case("cal_minmax_average", ["3.MinMax", "3.moving average"], "cnn", 13, **U8S8, extra_options={"CalibMovingAverage": True})
    case("cal_minmax_average_strided", ["3.MinMax", "3.moving average"], "cnn", 13, **U8S8, extra_options={"CalibMovingAverage": True, "CalibMovingAverageConstant": 0.3, "CalibStridedMinMax": 1})
    case("cal_minmax_strided", ["3.MinMax"], "mlp", 13, **U8S8, extra_options={"CalibStridedMinMax": 2})
    case("cal_minmax_lost", ["3.MinMax"], "mlp", 13, **U8S8, extra_options={"CalibMaxIntermediateOutputs": 2}, exception="A trap: CalibMaxIntermediateOutputs throws the collected outputs away instead of merging them; here nothing is left and it fails.")
    case("cal_minmax_partly_lost", ["3.MinMax"], "mlp", 13, **U8S8, extra_options={"CalibMaxIntermediateOutputs": 3}, exception="A trap: of four samples the first three are thrown away. Pare merges all; only this case is compared with the last sample alone.")
    case("cal_entropy", ["3.Entropy"], "cnn", 13, **U8S8, calibrate_method="Entropy")
    case("cal_entropy_bins", ["3.Entropy", "3.bins"], "mlp", 13, **U8S8, calibrate_method="Entropy", calibrator={"num_bins": 401, "num_quantized_bins": 64})
    case("cal_entropy_256", ["3.Entropy", "3.bins"], "attention", 13, **U8S8, calibrate_method="Entropy", calibrator={"num_bins": 512, "num_quantized_bins": 256, "symmetric": True})
    case("cal_percentile", ["3.Percentile"], "mlp", 13, **U8S8, calibrate_method="Percentile")
    case("cal_percentile_99", ["3.Percentile"], "mlp", 13, **U8S8, calibrate_method="Percentile", extra_options={"CalibPercentile": 99.0, "CalibTensorRangeSymmetric": False})
    case("cal_percentile_bins", ["3.Percentile", "3.bins"], "mlp", 13, **U8S8, calibrate_method="Percentile", calibrator={"num_bins": 300, "percentile": 98.0, "symmetric": True})
    case("cal_distribution", ["3.Distribution", "3.bins"], "mlp", 13, **U8S8, calibrate_method="Distribution", calibrator={"num_bins": 512}, exception=SYMMETRIC)
    case("cal_distribution_few", ["3.Distribution", "3.bins"], "mlp", 13, **U8S8, calibrate_method="Distribution", calibrator={"num_bins": 128}, exception="The reference refuses fewer than 512 bins, though DistributionCalibrater's own default is 128.")
