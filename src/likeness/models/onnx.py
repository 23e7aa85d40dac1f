"""ONNX sessions for worker processes; the only importer of onnxruntime."""

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

# onnxruntime's levels: 3 is "error".
_LOG_ERRORS_ONLY = 3


class Session:
    """A network held by one thread of one process.

    One thread, as a worker has one core: two on a busy host are slower than one. Memory patterns are off because they
    are kept for every input size ever seen, which grows without end with pictures of all sizes.

    Args:
        model: its file, or its bytes.

    Raises:
        onnxruntime errors: it is not a network. Files are checked before, see `packs.prepare`.
    """

    def __init__(self, model: Path | bytes) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.enable_mem_pattern = False
        options.log_severity_level = _LOG_ERRORS_ONLY
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.add_session_config_entry("session.inter_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
        self._outputs = [output.name for output in self._session.get_outputs()]
        self._input_shapes = {it.name: tuple(it.shape) for it in self._session.get_inputs()}

    @property
    def input_shapes(self) -> dict[str, tuple[int | str, ...]]:
        """Shape of each input by name; a side that may vary is a name instead of a number."""
        return self._input_shapes

    def run(self, **inputs: NDArray[Any]) -> NDArray[np.float32]:
        """Run the network on its named inputs and return its one output."""
        (output,) = self.run_all(**inputs).values()
        return output

    def run_all(self, **inputs: NDArray[Any]) -> dict[str, NDArray[np.float32]]:
        """Run the network on its named inputs and return every output by name."""
        return dict(zip(self._outputs, self._session.run(self._outputs, inputs), strict=True))
