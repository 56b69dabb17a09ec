"""convert_float_to_float16: requirement 5."""

import onnx
from onnxruntime.transformers.float16 import convert_float_to_float16


def add(store, case_id, rows, graph, opset, exception=None, **config):
    def quantize(path, out, feeds):
        onnx.save(convert_float_to_float16(onnx.load(path), **config), out)

    store.add(case_id, [f"5.{r}" for r in rows], "float16", graph, opset, config, quantize, exception)


def cases(store):
    def case(*args, **kwargs):
        add(store, *args, **kwargs)

    case("fp16_mlp13", ["keep_io_types=false"], "mlp", 13)
    case("fp16_mlp11_io", ["keep_io_types=true"], "mlp", 11, keep_io_types=True)
    case("fp16_gemms14_list", ["keep_io_types=list"], "gemms", 14, keep_io_types=["x", "y"])
    case("fp16_cnn21", ["keep_io_types=true"], "cnn", 21, keep_io_types=True)
    case("fp16_attention17_ops", ["op_block_list"], "attention", 17, keep_io_types=True, op_block_list=["Softmax"])
    case(
        "fp16_attention18_nodes",
        ["node_block_list"],
        "attention",
        18,
        node_block_list=["MatMul_scores", "MatMul_y"],
        op_block_list=[],
    )
    case("fp16_head13", ["default block list", "denormals and overflow"], "head", 13)
    case("fp16_head13_io", ["default block list", "keep_io_types=true"], "head", 13, keep_io_types=True)
    case("fp16_head15_clamp", ["min_positive_val/max_finite_val"], "head", 15, min_positive_val=1e-7, max_finite_val=1e4)
    case("fp16_head16_force", ["force_fp16_initializers"], "head", 16, force_fp16_initializers=True)
    case("fp16_head20_noinfer", ["disable_shape_infer"], "head", 20, disable_shape_infer=True, exception="Without shape inference the blocked nodes' inputs are not known to be float16 unless they are graph tensors: the model is not well typed and does not load. The file is compared.")  # fmt: skip
    case("fp16_shared13", ["default block list"], "head_shared", 13, exception="A trap: two blocked nodes on one float16 tensor give two Casts of the same name and output; the model does not load. Pare emits one Cast.")  # fmt: skip
    case("fp16_residual13_weight", ["op_block_list", "shared weight"], "residual", 13, op_block_list=["Add"], keep_io_types=True)
    for opset in (13, 18, 19):
        case(f"fp16_resizes{opset}", ["Resize"], "resizes", opset, keep_io_types=opset != 18)
    case("fp16_resizes13_force", ["Resize", "force_fp16_inputs"], "resizes", 13, force_fp16_inputs={"Resize": [2]}, exception="force_fp16_inputs exists for operators of other runtimes: ONNX's Resize takes float32 scales only, so the model does not load. The file is compared.")  # fmt: skip
    case("fp16_loop16", ["Loop"], "loop", 16)
    case("fp16_loop16_io", ["Loop", "keep_io_types=true"], "loop", 16, keep_io_types=True)
    case("fp16_loop19_block", ["Loop", "op_block_list"], "loop", 19, op_block_list=["MatMul"], exception="A trap: the Casts for a blocked node inside a body are put in the main graph, where the body's tensors do not exist. The model does not load. The file is compared.")  # fmt: skip
    case("fp16_branch16", ["If"], "branch", 16, keep_io_types=True)
    case("fp16_constants13", ["Constant"], "constants", 13, exception="A trap: Constant with value_float stays float32 and is multiplied with float16; the model does not load. The file is compared.")  # fmt: skip
    case("fp16_picks15", ["default block list", "TopK/CumSum"], "picks", 15, keep_io_types=True)
    case("fp16_shapes14", ["Resize"], "shapes", 14, keep_io_types=True)
    case("fp16_lstm14", ["LSTM"], "lstm", 14)
    case("fp16_embedding17", ["keep_io_types=true"], "embedding", 17, keep_io_types=True)
    case("fp16_norms17_bf16", ["use_bfloat16_as_blocked_nodes_dtype"], "norms", 17, op_block_list=["LayerNormalization"], use_bfloat16_as_blocked_nodes_dtype=True, exception="A trap: the blocked node gets bfloat16 activations beside its float32 weights and does not load. The file is compared.")  # fmt: skip
