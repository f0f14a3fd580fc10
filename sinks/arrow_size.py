"""How much room rows take in memory, as `datasets` counts it."""

import pyarrow as pa
import pyarrow.compute as pc


def arrow_size(array: pa.Array) -> int:
    """Return the bytes of values and offsets of an array without nulls.

    `datasets` sums up Arrow's `nbytes`, which has also what depends on how rows came to be in an array: bitmaps of
    validity, and an offset more for each array.
    """
    kind = array.type
    if pa.types.is_string(kind):
        return 4 * len(array) + int(pc.sum(pc.binary_length(array)).as_py() or 0)
    if pa.types.is_list(kind):
        return 4 * len(array) + arrow_size(array.flatten())
    if pa.types.is_struct(kind):
        return sum(arrow_size(field) for field in array.flatten())
    return len(array) * int(kind.bit_width) // 8
